import { andThen, type MaybePromise } from '../../async/maybe-promise.js'
import type { FindIssuer } from '../../keys/key-set/issuer-directory.js'
import { openIssuerDirectory } from '../../keys/key-set/issuer-keys.js'
import { remoteKeySet, type KeySetOwner } from '../../keys/key-set/key-set.js'
import type { KeySource } from '../../keys/key-set/key-source.js'
import { kindOfIssuer } from '../../route/issuers.js'
import type { UnverifiedJwt } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { keysForIssuer } from '../../verify/jwt/keys-for-issuer.js'
import { discoveredKeys } from './discovered-keys.js'
import type { ParsedOidc } from './options.js'

/** Keys of the single issuer or directory, or selected by a token's issuer, if the app knows it. */
export interface OpenKeys {
  /** Null if the app does not know the issuer. */
  of(jwt: UnverifiedJwt): MaybePromise<KeySource | null>
  ready(): Promise<void>
  close(): void
}

export function openKeys(parsed: ParsedOidc, owner: KeySetOwner): OpenKeys {
  const { issuer, issuers, keySetUrl, keySetOptions } = parsed
  if (issuers !== null) return byIssuer(parsed, issuers, owner)
  const keys =
    keySetUrl === null
      ? discoveredKeys(issuer, keySetOptions, owner)
      : remoteKeySet({ url: keySetUrl, ...keySetOptions }, owner)
  const of =
    kindOfIssuer(issuer) === 'pattern' ? (jwt: UnverifiedJwt) => keysForIssuer(keys, issuerOf(jwt)) : () => keys
  return { of, ready: () => keys.ready(), close: () => keys.close() }
}

/** Routing accepted only tokens with an issuer. */
function issuerOf({ claims }: UnverifiedJwt): string {
  return String(own(claims, 'iss'))
}

function byIssuer(
  { owner: path, algorithms, keySetOptions, issuersMaxAgeMs }: ParsedOidc,
  find: FindIssuer,
  owner: KeySetOwner,
): OpenKeys {
  const rules = { path: `${path}.issuers`, algorithms, acceptWeakSecret: undefined, keySetOptions }
  const directory = openIssuerDirectory(find, issuersMaxAgeMs, rules, owner)
  return {
    of(jwt) {
      const issuer = issuerOf(jwt)
      return andThen(directory.keysOf(issuer), (keys) => (keys === null ? null : keysForIssuer(keys, issuer)))
    },
    ready: async () => {},
    close: () => directory.close(),
  }
}
