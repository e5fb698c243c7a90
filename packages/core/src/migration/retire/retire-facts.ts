import { sumOf, type ClientKind, type Heartbeat, type Sighting } from '../evidence/evidence.js'
import type { PolicyContent } from '../plan/moves.js'
import { DAY_MS, dayOf, HOUR_MS } from '../evidence/day.js'
import type { Side } from '../stage.js'

/** People of one organization who used one kind of client. */
export interface SideUse {
  readonly side: Side
  readonly outcome: Sighting['outcome']
  readonly organization: string | null
  readonly client: ClientKind
  /** False: refused by shape, so the person and the organization are unknown. */
  readonly isKnown: boolean
  /** Different people within the window. 0 if they are unknown or were seen only before it. */
  readonly people: number
  /** Milliseconds since the epoch. */
  readonly lastAt: number
  /**
   * For the old side: people whose accepted credential has not expired and who were not on the new side an hour or more
   * after its last use.
   */
  readonly outstanding: number
}

/** The number of different people on the old side on one day, accepted or refused. */
export interface OldDay {
  /** In UTC, such as `2026-03-01`. */
  readonly day: string
  readonly people: number
}

/** The input of `retireReport`: plain data, from any store. */
export interface RetireFacts {
  readonly migration: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The required number of days without anybody on the old side. */
  readonly windowDays: number
  /** Uses within the window, and outstanding credentials from before it. */
  readonly uses: readonly SideUse[]
  /** Days of the window. Days without anybody may be left out. */
  readonly oldDays: readonly OldDay[]
  /** Heartbeats of the window and the day before it. */
  readonly heartbeats: readonly Heartbeat[]
  /** Null: unknown. */
  readonly policy: PolicyContent | null
  /** Open conflicts between identities, by kind; null: unknown. */
  readonly conflicts: Readonly<Record<string, number>> | null
  /** Critical differences found within the window; null: unknown. */
  readonly criticalMismatches: CriticalMismatches | null
}

/** Critical differences between the two sides that comparisons of stage `shadow` found. */
export interface CriticalMismatches {
  /** Number of occurrences by class, such as `privilege_gain`. Empty: none. */
  readonly times: Readonly<Record<string, number>>
  /** Milliseconds since the epoch; null: none. */
  readonly lastAt: number | null
}

/** The options of a query of evidence. */
export interface RetireQuestion {
  /** Default `default`. */
  readonly migration?: string
  /** From 1 to 366. Default 14. */
  readonly windowDays?: number
  /** Milliseconds since the epoch. Default: the current time, by the clock of the database if there is one. */
  readonly now?: number
}

export function windowStart({ now, windowDays }: Pick<RetireFacts, 'now' | 'windowDays'>): number {
  return now - windowDays * DAY_MS
}

/** Uses of the old side within the window. */
export function oldUses(facts: Pick<RetireFacts, 'now' | 'windowDays' | 'uses'>): readonly SideUse[] {
  const from = windowStart(facts)
  return facts.uses.filter(({ side, lastAt }) => side === 'old' && lastAt >= from)
}

/** Whether the person is unknown. An accepted person was verified, even if their id cannot be stored. */
export function isUnverified({ isKnown, outcome }: SideUse): boolean {
  return !isKnown && outcome === 'refused'
}

/** People within the window. An accepted person whose id cannot be stored counts as one. */
export function peopleIn(use: SideUse): number {
  return use.isKnown || isUnverified(use) ? use.people : Math.max(use.people, 1)
}

/** The latest use, without `Math.max(...)`, which fails on very long lists. */
export function latestOf(uses: readonly { readonly lastAt: number }[]): number {
  return uses.reduce((latest, { lastAt }) => Math.max(latest, lastAt), Number.NEGATIVE_INFINITY)
}

/** The facts from evidence in memory, such as `memoryEvidence()`. */
export function retireFactsOf(
  evidence: { readonly sightings: () => readonly Sighting[]; readonly heartbeats: () => readonly Heartbeat[] },
  question: RetireQuestion & Partial<Pick<RetireFacts, 'policy' | 'conflicts' | 'criticalMismatches'>> = {},
): RetireFacts {
  const { migration = 'default', windowDays = 14, now = Date.now(), policy = null, conflicts = null } = question
  const { criticalMismatches = null } = question
  const from = windowStart({ now, windowDays })
  const sightings = evidence.sightings().filter((seen) => seen.migration === migration)
  return {
    migration,
    now,
    windowDays,
    uses: usesOf(overDays(sightings), from, now),
    oldDays: oldDaysOf(sightings.filter(({ day }) => day >= dayOf(from))),
    heartbeats: evidence
      .heartbeats()
      .filter((beat) => beat.migration === migration && beat.day >= dayOf(from - DAY_MS)),
    policy,
    conflicts,
    criticalMismatches,
  }
}

/** Merges days, as a store does: a person who came back to the old side may also still have an earlier credential. */
function overDays(sightings: readonly Sighting[]): readonly Sighting[] {
  const sums = new Map<string, Sighting>()
  for (const seen of sightings) {
    const { side, outcome, client, verifier, user, organization } = seen
    const key = JSON.stringify([side, outcome, client, verifier, user, organization])
    const sum = sums.get(key)
    sums.set(key, sum === undefined ? seen : sumOf(sum, seen))
  }
  return [...sums.values()]
}

function usesOf(sightings: readonly Sighting[], from: number, now: number): readonly SideUse[] {
  const newAt = new Map<string | null, number>()
  for (const { side, outcome, user, lastAt } of sightings)
    if (side === 'new' && outcome === 'accepted') newAt.set(user, Math.max(newAt.get(user) ?? 0, lastAt))
  const isWithin = ({ lastAt }: Sighting): boolean => lastAt >= from
  const isOutstanding = ({ side, outcome, user, lastAt, expiresAt }: Sighting): boolean =>
    side === 'old' &&
    outcome === 'accepted' &&
    user !== null &&
    (expiresAt ?? 0) > now &&
    // A crash may have lost this person's next hour.
    (newAt.get(user) ?? 0) < lastAt + HOUR_MS
  const groups = new Map<string, Sighting[]>()
  for (const seen of sightings) {
    if (!isWithin(seen) && !isOutstanding(seen)) continue
    const key = JSON.stringify([seen.side, seen.outcome, seen.organization, seen.client, seen.user !== null])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [seen])
    else group.push(seen)
  }
  return [...groups.values()].map((group): SideUse => {
    const { side, outcome, organization, client, user } = group[0] as Sighting
    return {
      side,
      outcome,
      organization,
      client,
      isKnown: user !== null,
      people: peopleOf(group.filter(isWithin)),
      lastAt: latestOf(group),
      outstanding: peopleOf(group.filter(isOutstanding)),
    }
  })
}

function oldDaysOf(sightings: readonly Sighting[]): readonly OldDay[] {
  const days = new Map<string, Set<string>>()
  for (const seen of sightings)
    if (seen.side === 'old' && seen.user !== null) days.set(seen.day, (days.get(seen.day) ?? new Set()).add(seen.user))
  return [...days].map(([day, people]) => ({ day, people: people.size }))
}

function peopleOf(sightings: readonly Sighting[]): number {
  return new Set(sightings.map(({ user }) => user).filter((user) => user !== null)).size
}
