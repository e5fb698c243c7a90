import type { Memory, Remembered } from '../cache/memory.js'
import { placeOf, type Place } from '../cache/place.js'
import type { Revocations } from '../cache/revocations.js'
import type { Emit } from '../events/events.js'
import type { Credential } from '../extract/credential.js'
import { isWellFormed } from '../extract/extract.js'
import { andThen, isPending, promised } from '../keys/and-then.js'
import type { MaybePromise } from '../keys/crypto.js'
import type { Router } from '../route/router.js'
import { present, type Presented } from '../route/shape.js'
import type { Accepted, Demand, OpenVerifier, VerifiedIdentity, Verifier } from '../route/verifier.js'
import { judge, type Judgement } from '../verify/judge.js'
import { linkIdentity } from './link.js'
import type { Link, Principal } from './principal.js'
import type { Resolution, Unresolved } from './resolution.js'

export interface ResolverParts {
  readonly verifiers: readonly Verifier[]
  readonly open: readonly OpenVerifier[]
  readonly router: Router
  readonly link: Link
  /** How old an answer of `link` may be, in milliseconds. */
  readonly linkMaxAgeMs: number
  /** Null: every credential is judged anew. */
  readonly memory: Memory | null
  readonly revocations: Revocations
  /** Gathers the principals of this instance. */
  readonly admit: (principal: Principal) => void
  readonly emit: Emit
  readonly now: () => number
}

/** Takes one credential from its owner to an account. Null: no verifier owns it. */
export type Resolve = (credential: Credential, demand: Demand) => MaybePromise<Resolution | null>

export function createResolver(parts: ResolverParts): Resolve {
  const { verifiers, open, router, memory, emit } = parts

  /** Routes, and shares one judging among those who bring the same credential at a time, unless it counts. */
  function judgeAnew(credential: Credential, demand: Demand, place: Place | null): MaybePromise<Resolution | null> {
    const { carrier } = credential
    const presented = present(credential)
    // The strict reading of a JWT admits no character that a carrier forbids.
    if (presented.jwt() === null && !isWellFormed(credential))
      return { ok: false, code: 'credential_malformed', reason: null, verifier: null, carrier }
    const selection = router.select(presented)
    if (selection.kind === 'unsupported') return null
    if (selection.kind === 'ambiguous') {
      emit({ type: 'ambiguous', verifiers: selection.verifiers })
      return { ok: false, code: 'credential_ambiguous', reason: null, verifier: null, carrier }
    }
    const { owners } = selection
    const task = () => judgeOwned(presented, owners, demand, place)
    const counts = owners.some((owner) => (verifiers[owner] as Verifier).counts === true)
    return memory === null || place === null || demand.fresh || counts
      ? task()
      : memory.once(place, demand.refresh, task)
  }

  function judgeOwned(
    presented: Presented,
    owners: readonly number[],
    demand: Demand,
    place: Place | null,
  ): MaybePromise<Resolution> {
    const since = memory?.era ?? 0
    return andThen(judge(presented, owners, open, demand), ({ owner, verification }) => {
      const verifier = (verifiers[owner] as Verifier).name
      if (verification.outcome !== 'accepted') {
        if (demand.fresh && place !== null) memory?.forget(place)
        return { ...refusal(verification), verifier, carrier: presented.carrier }
      }
      const remembered = place === null ? null : (memory?.keep(place, owner, verification, since) ?? null)
      return linkAnew(parts, presented, verifier, verification, remembered)
    })
  }

  return (credential, demand) => {
    if (memory === null) return judgeAnew(credential, demand, null)
    const go = (place: Place): MaybePromise<Resolution | null> => {
      // A fresh look replaces what is remembered.
      const known = demand.fresh ? null : memory.find(place)
      return known === null ? judgeAnew(credential, demand, place) : again(parts, credential, known)
    }
    return andThen(placeOf(credential), go)
  }
}

/** What was remembered still holds; whether it was revoked, and who that is here, is asked every time. */
function again(parts: ResolverParts, credential: Credential, known: Remembered): MaybePromise<Resolution> {
  const verifier = (parts.verifiers[known.owner] as Verifier).name
  const proceed = (isRevoked: boolean | undefined): MaybePromise<Resolution> => {
    if (isRevoked) return revoked(verifier, credential.carrier)
    const { linked, identity } = known
    return linked !== null && (identity === null || known.linkedAt + parts.linkMaxAgeMs > parts.now())
      ? unlessRevoked(parts, credential, verifier, known, linked)
      : linkAnew(parts, credential, verifier, { identity: identity as VerifiedIdentity }, known)
  }
  if (known.isRevoked === undefined) return proceed(false)
  const cannotTell = (cause: unknown): Resolution => ({
    ok: false,
    code: 'verifier_unavailable',
    reason: null,
    verifier,
    carrier: credential.carrier,
    cause,
  })
  try {
    const asked = promised(known.isRevoked())
    return isPending(asked) ? asked.then(proceed, cannotTell) : proceed(asked)
  } catch (cause) {
    return cannotTell(cause)
  }
}

function linkAnew(
  parts: ResolverParts,
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
    const resolution: Resolution = Object.freeze({ ok: true, principal: linked.principal, carrier, cookies })
    if (remembered !== null) keepLinked(remembered, resolution, askedAt, parts)
    return unlessRevoked(parts, credential, verifier, identity, resolution)
  })
}

/** Answers may overtake each other: what was asked later counts, also when it is a refusal. */
function keepLinked(
  remembered: Remembered,
  resolution: Resolution | null,
  askedAt: number,
  { linkMaxAgeMs }: ResolverParts,
): void {
  if (linkMaxAgeMs === 0 || askedAt < remembered.linkedAt) return
  remembered.linked = resolution
  remembered.linkedAt = askedAt
  if (resolution !== null && linkMaxAgeMs === Number.POSITIVE_INFINITY) remembered.identity = null
}

function unlessRevoked(
  { revocations }: ResolverParts,
  { carrier, value }: Credential,
  verifier: string,
  { sessionId, issuedAt }: Pick<VerifiedIdentity, 'sessionId' | 'issuedAt'>,
  resolution: Resolution,
): MaybePromise<Resolution> {
  if (revocations.isEmpty) return resolution
  const covered = revocations.covers({
    verifier,
    principal: resolution.ok ? resolution.principal.id : null,
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

function refusal(
  verification: Exclude<Judgement['verification'], { outcome: 'accepted' }>,
): Omit<Unresolved, 'verifier' | 'carrier'> {
  if (verification.outcome === 'unavailable') {
    const { cause, retryAfterSeconds, cookies } = verification
    return { ok: false, code: 'verifier_unavailable', reason: null, cause, retryAfterSeconds, cookies }
  }
  const { code, reason, retryAfterSeconds, cookies } = verification
  return { ok: false, code, reason, retryAfterSeconds, cookies }
}
