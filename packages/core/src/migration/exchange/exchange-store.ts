import type { MaybePromise } from '../../async/maybe-promise.js'

/** One exchange of one credential. */
export interface ExchangeUse {
  /** SHA-256 of the session, or of the credential where it belongs to none; base64url. */
  readonly key: string
  /** How many exchanges there may be. */
  readonly most: number
  /** When the credential ends, in milliseconds since the epoch: its row may go then. Null: it never does. */
  readonly endsAt: number | null
}

/** One of two sessions, of which one was minted out of the other: what ends the one ends the other. */
export interface ExchangeRelation {
  /** SHA-256 of what names the one; base64url. */
  readonly key: string
  /** What ends the other one: the id of its session, or a SHA-256 of its credential. Opaque here. */
  readonly revocation: string
  /** When both sessions are over, in milliseconds since the epoch: the row may go then. Null: never. */
  readonly endsAt: number | null
}

/**
 * Counts how often a credential was exchanged, for all instances together. A throw means "cannot tell": the exchange is answered
 * 503, and nothing else is touched by it.
 */
export interface ExchangeStore {
  /** Takes one exchange, in one step. False: all of them are used. */
  take(use: ExchangeUse): MaybePromise<boolean>
  /** Gives one back, whose session nobody got. */
  giveBack(key: string): MaybePromise<void>
  /** Keeps which sessions belong together, ahead of their use. Without both of these, a revocation of one spares the other. */
  relate?(relations: readonly ExchangeRelation[]): MaybePromise<void>
  /** The revocations that are kept for a key. */
  relatedTo?(key: string): MaybePromise<readonly string[]>
}

/** Rows at which those that ended go for the first time. */
const FIRST_SWEEP = 100_000

/**
 * For one process, such as in development and in tests: each process counts for itself, and forgets when it ends. A row is kept until
 * its credential ends, however many there are, because to forget it would be to count from zero.
 */
export function memoryExchanges(options: { readonly now?: () => number } = {}): ExchangeStore {
  const { now = Date.now } = options
  const rows = new Map<string, { used: number; endsAt: number | null }>()
  // Twice what was left: a sweep costs each exchange that came since very little.
  let sweepAt = FIRST_SWEEP
  const sweep = (): void => {
    for (const [key, { endsAt }] of rows) if (endsAt !== null && endsAt < now()) rows.delete(key)
    sweepAt = Math.max(FIRST_SWEEP, rows.size * 2)
  }
  const relations = new Map<string, Map<string, number | null>>()
  let sweepRelationsAt = FIRST_SWEEP
  const sweepRelations = (): void => {
    for (const [key, ends] of relations) {
      // A session id that many people have may have no end itself.
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
