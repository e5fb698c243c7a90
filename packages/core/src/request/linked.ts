import type { Remembered } from '../cache/memory.js'
import type { Revocations } from '../cache/revocations.js'
import type { Credential } from '../extract/credential.js'
import { andThen, attempt, promised, type MaybePromise } from '../async/maybe-promise.js'
import type { Accepted, VerifiedIdentity, Verifier } from '../route/verifier.js'
import { linkIdentity } from '../identity/link.js'
import type { Link, Principal } from '../identity/principal.js'
import type { Resolution, Resolved, Unresolved } from './resolution.js'

/** What it takes to make an account of a verified identity. */
export interface LinkParts {
  readonly verifiers: readonly Verifier[]
  readonly link: Link
  /** How old an answer of `link` may be, in milliseconds. */
  readonly linkMaxAgeMs: number
  readonly revocations: Revocations
  /** Gathers the principals of this instance. */
  readonly admit: (principal: Principal) => void
  readonly now: () => number
}

/** What was remembered still holds; whether it was revoked, and who that is here, is asked every time. */
export function again(parts: LinkParts, credential: Credential, known: Remembered): MaybePromise<Resolution> {
  const verifier = (parts.verifiers[known.owner] as Verifier).name
  const { isRevoked } = known
  const proceed = (revokedByApp: boolean): MaybePromise<Resolution> => {
    if (revokedByApp) return revoked(verifier, credential.carrier)
    const { linked, identity } = known
    return linked !== null && (identity === null || known.linkedAt + parts.linkMaxAgeMs > parts.now())
      ? unlessRevoked(parts, credential, verifier, linked.principal, linked)
      : linkAnew(parts, credential, verifier, { identity: identity as VerifiedIdentity }, known)
  }
  if (isRevoked === undefined) return proceed(false)
  return attempt(
    () => andThen(promised(isRevoked()), proceed),
    (cause): Resolution => ({
      ok: false,
      code: 'verifier_unavailable',
      reason: null,
      verifier,
      carrier: credential.carrier,
      cause,
    }),
  )
}

/** Which account that is here, asked now. */
export function linkAnew(
  parts: LinkParts,
  credential: Credential,
  verifier: string,
  { identity, cookies }: Pick<Accepted, 'identity' | 'cookies'>,
  remembered: Remembered | null,
): MaybePromise<Resolution> {
  const { carrier } = credential
  const askedAt = parts.now()
  return andThen(linkIdentity(verifier, identity, parts.link), (linked): MaybePromise<Resolution> => {
    if (!linked.ok) {
      if (remembered !== null) keepLinked(remembered, null, askedAt, parts)
      return { ...linked, reason: null, verifier, carrier, cookies }
    }
    parts.admit(linked.principal)
    const resolution: Resolved = Object.freeze({ ok: true, principal: linked.principal, carrier, cookies })
    if (remembered !== null) keepLinked(remembered, resolution, askedAt, parts)
    return unlessRevoked(parts, credential, verifier, identity, resolution)
  })
}

/** Answers may overtake each other: what was asked later counts, also when it is a refusal. */
function keepLinked(
  remembered: Remembered,
  resolution: Resolved | null,
  askedAt: number,
  { linkMaxAgeMs }: LinkParts,
): void {
  if (linkMaxAgeMs === 0 || askedAt < remembered.linkedAt) return
  remembered.linked = resolution
  remembered.linkedAt = askedAt
  if (resolution !== null && linkMaxAgeMs === Number.POSITIVE_INFINITY) remembered.identity = null
}

function unlessRevoked(
  { revocations }: LinkParts,
  { carrier, value }: Credential,
  verifier: string,
  { sessionId, issuedAt }: Pick<VerifiedIdentity, 'sessionId' | 'issuedAt'>,
  resolution: Resolved,
): MaybePromise<Resolution> {
  if (revocations.isEmpty) return resolution
  const covered = revocations.covers({
    verifier,
    principal: resolution.principal.id,
    sessionId,
    issuedAt: typeof issuedAt === 'number' ? issuedAt * 1000 : null,
    value,
  })
  return andThen(covered, (isCovered) => (isCovered ? revoked(verifier, carrier, resolution.cookies) : resolution))
}

function revoked(verifier: string, carrier: Unresolved['carrier'], cookies: Accepted['cookies'] = []): Unresolved {
  // What was refreshed on the way to a revocation must not outlive it.
  for (const cookie of cookies) cookie.dropped()
  return { ok: false, code: 'credential_revoked', reason: 'revoked', verifier, carrier }
}
