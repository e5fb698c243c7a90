import { parseOptions } from '../../settings/options.js'
import { assertEndpointUrl } from '../../outbound/endpoint-url.js'
import { remoteKeySet, type KeySetOwner } from './key-set.js'
import { keySetSettings, type KeySetSettings } from './key-set-options.js'
import type { KeySource } from './key-source.js'

/** A key set to fetch, as returned by `keySetAt`. */
export interface RemoteKeySet {
  open(owner: KeySetOwner): KeySource
  /** For `auth.inspect`. */
  readonly about?: { readonly url: string; readonly hasOwnFetch: boolean }
}

/**
 * A JWK set that an issuer publishes, for `legacyJwt({ keySet })`. Nothing is fetched before the first token or
 * `ready()`.
 *
 * @param url `https`, or `http` on loopback and at `allowInsecureHost`.
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function keySetAt(url: string, options: KeySetSettings = {}): RemoteKeySet {
  const settings = parseOptions(keySetSettings, options, 'keySetAt')
  const insecure = { option: 'allowInsecureHost', host: settings.allowInsecureHost }
  const address = assertEndpointUrl(url, 'keySetAt.url', insecure)
  return {
    open: (owner) => remoteKeySet({ ...settings, url: address }, owner),
    about: { url: address, hasOwnFetch: settings.fetch !== undefined },
  }
}
