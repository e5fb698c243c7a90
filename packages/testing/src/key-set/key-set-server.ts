import { startLoopback, type Loopback } from '../http/loopback.js'
import { createKeySet, type KeySet, type KeySetOptions } from './key-set.js'

/** A key-set endpoint on loopback, at every path. */
export interface KeySetServer extends KeySet, Loopback {
  readonly url: string
}

/** Starts a key-set endpoint that can be rotated, and broken in the ways that real ones break. */
export async function startKeySetServer(options: KeySetOptions = {}): Promise<KeySetServer> {
  const { keySet, respond } = createKeySet(options)
  const loopback = await startLoopback(respond)
  return Object.assign(keySet, loopback, { url: `${loopback.origin}/jwks` })
}
