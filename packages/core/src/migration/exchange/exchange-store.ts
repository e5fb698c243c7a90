import type { MaybePromise } from '../../async/maybe-promise.js'

/** One exchange of one credential. */
export interface ExchangeUse {
  /** SHA-256 of the session, or of the credential if it has no session. Base64url. */
  readonly key: string
  /** The maximum number of exchanges. */
  readonly most: number
  /** When the credential expires, in milliseconds since the epoch. Its row may be deleted then. Null: never. */
  readonly endsAt: number | null
}

/** One of two sessions, one of which was exchanged for the other. Revoking one revokes the other. */
export interface ExchangeRelation {
  /** SHA-256 of the identifier of this session. Base64url. */
  readonly key: string
  /** The revocation of the other session: its id, or a SHA-256 of its credential. Opaque to the store. */
  readonly revocation: string
  /** When both sessions have expired, in milliseconds since the epoch. The row may be deleted then. Null: never. */
  readonly endsAt: number | null
}

/**
 * Counts the exchanges of each credential, for all instances together. A throw means "cannot tell": only the exchange
 * fails, with 503.
 */
export interface ExchangeStore {
  /** Uses up one exchange, atomically. False: none is left. */
  take(use: ExchangeUse): MaybePromise<boolean>
  /** Returns one exchange whose session was not delivered. */
  giveBack(key: string): MaybePromise<void>
  /**
   * Stores which sessions belong together, before they are used. Without both of these methods, revoking one session
   * does not revoke the other.
   */
  relate?(relations: readonly ExchangeRelation[]): MaybePromise<void>
  /** The revocations stored for a key. */
  relatedTo?(key: string): MaybePromise<readonly string[]>
}

/** The number of rows at which expired ones are first deleted. */
const FIRST_SWEEP = 100_000

/**
 * An exchange store for one process, for development and tests. Each process counts alone and forgets everything when
 * it ends. A row is kept until its credential expires, however many there are, because without it the count would start
 * from zero.
 */
export function memoryExchanges(options: { readonly now?: () => number } = {}): ExchangeStore {
  const { now = Date.now } = options
  const rows = new Map<string, { used: number; endsAt: number | null }>()
  // At twice the remaining rows, so that each exchange bears only a small part of a sweep.
  let sweepAt = FIRST_SWEEP
  const sweep = (): void => {
    for (const [key, { endsAt }] of rows) if (endsAt !== null && endsAt < now()) rows.delete(key)
    sweepAt = Math.max(FIRST_SWEEP, rows.size * 2)
  }
  const relations = new Map<string, Map<string, number | null>>()
  let sweepRelationsAt = FIRST_SWEEP
  const sweepRelations = (): void => {
    for (const [key, ends] of relations) {
      // A session id that many people share may itself have no expiry.
      for (const [revocation, endsAt] of ends) if (endsAt !== null && endsAt < now()) ends.delete(revocation)
      if (ends.size === 0) relations.delete(key)
    }
    sweepRelationsAt = Math.max(FIRST_SWEEP, relations.size * 2)
  }
  return {
    relate(all) {
      if (relations.size >= sweepRelationsAt) sweepRelations()
      for (const { key, revocation, endsAt } of all)
        relations.set(key, (relations.get(key) ?? new Map<string, number | null>()).set(revocation, endsAt))
    },
    relatedTo: (key) => [...(relations.get(key)?.keys() ?? [])],
    take({ key, most, endsAt }) {
      if (rows.size >= sweepAt) sweep()
      const row = rows.get(key) ?? { used: 0, endsAt }
      if (row.used >= most) return false
      row.used++
      row.endsAt = row.endsAt === null || endsAt === null ? null : Math.max(row.endsAt, endsAt)
      rows.set(key, row)
      return true
    },
    giveBack(key) {
      const row = rows.get(key)
      if (row !== undefined && row.used > 0) row.used--
    },
  }
}
