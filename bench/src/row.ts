import { median } from './median.js'

/** Samples in the order they were taken: the same place in two series is the same turn. */
type Samples = readonly number[]

/** `limit` is what nothing can beat, such as the raw primitive; `bare` is the same app without authentication. */
export interface Series {
  readonly ours: Samples
  readonly peer?: Samples
  readonly bare?: Samples
  readonly limit?: Samples
}

/** What is compared with the target, turn by turn. */
export type Figure =
  | 'ours / bare'
  | 'ours / peer'
  | 'peer / ours'
  | 'ours / limit'
  | 'limit / ours'
  | 'ours − bare'
  | 'peer − bare'
  | 'ours'

/** Without a bound it is shown for information. */
export interface Target {
  readonly figure: Figure
  readonly atMost?: number
  readonly atLeast?: number
}

/** One line of the table. */
export interface Row {
  readonly what: string
  readonly unit: string
  readonly peerName?: string
  readonly limitName?: string
  readonly series: Series
  readonly target: Target
}

/** The median of the figure over all turns, so that noise which hits neighbours alike cancels out. */
export function figureOf({ series, target }: Pick<Row, 'series' | 'target'>): number {
  const [over, operator, under] = target.figure.split(' ') as [keyof Series, string?, (keyof Series)?]
  return median(
    series.ours.map((_, turn) => {
      const value = at(series, over, turn)
      if (under === undefined) return value
      return operator === '/' ? value / at(series, under, turn) : value - at(series, under, turn)
    }),
  )
}

/** Null where nothing is asked. */
export function isMet({ atMost, atLeast }: Target, figure: number): boolean | null {
  if (atMost !== undefined) return figure <= atMost
  return atLeast === undefined ? null : figure >= atLeast
}

function at(series: Series, name: keyof Series, turn: number): number {
  const value = series[name]?.[turn]
  if (value === undefined) throw new Error(`no sample of ${name} in turn ${turn}`)
  return value
}
