import { DAY_MS } from '../evidence/day.js'
import type { ClientKind } from '../evidence/evidence.js'
import { checksOf, isIdleFor, isShut, type RetireCheck } from './retire-checks.js'
import {
  isUnverified,
  latestOf,
  oldUses,
  peopleIn,
  windowStart,
  type CriticalMismatches,
  type RetireFacts,
  type SideUse,
} from './retire-facts.js'
import { trendOf, type Trend } from './trend.js'
import { watchOf, type Watch } from './watch.js'

/** Whether the old side can be switched off. */
export type Verdict = 'safe' | 'not_safe' | 'not_enough_evidence'

/** The use of the old side within the window. */
export interface OldUse {
  readonly verdict: Verdict
  /** The number of people. Unknown people are in `isUnknownRefused`. */
  readonly accepted: number
  readonly refused: number
  readonly outstanding: number
  /** Somebody unknown was refused by shape. */
  readonly isUnknownRefused: boolean
  /** Milliseconds since the epoch; null: nobody was seen. */
  readonly lastAt: number | null
}

/** Whether the old side can be switched off, with all findings for and against. */
export interface RetireReport extends Watch {
  readonly migration: string
  readonly verdict: Verdict
  readonly windowDays: number
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly to: number
  readonly checks: readonly RetireCheck[]
  /** Each organization seen on either side. Refusals by shape are counted under null. */
  readonly organizations: readonly (OldUse & { readonly organization: string | null })[]
  readonly clients: readonly (OldUse & { readonly client: ClientKind })[]
  readonly conflicts: Readonly<Record<string, number>> | null
  readonly criticalMismatches: CriticalMismatches | null
  readonly trend: Trend
  /**
   * The earliest time at which the window could end with nobody on the old side, if the trend continues. Null: unknown.
   */
  readonly eta: number | null
}

/** The options of `retireReport`. */
export interface RetireOptions {
  /** The longest allowed gap between heartbeats, in milliseconds. Default 600,000. */
  readonly toleranceMs?: number
  /** Instances that are known to have ended without reporting it, such as killed ones. `all`: every silent instance. */
  readonly stopped?: readonly string[] | 'all'
  /**
   * True ignores refusals by shape alone, if you know that they come from strangers such as scanners. Default false.
   */
  readonly ignoreUnverified?: boolean
}

/**
 * Decides from evidence whether the old side can be switched off. `safe` requires a whole window without anybody, and
 * proof that instances were watching all the time. Missing data never counts as no use.
 */
export function retireReport(
  all: RetireFacts,
  { toleranceMs = 600_000, stopped = [], ignoreUnverified = false }: RetireOptions = {},
): RetireReport {
  const { migration, now, windowDays, heartbeats, oldDays, conflicts, criticalMismatches } = all
  const facts = ignoreUnverified ? { ...all, uses: all.uses.filter((use) => !isUnverified(use)) } : all
  const span = { from: windowStart(facts), to: now }
  const found = watchOf(heartbeats, span, toleranceMs)
  const silent = stopped === 'all' ? [] : found.silent.filter((instance) => !stopped.includes(instance))
  const watch = { ...found, silent }
  const checks = checksOf(all, watch, ignoreUnverified)
  const isClosed = isShut(facts)
  const isWatched = !checks.some(({ status }) => status === 'unknown')
  // A person refused by shape may belong to any organization.
  const isAnybody = oldUses(facts).some(isUnverified)
  const trend = trendOf(oldDays, span, watch.gaps)
  return {
    migration,
    verdict: verdictOf(
      checks.some(({ status }) => status === 'failed'),
      isWatched,
    ),
    windowDays,
    ...span,
    ...watch,
    checks,
    organizations: groupsOf(facts, ({ organization }) => organization).map(([organization, uses]) => ({
      organization,
      ...useOf({ ...facts, uses }, isClosed, isIdleFor(facts, organization), isWatched && !isAnybody),
    })),
    clients: groupsOf(facts, ({ client }) => client).map(([client, uses]) => ({
      client,
      ...useOf({ ...facts, uses }, isClosed, false, isWatched),
    })),
    conflicts,
    criticalMismatches,
    trend,
    eta: etaOf(facts, watch, trend),
  }
}

function verdictOf(isUsed: boolean, isWatched: boolean): Verdict {
  if (isUsed) return 'not_safe'
  return isWatched ? 'safe' : 'not_enough_evidence'
}

function groupsOf<Key>(
  facts: RetireFacts,
  keyOf: (use: SideUse) => Key,
): readonly (readonly [Key, readonly SideUse[]])[] {
  const groups = new Map<Key, SideUse[]>()
  for (const use of facts.uses) {
    const key = keyOf(use)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [use])
    else group.push(use)
  }
  return [...groups]
}

function useOf(facts: RetireFacts, isClosed: boolean, isIdle: boolean, isWatched: boolean): OldUse {
  const old = oldUses(facts)
  const people = (outcome: SideUse['outcome']): number =>
    old.filter((use) => use.outcome === outcome).reduce((sum, use) => sum + peopleIn(use), 0)
  const outstanding = isClosed ? 0 : facts.uses.reduce((sum, use) => sum + use.outstanding, 0)
  return {
    verdict: verdictOf(old.length > 0 || outstanding > 0 || isIdle, isWatched),
    accepted: people('accepted'),
    refused: people('refused'),
    outstanding,
    isUnknownRefused: old.some(isUnverified),
    lastAt: old.length === 0 ? null : latestOf(old),
  }
}

/** Null if the end is not in sight: nothing is watching now, or use is not falling. */
function etaOf(facts: RetireFacts, { gaps, silent, broken, skewed, lost }: Watch, { emptyAt }: Trend): number | null {
  const { now, windowDays } = facts
  const windowMs = windowDays * DAY_MS
  if (gaps.some(({ to }) => to >= now)) return null
  const lastOldAt = latestOf(oldUses(facts))
  if (lastOldAt > Number.NEGATIVE_INFINITY) return emptyAt === null ? null : Math.max(emptyAt, lastOldAt) + windowMs
  // Nobody was seen: only the gaps in the watch must leave the window.
  if (silent.length + broken.length + skewed.length + lost > 0) return now + windowMs
  return Math.max(now, ...gaps.map(({ to }) => to + windowMs))
}
