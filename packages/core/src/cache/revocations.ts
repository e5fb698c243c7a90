import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import * as crypto from '#crypto'
import { boundedCache } from './bounded-cache.js'

/** A revocation as it travels between instances: plain data, and no credential. */
export type Revocation =
  | ({ readonly kind: 'principal'; readonly id: string } & Limit)
  | {
      readonly kind: 'session'
      readonly id: string
      readonly verifier: string
      /**
       * The owner of the session: both fields or neither. The id may be that of a device, or a number that each person
       * has. Absent: every session with this id.
       */
      readonly issuer?: string
      readonly subject?: string
      /**
       * Milliseconds since the epoch. A credential that proves a sign-in at or after this time is kept, because a
       * provider whose own session continues gives a new sign-in the same id. Absent: the session is ended permanently.
       */
      readonly issuedBefore?: number
    }
  | { readonly kind: 'api-key'; readonly id: string }
  | { readonly kind: 'credential'; readonly sha256: string }
  | ({ readonly kind: 'verifier'; readonly id: string } & Limit)

interface Limit {
  /** Milliseconds since the epoch. */
  readonly issuedBefore: number
  /**
   * True: includes credentials dated up to the verifier's clock tolerance later, because an issuer's clock may be
   * ahead. Absent: `issuedBefore` is exact.
   */
  readonly datedAhead?: boolean
}

/** Converts a credential to the spelling under which it is revoked. */
export type Canonical = (credential: string) => string

export interface Revocable {
  readonly verifier: string
  readonly issuer: string
  readonly subject: string
  readonly principal: string
  readonly sessionId: string | null
  readonly keyId: string | null
  /** Milliseconds since the epoch; null counts as issued before every revocation. */
  readonly issuedAt: number | null
  /**
   * When the sign-in began that the credential proves, in milliseconds since the epoch; null if it proves none. A later
   * time of issue proves nothing, because tokens of a session are refreshed.
   */
  readonly signInBegunAt: number | null
  readonly value: string
}

export interface Revocations {
  /** @returns false if it is not a revocation: others may write to a feed, too. */
  apply(revocation: unknown): boolean
  /**
   * Revokes a credential that cannot be judged now, in this process only and as one of the last `MAX_UNJUDGED`, because
   * it may be forged.
   */
  hold(sha256: string, why: WhyHeld): void
  /** True while nothing was revoked. */
  readonly isEmpty: boolean
  covers(subject: Revocable): MaybePromise<boolean>
  /**
   * Like `covers`, without a promise, for a credential whose hash is known. Null: checks only what the credential
   * belongs to.
   */
  coversHashed(subject: Omit<Revocable, 'value'>, sha256: string | null): boolean
}

/** How far the clock of a verifier's issuer may be ahead, in milliseconds. */
export type IssuerLead = (verifier: string) => number

/**
 * `outage`: its verifier could not judge it. `unasked`: a sign-out had too many to ask about. Kept apart, because
 * anybody can send too many, and these must not evict what was signed out during an outage.
 */
export type WhyHeld = 'outage' | 'unasked'

/** Limits forged credentials during an outage to two megabytes. */
export const MAX_UNJUDGED = 10_000

