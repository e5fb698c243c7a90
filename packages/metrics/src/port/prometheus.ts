import type { HistogramInstrument, Instrument, Labels, MetricsPort, Sample } from './port.js'

/** The part of a `Registry` of prom-client that is used. */
export interface PrometheusRegister {
  registerMetric(metric: never): void
}

interface Value extends Sample {
  /** If it differs from the metric's name, as for the parts of a histogram. */
  readonly metricName?: string
}

interface Distribution {
  readonly labels: Labels
  readonly counts: number[]
  sum: number
}

/**
 * Puts our own metrics into a prom-client register, so that counting costs an addition instead of a call of `inc`,
 * which hashes its labels each time.
 */
export function prometheusPort(register: PrometheusRegister): MetricsPort {
  function add(
    { name, help, labels }: Instrument,
    type: 'counter' | 'gauge' | 'histogram',
    read: () => readonly Value[] | Promise<readonly Value[]>,
  ): void {
    // How prom-client combines the workers of a cluster: totals are added up, and of current values, the largest
    // counts.
    const about = { name, help, type, aggregator: type === 'gauge' ? 'max' : 'sum' }
    const metric = {
      ...about,
      labelNames: labels,
      get: async () => ({ ...about, values: await read() }),
      // Called by `register.resetMetrics()`: a process's totals do not go back.
      reset() {},
    }
    register.registerMetric(metric as never)
  }
  return {
    counter: (instrument, read) => add(instrument, 'counter', read),
    gauge: (instrument, read) => add(instrument, 'gauge', read),
    histogram(instrument) {
      const all: Distribution[] = []
      add(instrument, 'histogram', () => all.flatMap((one) => valuesOf(instrument, one)))
      return (labels) => {
        const one = { labels, counts: instrument.buckets.map(() => 0).concat(0), sum: 0 }
        all.push(one)
        return (seconds) => {
          one.sum += seconds
          one.counts[bucketOf(instrument.buckets, seconds)]! += 1
        }
      }
    },
  }
}

/** The first bucket that holds the value; the last one, without a bound, comes after them. */
function bucketOf(buckets: readonly number[], seconds: number): number {
  let place = 0
  while (place < buckets.length && seconds > (buckets[place] as number)) place++
  return place
}

/** A Prometheus bucket includes everything smaller, too. */
function valuesOf({ name, buckets }: HistogramInstrument, { labels, counts, sum }: Distribution): readonly Value[] {
  let total = 0
  const rows = counts.map((count, place) => {
    total += count
    const le = place < buckets.length ? String(buckets[place]) : '+Inf'
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total }
  })
  return [
    ...rows,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ]
}
