import type { GaugeName } from '../events/instruments.js'
import type { Labels } from '../port/port.js'

/** One value of a gauge. */
export interface Figure {
  readonly metric: GaugeName
  readonly labels: Labels
  readonly value: number
}

/** Reads figures that no event reports, when metrics are requested. */
export interface Collector {
  /** The label of `dualauth_collector_up`. */
  readonly name: string
  /** Rejects if they cannot be read: these figures are then left out, and everything else is still returned. */
  read(): Promise<readonly Figure[]>
}
