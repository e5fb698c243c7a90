import { median, quantile } from '../median.js'
import { figureOf, isMet, type Row, type Series, type Target } from '../row.js'

/** A series in three figures: half of the samples lie between `low` and `high`. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** A row as it is written down. */
export interface Summary {
  readonly what: string
  readonly unit: string
  readonly peerName: string | null
  readonly limitName: string | null
  readonly series: { readonly [name in keyof Series]: Spread }
  readonly target: Target
  readonly figure: number
  readonly met: boolean | null
}

/** One group as it was measured, with where and when. */
export interface GroupResult {
  readonly name: string
  readonly title: string
  readonly at: string
  readonly node: string
  /** Its model. */
  readonly cpu: string
  readonly cores: number
  readonly seconds: number
  readonly rows: readonly Summary[]
}

export function summaryOf({ what, unit, peerName, limitName, series, target }: Row): Summary {
  const spreads = Object.entries(series).map(([name, samples]) => [name, spreadOf(samples as readonly number[])])
  const figure = figureOf({ series, target })
  return {
    what,
    unit,
    peerName: peerName ?? null,
    limitName: limitName ?? null,
    series: Object.fromEntries(spreads) as Summary['series'],
    target,
    figure: rounded(figure),
    met: isMet(target, figure),
  }
}

function spreadOf(samples: readonly number[]): Spread {
  return {
    median: rounded(median(samples)),
    low: rounded(quantile(samples, 0.25)),
    high: rounded(quantile(samples, 0.75)),
  }
}

/** Four digits are more than two runs agree on. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
