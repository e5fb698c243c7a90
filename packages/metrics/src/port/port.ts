/** What is measured. */
export interface Instrument {
  /** As Prometheus spells names, with its unit and `_total` where it counts. */
  readonly name: string
  readonly help: string
  /** Names of its labels. Their values come from closed lists, or are names of the configuration. */
  readonly labels: readonly string[]
}

/** A distribution. */
export interface HistogramInstrument extends Instrument {
  /** Upper bounds, in seconds, rising. */
  readonly buckets: readonly number[]
}

/** Names and values of one series; both are from lists that are closed. */
export type Labels = Readonly<Record<string, string>>

/** One series at one moment. */
export interface Sample {
  readonly labels: Labels
  readonly value: number
}

/**
 * What a monitoring system has to offer. Counters and gauges are read when it asks: counting is an addition in memory, on
 * the path of a request.
 */
export interface MetricsPort {
  /** @param read Gives totals since the process began. */
  counter(instrument: Instrument, read: () => readonly Sample[]): void
  /** @param read Gives what holds now; a series that is missing holds no more. Never rejects. */
  gauge(instrument: Instrument, read: () => Promise<readonly Sample[]>): void
  /** @returns what takes a value in seconds, for the labels that it is first called with. */
  histogram(instrument: HistogramInstrument): (labels: Labels) => (seconds: number) => void
}