/** Revocations in this process, for remembered and unseen credentials, until the process ends. */
export function createRevocations(canonical: Canonical, leadOf: IssuerLead): Revocations {
  const principals = createLimits(leadOf)
  const verifiers = createLimits(leadOf)
  const sessions = createLimits(leadOf)
  const keys = new Set<string>()
  const credentials = new Set<string>()
  const held = { outage: boundedCache<true>(MAX_UNJUDGED), unasked: boundedCache<true>(MAX_UNJUDGED) }
  let isEmpty = true
  const coversSession = (id: string, { verifier, issuer, subject, signInBegunAt }: Omit<Revocable, 'value'>): boolean =>
    sessions.covers(sessionKey({ verifier, id }), signInBegunAt, verifier) ||
    sessions.covers(sessionKey({ verifier, id, issuer, subject }), signInBegunAt, verifier)
  const coversOwner = (subject: Omit<Revocable, 'value'>): boolean => {
    const { verifier, principal, sessionId, keyId, issuedAt } = subject
    return (
      verifiers.covers(verifier, issuedAt, verifier) ||
      principals.covers(principal, issuedAt, verifier) ||
      (sessionId !== null && coversSession(sessionId, subject)) ||
      (keyId !== null && keys.has(keyId))
    )
  }
  const isHeld = (sha256: string): boolean => held.outage.get(sha256) === true || held.unasked.get(sha256) === true
  const coversCredential = (sha256: string): boolean => credentials.has(sha256) || isHeld(sha256)
  return {
    get isEmpty() {
      return isEmpty
    },
    apply(revocation) {
      if (!isRevocation(revocation)) return false
      isEmpty = false
      if (revocation.kind === 'principal') principals.raise(revocation.id, revocation)
      else if (revocation.kind === 'verifier') verifiers.raise(revocation.id, revocation)
      else if (revocation.kind === 'session') sessions.raise(sessionKey(revocation), endOf(revocation))
      else if (revocation.kind === 'api-key') keys.add(revocation.id)
      else credentials.add(revocation.sha256)
      return true
    },
    hold(sha256, why) {
      isEmpty = false
      held[why].set(sha256, true)
    },
    covers(subject) {
      if (coversOwner(subject)) return true
      if (credentials.size + held.outage.size + held.unasked.size === 0) return false
      return andThen(crypto.sha256(canonical(subject.value)), coversCredential)
    },
    coversHashed: (subject, sha256) => coversOwner(subject) || (sha256 !== null && coversCredential(sha256)),
  }
}

interface Limits {
  /** Only ever to a later time: no revocation undoes an earlier one. */
  raise(id: string, limit: Limit): void
  covers(id: string, issuedAt: number | null, verifier: string): boolean
}

function createLimits(leadOf: IssuerLead): Limits {
  const exact = new Map<string, number>()
  const ahead = new Map<string, number>()
  const isBefore = (issuedAt: number | null, limit: number | undefined): boolean =>
    limit !== undefined && (issuedAt === null || issuedAt < limit)
  return {
    raise(id, { issuedBefore, datedAhead }) {
      const limits = datedAhead === true ? ahead : exact
      limits.set(id, Math.max(issuedBefore, limits.get(id) ?? 0))
    },
    covers(id, issuedAt, verifier) {
      if (isBefore(issuedAt, exact.get(id))) return true
      const limit = ahead.get(id)
      return limit !== undefined && isBefore(issuedAt, limit + leadOf(verifier))
    },
  }
}

/** An invalid date must not spare a session. */
function endOf({ issuedBefore }: Pick<SessionRevocation, 'issuedBefore'>): Limit {
  return { issuedBefore: Number.isFinite(issuedBefore) ? (issuedBefore as number) : Number.POSITIVE_INFINITY }
}

/** A mistake in a feed must not undo existing revocations. */
function isRevocation(value: unknown): value is Revocation {
  const { kind, id, verifier, sha256, issuedBefore } = (value ?? {}) as Record<string, unknown>
  if (kind === 'session') return typeof id === 'string' && typeof verifier === 'string'
  if (kind === 'api-key') return typeof id === 'string'
  if (kind === 'credential') return typeof sha256 === 'string'
  return (kind === 'principal' || kind === 'verifier') && typeof id === 'string' && Number.isFinite(issuedBefore)
}

export type SessionRevocation = Extract<Revocation, { readonly kind: 'session' }>
type NamedSession = Pick<SessionRevocation, 'verifier' | 'id' | 'issuer' | 'subject'>

export function sessionKey(session: NamedSession): string {
  const { verifier, id, issuer, subject } = session
  return JSON.stringify(isOfOne(session) ? [verifier, id, issuer, subject] : [verifier, id])
}

/** An incomplete owner must not spare a session: it then counts for everybody. */
export function isOfOne({ issuer, subject }: NamedSession): boolean {
  return typeof issuer === 'string' && typeof subject === 'string'
}
