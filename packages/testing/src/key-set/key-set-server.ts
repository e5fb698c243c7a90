import { startLoopback, type Loopback } from '../http/loopback.js'
import { assertKnown, type Known } from '../known-options.js'
import { createKeySet, type KeySet, type KeySetOptions } from './key-set.js'

/** A key-set endpoint on loopback that answers at every path. */
export interface KeySetServer extends KeySet, Loopback {
  readonly url: string
}

const OPTIONS: Known<KeySetOptions> = { algorithm: true, keys: true }

/**
 * Starts a key-set endpoint whose keys can be rotated and that can be broken in the ways that real ones break.
 * @throws {AuthError} `configuration_invalid`: an unknown option; the message names it.
 */
export async function startKeySetServer(options: KeySetOptions = {}): Promise<KeySetServer> {
  assertKnown(options, OPTIONS, 'startKeySetServer')
  const { keySet, respond } = createKeySet(options)
  const loopback = await startLoopback(respond)
  return Object.assign(keySet, loopback, { url: `${loopback.origin}/jwks` })
}
