import type { RejectionReason } from '../../events/events.js'
import type { JsonObject, UnverifiedJwt } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { audiencesOf } from '../../route/shape.js'
import type { RejectionCode } from '../../route/verifier.js'
import { wrongClientClaim, type ClientRules } from '../oauth/oauth-client.js'

export interface ClaimRules extends ClientRules {
  readonly clockToleranceSeconds: number
  /** Exact; null accepts only tokens without `iss`. */
  readonly issuers: readonly string[] | null
  /** Exact, one is enough; null: not checked. */
  readonly audiences: readonly string[] | null
  /** `exp` is required unless a maximum age since `iat` replaces it. */
  readonly maxAgeSeconds: number | null
  /** Further `typ` values that this verifier accepts, besides the usual ones of access tokens. */
  readonly types?: readonly string[] | undefined
  /** True: `exp` may be missing, because the issuer has just confirmed the token, or the app accepts such tokens. */
  readonly expOptional?: boolean | undefined
}

/** A token's header and claims, or an answer about a token. */
type Statements = Pick<UnverifiedJwt, 'claims'> & { readonly header: JsonObject }

export interface ClaimRefusal {
  readonly code: RejectionCode
  readonly reason: RejectionReason
  /** Name of the claim that is missing or wrong. */
  readonly claim: string
}

/** The latest plausible date, in seconds since the epoch: the year 5138. */
const MAX_NUMERIC_DATE = 100_000_000_000
const ACCESS_TYPES: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'jwt',
  'at+jwt',
  'application/at+jwt',
  'application/jwt',
])

const invalid = (reason: RejectionReason, claim: string): ClaimRefusal => ({
  code: 'credential_invalid',
  reason,
  claim,
})
const expired = (claim: string): ClaimRefusal => ({ code: 'credential_expired', reason: 'expired', claim })

/**
 * Verifies the claims of a token whose signature is already verified. Does not check subject, permissions or account.
 *
 * @param now Milliseconds since the epoch.
 * @see RFC 7519 section 4.1, RFC 8725 sections 3.8, 3.9 and 3.11
 */
export function checkRegisteredClaims(jwt: Statements, rules: ClaimRules, now: number): ClaimRefusal | null {
  return checkPurpose(jwt, rules) ?? checkIssuerAndAudience(jwt, rules) ?? checkTime(jwt, rules, now)
}

/**
 * Refuses what the same key signs for other purposes: refresh, id, logout and session-cache tokens, proofs, and tokens
 * bound to a key, which must not be used as a plain bearer (RFC 9449 section 7.1, RFC 8705 section 3).
 */
function checkPurpose({ header, claims }: Statements, { types = [] }: ClaimRules): ClaimRefusal | null {
  const type = own(header, 'typ')
  if (type !== undefined && !types.includes(String(type)) && !ACCESS_TYPES.has(String(type).toLowerCase()))
    return invalid('purpose', 'header.typ')
  if (own(claims, 'cnf') !== undefined) return invalid('bound_to_key', 'cnf')
  const use = own(claims, 'token_use')
  if (use !== undefined && use !== 'access') return invalid('purpose', 'token_use')
  for (const mark of ['events', 'at_hash', 'c_hash'])
    if (own(claims, mark) !== undefined) return invalid('purpose', mark)
  // Some providers copy the sign-in's nonce into an access token, and mark it by the claim `typ`.
  if (own(claims, 'nonce') !== undefined && !saysBearer(claims)) return invalid('purpose', 'nonce')
  return null
}

function saysBearer(claims: JsonObject): boolean {
  const kind = own(claims, 'typ')
  return typeof kind === 'string' && kind.toLowerCase() === 'bearer'
}

function checkIssuerAndAudience(jwt: Statements, rules: ClaimRules): ClaimRefusal | null {
  const { issuers, audiences } = rules
  const issuer = own(jwt.claims, 'iss')
  if (issuers === null ? issuer !== undefined : typeof issuer !== 'string' || !issuers.includes(issuer))
    return invalid('issuer', 'iss')
  const audience = own(jwt.claims, 'aud')
  const named = audiencesOf(jwt)
  if (audience !== undefined && named.length === 0) return invalid('audience', 'aud')
  if (named.includes('better-auth:session-cache')) return invalid('purpose', 'aud')
  if (audiences !== null && !named.some((entry) => audiences.includes(entry))) return invalid('audience', 'aud')
  const client = wrongClientClaim(jwt.claims, rules)
  return client === null ? null : invalid('audience', client)
}

function checkTime(
  { claims }: Statements,
  { clockToleranceSeconds, maxAgeSeconds, expOptional = false }: ClaimRules,
  now: number,
): ClaimRefusal | null {
  const seconds = now / 1000
  const exp = own(claims, 'exp')
  const nbf = own(claims, 'nbf')
  const iat = own(claims, 'iat')
  for (const [name, date] of [
    ['exp', exp],
    ['nbf', nbf],
    ['iat', iat],
  ] as const)
    if (date !== undefined && !isNumericDate(date)) return invalid('claims', name)
  if (isNumericDate(iat) && iat > seconds + clockToleranceSeconds) return invalid('not_yet_valid', 'iat')
  if (isNumericDate(nbf) && nbf > seconds + clockToleranceSeconds) return invalid('not_yet_valid', 'nbf')
  if (isNumericDate(exp) && isNumericDate(iat) && exp < iat) return invalid('claims', 'exp')
  if (exp === undefined && maxAgeSeconds === null && !expOptional) return invalid('claims', 'exp')
  if (isNumericDate(exp) && exp + clockToleranceSeconds <= seconds) return expired('exp')
  if (maxAgeSeconds !== null) {
    if (!isNumericDate(iat)) return invalid('claims', 'iat')
    if (iat + maxAgeSeconds + clockToleranceSeconds <= seconds) return expired('iat')
  }
  return null
}

function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= MAX_NUMERIC_DATE
}

/** When it was issued, in seconds since the epoch; null if it does not say. */
export function issuedAtOf({ claims }: Pick<UnverifiedJwt, 'claims'>): number | null {
  const iat = own(claims, 'iat')
  return isNumericDate(iat) ? iat : null
}

/** When it expires, in seconds since the epoch, by the earliest limit. */
export function expiryOf({ claims }: Pick<UnverifiedJwt, 'claims'>, maxAgeSeconds: number | null): number | null {
  const exp = own(claims, 'exp')
  const iat = own(claims, 'iat')
  const byAge = maxAgeSeconds !== null && isNumericDate(iat) ? iat + maxAgeSeconds : null
  if (!isNumericDate(exp)) return byAge
  return byAge === null ? exp : Math.min(exp, byAge)
}
