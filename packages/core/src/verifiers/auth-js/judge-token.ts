import * as crypto from '#crypto'
import { andThen, type MaybePromise } from '../../async/maybe-promise.js'
import type { ContentEncryption, DirectJwe } from '../../crypto/port.js'
import type { JsonObject } from '../../route/jwt.js'
import { rejected, type Verification } from '../../route/verifier.js'
import type { ClaimReader } from '../../settings/claim-source.js'
import { identityOf } from '../../verify/identity.js'
import { signInIn, type ClaimMapping } from '../../verify/jwt/claim-mapping.js'
import { jsonObjectIn, readDirectJwe } from '../../verify/jwt/direct-jwe.js'
import { deepFreeze } from '../../verify/jwt/mapped-claims.js'
import { checkRegisteredClaims, expiryOf, issuedAtOf, type ClaimRules } from '../../verify/jwt/registered-claims.js'
import { acceptJwt } from '../../verify/jwt/remember-jwt.js'
import type { AuthJsClaims, AuthJsOptions } from './options.js'
import type { SessionKey, SessionKeys } from './session-keys.js'

/** What an instance needs to judge tokens. */
export interface TokenJudge {
  readonly name: string
  readonly enc: ContentEncryption
  readonly mapping: ClaimMapping
  /** Null: `iat` says when. */
  readonly signedInAt: ClaimReader | null
  readonly rules: ClaimRules
  readonly isRevoked: AuthJsOptions['isRevoked']
}

/** Judges an encrypted JWT of Auth.js: first the tag, then its dates, then whose it is. */
export function judgeToken(
  judge: TokenJudge,
  value: string,
  keys: SessionKeys,
  now: number,
): MaybePromise<Verification<AuthJsClaims>> {
  const jwe = readDirectJwe(value, judge.enc)
  if (jwe === null) return rejected('credential_invalid', 'seal')
  return andThen(openWith(jwe, keys, 0), (opened) =>
    opened === null ? rejected('credential_invalid', 'seal') : judgeClaims(judge, opened, now),
  )
}

interface Opened {
  readonly claims: JsonObject
  readonly key: SessionKey
}

/** Tries each key; the tag decides. The header's `kid` proves nothing more. */
function openWith(jwe: DirectJwe, keys: SessionKeys, index: number): MaybePromise<Opened | null> {
  const key = keys[index]
  if (key === undefined) return null
  return andThen(crypto.decryptDirectJwe(jwe, key.bytes), (plaintext) =>
    plaintext === null ? openWith(jwe, keys, index + 1) : { claims: jsonObjectIn(plaintext), key },
  )
}

function judgeClaims(
  { name, mapping, signedInAt, rules, isRevoked }: TokenJudge,
  { claims, key }: Opened,
  now: number,
): MaybePromise<Verification<AuthJsClaims>> {
  // Only the dates are checked: other claims, such as `iss` or `nonce`, may be copied from a profile and say nothing
  // about this session.
  const { exp, nbf, iat } = claims
  const dates = Object.fromEntries(Object.entries({ exp, nbf, iat }).filter(([, date]) => date !== undefined))
  const refusal = checkRegisteredClaims({ header: {}, claims: dates }, rules, now)
  if (refusal !== null) return rejected(refusal.code, refusal.reason, refusal.claim)
  const caller = mapping.callerIn(claims)
  if ('outcome' in caller) return caller
  const identity = identityOf<AuthJsClaims>({
    issuer: name,
    ...caller,
    ...mapping.statementsIn(claims),
    claims: deepFreeze(claims) as AuthJsClaims,
    expiresAt: expiryOf({ claims }, null),
    issuedAt: signedInAt === null ? issuedAtOf({ claims }) : signInIn(signedInAt.read(claims), now),
    secretIndex: key.secretIndex,
  })
  return acceptJwt(identity, { isCurrent: () => true }, isRevoked)
}
