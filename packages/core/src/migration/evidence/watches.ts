import { DAY_MS, dayOf } from './day.js'
import type { Heartbeat } from './evidence.js'

/** The policy that counts in an instance. */
export interface PolicyMark {
  readonly version: number
  readonly digest: string
}

/** For how long an instance has watched without a break, told in heartbeats. */
export interface Watches {
  /** The instance runs at this moment. After a break it goes on under another id, so that nobody takes the break for watched. */
  alive(at: number): void
  /** Whether something has to be written even where nobody was seen. */
  isDue(at: number): boolean
  /**
   * What is to be written now: of this moment first, then what is missing of the time before.
   * @param at Up to when everything is written with it.
   */
  beats(at: number, isLast: boolean, now: number): readonly [Heartbeat, ...Heartbeat[]]
  /** Says no more than what is written already, for a portion that is not all. */
  soFar(now: number): Heartbeat
  /** The store has taken them. */
  written(beats: readonly Heartbeat[]): void
}

export interface WatchesParts {
  readonly migration: string
  /** The application's name for this instance; null: none. */
  readonly label: string | null
  /** Milliseconds between two signs of life in good order. */
  readonly flushMs: number
  /** Null if no policy counts. */
  readonly policy: () => PolicyMark | null
  /** Sightings that were dropped since the process started. */
  readonly lost: () => number
}

/** Where nothing is to be written, an instance says this often that it watches. */
const BEAT_MS = 60_000
/** A process that was suspended for longer did not watch meanwhile. Half of what reports tolerate by default. */
const BREAK_MS = 300_000

/** A time without a break, from its first moment to the latest sign of life. */
interface Stretch {
  /** Some runtimes make no random values before their first request. */
  instance: string | null
  readonly since: number
  aliveAt: number
  /** Until when it is written. */
  beatAt: number
  beatDigest: string | null
  readonly lostBefore: number
  /** What held when it was over; null while it goes on. */
  end: { readonly policy: PolicyMark | null; readonly lost: number } | null
}

export function createWatches({ migration, label, flushMs, policy, lost }: WatchesParts): Watches {
  const breakMs = Math.max(BREAK_MS, 3 * flushMs)
  const past: Stretch[] = []
  let present: Stretch | null = null

  function begin(at: number): Stretch {
    const unwritten = { instance: null, beatAt: Number.NEGATIVE_INFINITY, beatDigest: null }
    return { ...unwritten, since: at, aliveAt: at, lostBefore: lost(), end: null }
  }

  function presentAt(at: number): Stretch {
    if (present !== null && Math.abs(at - present.aliveAt) <= breakMs) {
      present.aliveAt = at
      return present
    }
    if (present !== null) {
      present.end = stateOf(present)
      past.push(present)
    }
    present = begin(at)
    return present
  }

  function stateOf({ end, lostBefore }: Stretch): NonNullable<Stretch['end']> {
    return end ?? { policy: policy(), lost: lost() - lostBefore }
  }

  function beat(stretch: Stretch, lastAt: number, now: number, ended: boolean): Heartbeat {
    stretch.instance ??= crypto.randomUUID()
    const day = dayOf(lastAt)
    const state = stateOf(stretch)
    return {
      migration,
      instance: stretch.instance,
      label,
      day,
      firstAt: Math.max(stretch.since, Date.parse(`${day}T00:00:00Z`)),
      lastAt,
      writtenAt: now,
      version: state.policy?.version ?? null,
      digest: state.policy?.digest ?? null,
      lost: state.lost,
      ended,
    }
  }

  /** What was seen on the days before is written only now, so that they have no gap at their ends. */
  function endsOf(stretch: Stretch, until: number, now: number): readonly Heartbeat[] {
    const from = Math.max(stretch.beatAt, stretch.since)
    return midnightsBetween(from, until).map((midnight) => beat(stretch, midnight - 1, now, false))
  }

  return {
    alive(at) {
      presentAt(at)
    },
    isDue(at) {
      const { beatAt, beatDigest } = presentAt(at)
      // An operator who changed the policy waits until every instance has reported it.
      return past.length > 0 || at - beatAt >= BEAT_MS || (policy()?.digest ?? null) !== beatDigest
    },
    beats(at, isLast, now) {
      const stretch = presentAt(now)
      return [
        beat(stretch, Math.max(at, stretch.since), now, isLast),
        ...past.flatMap((one) => [...endsOf(one, one.aliveAt, now), beat(one, one.aliveAt, now, true)]),
        ...endsOf(stretch, at, now),
      ]
    },
    soFar(now) {
      const stretch = presentAt(now)
      return beat(stretch, Math.max(stretch.beatAt, stretch.since), now, false)
    },
    written([first, ...others]) {
      const done = new Set(others.filter(({ ended }) => ended).map(({ instance }) => instance))
      past.splice(0, past.length, ...past.filter(({ instance }) => instance === null || !done.has(instance)))
      if (first === undefined || present?.instance !== first.instance) return
      present.beatAt = first.lastAt
      present.beatDigest = first.digest ?? null
    },
  }
}

function midnightsBetween(from: number, to: number): readonly number[] {
  const midnights: number[] = []
  for (let midnight = (Math.floor(from / DAY_MS) + 1) * DAY_MS; midnight <= to; midnight += DAY_MS)
    midnights.push(midnight)
  return midnights
}
