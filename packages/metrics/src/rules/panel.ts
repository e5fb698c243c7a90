/** One graph or number of the dashboard. */
export interface Panel {
  readonly title: string
  /** Grafana's name for the unit. */
  readonly unit: 'percentunit' | 'reqps' | 's' | 'short' | 'ops'
  /** Default `timeseries`. */
  readonly kind?: 'stat' | 'timeseries'
  /** By legend, such as `{{provider}}`. */
  readonly queries: Readonly<Record<string, string>>
  /** Why it may be empty although all is well. */
  readonly emptyWhere?: string
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

const JOB = 'job=~"$job"'
export const series = (name: string, more = ''): string => `dualauth_${name}{${JOB}${more === '' ? '' : `,${more}`}}`
export const rate = (name: string, more = ''): string => `rate(${series(name, more)}[$__rate_interval])`
export const sum = (expression: string, by = ''): string => `sum${by === '' ? '' : ` by (${by})`} (${expression})`
export const newest = (expression: string, by: string): string => `max by (${by}) (${expression})`
/** Without a whole there is no share: empty rather than NaN. A part that never occurred is 0. */
export const share = (part: string, whole: string): string => `(${part} or vector(0)) / (${whole} > 0)`
/** Without traffic there is no quantile: empty rather than NaN. */
export const quantile = (of: number, name: string, by = ''): string =>
  `histogram_quantile(${of}, ${sum(rate(`${name}_bucket`), by === '' ? 'le' : `${by}, le`)})` +
  ` and ${by === '' ? '' : `on (${by}) `}${sum(rate(`${name}_count`), by)} > 0`

export const JUDGED: string = 'outcome=~"accepted|refused|unavailable"'
export const requests = (more: string, by = ''): string => sum(rate('requests_total', more), by)
