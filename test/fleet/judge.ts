import type { Answered } from './ask.js'
import type { Instance } from './instances.js'

/** What somebody presents. */
export interface Held {
  readonly side: 'old' | 'new'
  readonly user: string
  readonly headers: Readonly<Record<string, string>>
}

/** A revocation, and what came of it. */
export interface Revoked {
  readonly held: Held
  /** Milliseconds since the epoch; null: it was not acknowledged. */
  acknowledgedAt: number | null
  /** Processes that know of it, and since when; milliseconds since the epoch. */
  readonly heardBy: Map<number, number>
}

/** What is away just now, and since when everything is there again. */
export interface Weather {
  readonly away: Set<'redis' | 'postgres' | 'instance'>
  /** Milliseconds since the epoch. */
  redisSince: number
  postgresSince: number
}

export interface Judge {
  readonly wrong: string[]
  readonly counts: Record<'good' | 'unavailable' | 'notYet' | 'refused' | 'throttled', number>
  good(held: Held, answered: Answered): void
  /** Forged, expired or unknown. */
  bad(kind: string, answered: Answered): void
  revoked(revoked: Revoked, answered: Answered): void
}

/** How long after an outage an instance may take to know everything. */
export const CATCH_UP_MS = 5_000
/** How long after PostgreSQL is back, or before it is seen to be away, sessions may be answered 503. */
const SETTLES_MS = 2_000

export function createJudge(weather: Weather, instances: readonly Instance[]): Judge {
  const wrong: string[] = []
  const counts = { good: 0, unavailable: 0, notYet: 0, refused: 0, throttled: 0 }
  const mayBeUnavailable = (side: Held['side'], sentAt: number): boolean =>
    side === 'new' && (weather.away.has('postgres') || sentAt < weather.postgresSince + SETTLES_MS)

  function isLate({ acknowledgedAt }: Revoked, { pid, sentAt }: Answered): boolean {
    if (acknowledgedAt === null || weather.away.has('redis')) return false
    const servesSince = instances.find((instance) => instance.pid === pid)?.servesSince ?? 0
    return sentAt > Math.max(acknowledgedAt, weather.redisSince, servesSince) + CATCH_UP_MS
  }

  return {
    wrong,
    counts,
    good({ side, user }, { status, body, sentAt }) {
      if (status === 200 && body.id === user) counts.good++
      else if (status === 503 && mayBeUnavailable(side, sentAt)) counts.unavailable++
      else wrong.push(`a good credential of the ${side} side was answered ${status} ${body.code ?? body.id ?? ''}`)
    },
    bad(kind, { status, body }) {
      if (status === 429) counts.throttled++
      else if (status === 401) counts.refused++
      else if (status === 503 && kind === 'unknown') counts.unavailable++
      else wrong.push(`what was ${kind} was answered ${status} ${body.code ?? ''}`)
    },
    revoked(revoked, answered) {
      const { status, body, pid, sentAt } = answered
      const { heardBy, held } = revoked
      if (status === 401 && body.code === 'credential_revoked') {
        counts.refused++
        if (!heardBy.has(pid)) heardBy.set(pid, Date.now())
      } else if (status === 503 && mayBeUnavailable(held.side, sentAt)) counts.unavailable++
      else if (status !== 200) wrong.push(`what was revoked was answered ${status} ${body.code ?? ''}`)
      else if (sentAt > (heardBy.get(pid) ?? Infinity)) wrong.push('an instance forgot what was revoked')
      else if (isLate(revoked, answered)) wrong.push('an instance did not hear in time of what was revoked')
      else counts.notYet++
    },
  }
}
