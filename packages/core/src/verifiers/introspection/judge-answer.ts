import { plainError } from '../../errors/plain-error.js'
import * as z from 'zod/mini'
import type { RejectionReason } from '../../events/events.js'
import type { JsonObject } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { rejected, type Rejected, type Unavailable } from '../../route/verifier.js'
import type { ClaimReader } from '../../settings/claim-source.js'
import { idIn, textOf } from '../../verify/jwt/mapped-claims.js'
import type { ProvedStatements } from '../../verify/oauth/oauth-identity.js'
import type { ClientRules } from '../../verify/oauth/oauth-client.js'
import { checkRegisteredClaims, expiryOf } from '../../verify/jwt/registered-claims.js'

export interface AnswerRules extends ClientRules {
  /** Where the subject is. */
  readonly subject: ClaimReader
  readonly issuer: string
  /** Null: not checked. */
  readonly audiences: readonly string[] | null
  readonly tokenType: 'required' | 'if-present'
  readonly clockToleranceSeconds: number
}

export type JudgedAnswer = { readonly outcome: 'proved'; readonly proved: ProvedStatements } | Rejected | Unavailable

/** Everything else in it is checked like a token's claims. */
const introspectionAnswer = z.looseObject({ active: z.boolean() })

/**
 * Judges the issuer's answer about a token. `active` alone is not enough: the token may be for another API, be a
 * refresh token, or be bound to a key.
 *
 * @param now Milliseconds since the epoch.
 * @see RFC 7662 section 2.2, RFC 9449 section 6.2
 */
export function judgeAnswer(answer: unknown, rules: AnswerRules, now: number): JudgedAnswer {
  const read = z.safeParse(introspectionAnswer, answer)
  if (!read.success) return unreadable()
  // Copied without an own `__proto__` member, which JSON.parse keeps and which is a trap for code that copies the
  // object.
  const claims: JsonObject = read.data
  if (!read.data.active) return refuse('inactive', null)
  const type = own(claims, 'token_type')
  // A refresh token is also active, but does not have this type.
  if (type === undefined ? rules.tokenType === 'required' : !isBearer(type))
    return refuse(String(type).toLowerCase() === 'dpop' ? 'bound_to_key' : 'purpose', 'token_type')
  const refusal = checkRegisteredClaims(
    { header: {}, claims: { iss: rules.issuer, ...claims, ...purposeOf(claims) } },
    {
      clockToleranceSeconds: rules.clockToleranceSeconds,
      issuers: [rules.issuer],
      audiences: rules.audiences,
      maxAgeSeconds: null,
      expOptional: true,
      clients: rules.clients,
      authorizedParty: rules.authorizedParty,
    },
    now,
  )
  if (refusal !== null) return rejected(refusal.code, refusal.reason, refusal.claim)
  const stated = rules.subject.read(claims)
  // A client that acts for itself often has no `sub` here. A malformed subject does not count as missing.
  const subject = stated === undefined ? textOf(claims, 'client_id') : idIn(stated)
  if (subject === null) return refuse('claims', rules.subject.name)
  const proved = { issuer: rules.issuer, subject, claims, expiresAt: expiryOf({ claims }, null) }
  return { outcome: 'proved', proved }
}

function isBearer(type: unknown): boolean {
  return typeof type === 'string' && type.toLowerCase() === 'bearer'
}

/** Translates Ory Hydra's word for `access`. */
function purposeOf(claims: JsonObject): JsonObject {
  return own(claims, 'token_use') === 'access_token' ? { token_use: 'access' } : {}
}

function refuse(reason: RejectionReason, claim: string | null): JudgedAnswer {
  return rejected('credential_invalid', reason, claim)
}

function unreadable(): JudgedAnswer {
  return { outcome: 'unavailable', cause: plainError('not a JSON object in which `active` is true or false') }
}
