import { DAY_MS } from '../evidence/day.js'
import type { OldDay } from './retire-facts.js'
import type { Span } from './watch.js'

/** How the number of people on the old side changes. */
export interface Trend {
  /** The number of complete days with evidence. */
  readonly days: number
  /** The change in the number of people per day; negative: fewer. Null: too few days. */
  readonly perDay: number | null
  /**
   * When nobody would be left if the trend continued, in milliseconds since the epoch. Null: the number is not falling.
   */
  readonly emptyAt: number | null
}

const MIN_DAYS = 4

/** Fits a straight line to the days that were watched completely. */
export function trendOf(oldDays: readonly OldDay[], { from, to }: Span, gaps: readonly Span[]): Trend {
  const people = new Map(oldDays.map((day) => [day.day, day.people]))
  const points: { readonly at: number; readonly people: number }[] = []
  for (let at = Math.ceil(from / DAY_MS) * DAY_MS; at + DAY_MS <= to; at += DAY_MS) {
    if (gaps.some((gap) => gap.from < at + DAY_MS && gap.to > at)) continue
    points.push({ at, people: people.get(new Date(at).toISOString().slice(0, 10)) ?? 0 })
  }
  if (points.length < MIN_DAYS) return { days: points.length, perDay: null, emptyAt: null }
  const meanAt = meanOf(points.map(({ at }) => at))
  const meanPeople = meanOf(points.map((point) => point.people))
  const spread = points.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0)
  const slope = points.reduce((sum, point) => sum + (point.at - meanAt) * (point.people - meanPeople), 0) / spread
  // A day's count covers people until its end.
  const emptyAt = slope < 0 ? Math.round(meanAt - meanPeople / slope) + DAY_MS : null
  return { days: points.length, perDay: slope * DAY_MS, emptyAt }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
