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
  /** Where the subject stands. */
  readonly subject: ClaimReader
  readonly issuer: string
  /** Null does not look. */
  readonly audiences: readonly string[] | null
  readonly tokenType: 'required' | 'if-present'
  readonly clockToleranceSeconds: number
}

export type JudgedAnswer = { readonly outcome: 'proved'; readonly proved: ProvedStatements } | Rejected | Unavailable

/** What else it says is judged as the claims of a token are. */
const introspectionAnswer = z.looseObject({ active: z.boolean() })

/**
 * Judges what the issuer said about a token. Active alone is not enough: the token may be for
 * another API, be a refresh token, or be bound to a key.
 *
 * @param now Milliseconds since the epoch.
 * @see RFC 7662 section 2.2, RFC 9449 section 6.2
 */
export function judgeAnswer(answer: unknown, rules: AnswerRules, now: number): JudgedAnswer {
  const read = z.safeParse(introspectionAnswer, answer)
  if (!read.success) return unreadable()
  // Copied without a member `__proto__`, which is data to JSON.parse and a trap to whoever copies the object.
  const claims: JsonObject = read.data
  if (!read.data.active) return refuse('inactive', null)
  const type = own(claims, 'token_type')
  // A refresh token is active, too; what tells it from an access token is that it has no such type.
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
  // A client that speaks for itself often has no `sub` here; a subject of a wrong form is no missing one.
  const subject = stated === undefined ? textOf(claims, 'client_id') : idIn(stated)
  if (subject === null) return refuse('claims', rules.subject.name)
  const proved = { issuer: rules.issuer, subject, claims, expiresAt: expiryOf({ claims }, null) }
  return { outcome: 'proved', proved }
}

function isBearer(type: unknown): boolean {
  return typeof type === 'string' && type.toLowerCase() === 'bearer'
}

/** Ory Hydra's word for `access`. */
function purposeOf(claims: JsonObject): JsonObject {
  return own(claims, 'token_use') === 'access_token' ? { token_use: 'access' } : {}
}

function refuse(reason: RejectionReason, claim: string | null): JudgedAnswer {
  return rejected('credential_invalid', reason, claim)
}

function unreadable(): JudgedAnswer {
  return { outcome: 'unavailable', cause: plainError('not a JSON object in which `active` is true or false') }
}
