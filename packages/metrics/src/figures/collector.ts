import type { GaugeName } from '../events/instruments.js'
import type { Labels } from '../port/port.js'

/** One value of a gauge. */
export interface Figure {
  readonly metric: GaugeName
  readonly labels: Labels
  readonly value: number
}

/** Reads what no event says, when metrics are asked for. */
export interface Collector {
  /** The label of `dualauth_collector_up`. */
  readonly name: string
  /** Rejects where it cannot be had: the figures are left out then, and everything else is given all the same. */
  read(): Promise<readonly Figure[]>
}
