import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import * as crypto from '#crypto'

/** A revocation as it travels between instances: plain data, and no credential. */
export type Revocation =
  | { readonly kind: 'principal'; readonly id: string; readonly issuedBefore: number }
  | { readonly kind: 'session'; readonly id: string; readonly verifier: string }
  | { readonly kind: 'credential'; readonly sha256: string }
  | { readonly kind: 'verifier'; readonly id: string; readonly issuedBefore: number }

/** The one spelling by which a credential is revoked, however it is written. */
export type Canonical = (credential: string) => string

export interface Revocable {
  readonly verifier: string
  readonly principal: string
  readonly sessionId: string | null
  /** Milliseconds since the epoch; null counts as issued before every revocation. */
  readonly issuedAt: number | null
  readonly value: string
}

export interface Revocations {
  /** @returns false for what is no revocation: a feed carries what others wrote. */
  apply(revocation: unknown): boolean
  /** True while nothing was revoked. */
  readonly isEmpty: boolean
  covers(subject: Revocable): MaybePromise<boolean>
}

/** Revocations of this process: they hold for remembered and for never seen credentials, until it ends. */
export function createRevocations(canonical: Canonical): Revocations {
  const principals = new Map<string, number>()
  const verifiers = new Map<string, number>()
  const sessions = new Set<string>()
  const credentials = new Set<string>()
  const isBefore = (issuedAt: number | null, limit: number | undefined): boolean =>
    limit !== undefined && (issuedAt === null || issuedAt < limit)
  const later = (known: Map<string, number>, id: string, limit: number): void =>
    void known.set(id, Math.max(limit, known.get(id) ?? 0))
  let isEmpty = true
  return {
    get isEmpty() {
      return isEmpty
    },
    apply(revocation) {
      if (!isRevocation(revocation)) return false
      isEmpty = false
      if (revocation.kind === 'principal') later(principals, revocation.id, revocation.issuedBefore)
      else if (revocation.kind === 'verifier') later(verifiers, revocation.id, revocation.issuedBefore)
      else if (revocation.kind === 'session') sessions.add(sessionKey(revocation.verifier, revocation.id))
      else credentials.add(revocation.sha256)
      return true
    },
    covers({ verifier, principal, sessionId, issuedAt, value }) {
      if (isBefore(issuedAt, verifiers.get(verifier))) return true
      if (isBefore(issuedAt, principals.get(principal))) return true
      if (sessionId !== null && sessions.has(sessionKey(verifier, sessionId))) return true
      if (credentials.size === 0) return false
      const hash = crypto.sha256(canonical(value))
      return andThen(hash, (sha256) => credentials.has(sha256))
    },
  }
}

/** A mistake in a feed must not void what is revoked already. */
function isRevocation(value: unknown): value is Revocation {
  const { kind, id, verifier, sha256, issuedBefore } = (value ?? {}) as Record<string, unknown>
  if (kind === 'session') return typeof id === 'string' && typeof verifier === 'string'
  if (kind === 'credential') return typeof sha256 === 'string'
  return (kind === 'principal' || kind === 'verifier') && typeof id === 'string' && Number.isFinite(issuedBefore)
}

function sessionKey(verifier: string, id: string): string {
  return JSON.stringify([verifier, id])
}
