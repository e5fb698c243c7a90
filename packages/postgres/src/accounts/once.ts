import type { LinkRefusal } from '@dualauth/core'
import { keyParams, type IdentityKey } from './identity-key.js'

/** The id of the new account, an empty string if another process has created it, or why there is none. */
export type Made = string | LinkRefusal | null

/**
 * Concurrent requests of one identity share one attempt, and so one connection. A request that joins waits for five
 * seconds at most; after thirty, an attempt counts as lost, as in other processes.
 */
export type Once = (identity: IdentityKey, make: () => Promise<Made>) => Promise<Made>

export const WAIT_MS = 5000
const LOST_MS = 30_000

export function createOnce(): Once {
  const making = new Map<string, Promise<Made>>()
  return (identity, make) => {
    const key = JSON.stringify(keyParams(identity))
    const known = making.get(key)
    if (known !== undefined) return within(known)
    const forget = (): void => {
      clearTimeout(lost)
      if (making.get(key) === made) making.delete(key)
    }
    const lost = setTimeout(() => making.delete(key), LOST_MS)
    const made = make().finally(forget)
    making.set(key, made)
    return made
  }
}

function within(made: Promise<Made>): Promise<Made> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(unfinished()), WAIT_MS)
    made.then(resolve, reject).finally(() => clearTimeout(late))
  })
}

/** It is not known yet which account it will be. */
export function unfinished(): Error {
  return new Error('accounts: another request is making this account, and has not finished')
}
