import { andThen } from '../../async/maybe-promise.js'
import type { FindIssuer } from '../../keys/key-set/issuer-directory.js'
import { openIssuerDirectory } from '../../keys/key-set/issuer-keys.js'
import type { KeySetOwner } from '../../keys/key-set/key-set.js'
import type { UnverifiedJwt } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { rejected, type OpenVerifier } from '../../route/verifier.js'
import { keysForIssuer } from '../../verify/jwt/keys-for-issuer.js'
import type { LegacyJudge } from './judge-legacy.js'
import type { ParsedLegacyJwt } from './legacy-jwt-options.js'

/** Selects keys by the issuer that a token names, if the app knows it. */
export function openDirectory(
  parsed: ParsedLegacyJwt,
  { judge, rules }: LegacyJudge,
  find: FindIssuer,
  owner: KeySetOwner,
): OpenVerifier {
  const path = `${parsed.owner}.issuers`
  const { algorithms, acceptWeakSecret, keySetOptions, issuersMaxAgeMs } = parsed
  const keyRules = { path, algorithms, acceptWeakSecret, keySetOptions }
  const directory = openIssuerDirectory(find, issuersMaxAgeMs, keyRules, owner)
  return {
    verify(credential) {
      const jwt = credential.jwt() as UnverifiedJwt
      const issuer = String(own(jwt.claims, 'iss'))
      return andThen(directory.keysOf(issuer), (keys) =>
        keys === null
          ? rejected('credential_invalid', 'issuer')
          : judge(jwt, keysForIssuer(keys, issuer), { ...rules, issuers: [issuer] }, owner.now()),
      )
    },
    ready: async () => {},
    close: () => directory.close(),
  }
}
