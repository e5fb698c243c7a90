import { DAY_MS, dayOf } from './day.js'
import type { Heartbeat } from './evidence.js'

/** The policy in force in an instance. */
export interface PolicyMark {
  readonly version: number
  readonly digest: string
}

/** Tracks how long an instance has watched without a break, and reports it in heartbeats. */
export interface Watches {
  /**
   * Records that the instance is running now. After a break it continues under a new id, so that the break does not
   * count as watched.
   */
  alive(at: number): void
  /** Whether a heartbeat must be written even if nobody was seen. */
  isDue(at: number): boolean
  /**
   * The heartbeats to write now: first the current one, then those missing from before.
   * @param at Everything up to this time is written with them.
   */
  beats(at: number, isLast: boolean, now: number): readonly [Heartbeat, ...Heartbeat[]]
  /** A heartbeat that claims nothing new, for a portion that is not the last. */
  soFar(now: number): Heartbeat
  /** Called when the store has accepted them. */
  written(beats: readonly Heartbeat[]): void
}

export interface WatchesParts {
  readonly migration: string
  /** The application's name for this instance; null if it has none. */
  readonly label: string | null
  /** Normal time between two calls of `alive`, in milliseconds. */
  readonly flushMs: number
  /** Null if no policy is in force. */
  readonly policy: () => PolicyMark | null
  /** Sightings that were dropped since the process started. */
  readonly lost: () => number
}

/** How often an instance writes a heartbeat if there is nothing else to write. */
const BEAT_MS = 60_000
/** A process suspended for longer than this was not watching. Half of the reports' default tolerance. */
const BREAK_MS = 300_000

/** A period without a break, from its start to the latest call of `alive`. */
interface Stretch {
  /** Set late, because some runtimes provide no random values before their first request. */
  instance: string | null
  readonly since: number
  aliveAt: number
  /** Written up to this time. */
  beatAt: number
  beatDigest: string | null
  readonly lostBefore: number
  /** The state at its end; null while it continues. */
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

  /** Heartbeats for the ends of earlier days, so that these days have no gap. Their sightings are only now written. */
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
