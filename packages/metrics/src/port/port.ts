/** What is measured. */
export interface Instrument {
  /** As Prometheus spells names, with the unit, and `_total` for counters. */
  readonly name: string
  readonly help: string
  /** Names of its labels. Their values come from closed lists, or are names from the configuration. */
  readonly labels: readonly string[]
}

/** A distribution. */
export interface HistogramInstrument extends Instrument {
  /** Upper bounds, in seconds, ascending. */
  readonly buckets: readonly number[]
}

/** Names and values of one series; both come from closed lists. */
export type Labels = Readonly<Record<string, string>>

/** One series at one time. */
export interface Sample {
  readonly labels: Labels
  readonly value: number
}

/**
 * What a monitoring system must offer. Counters and gauges are read when it asks: on the request path, counting is an
 * addition in memory.
 */
export interface MetricsPort {
  /** @param read Returns totals since the process began. */
  counter(instrument: Instrument, read: () => readonly Sample[]): void
  /** @param read Returns current values; a missing series no longer applies. Never rejects. */
  gauge(instrument: Instrument, read: () => Promise<readonly Sample[]>): void
  /** @returns A function that takes a value in seconds, with the labels of its first call. */
  histogram(instrument: HistogramInstrument): (labels: Labels) => (seconds: number) => void
}
