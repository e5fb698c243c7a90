import { within } from '@dualauth/core/adapter'
import { GAUGES, type GaugeName } from '../events/instruments.js'
import type { MetricsPort, Sample } from '../port/port.js'
import type { Collector, Figure } from './collector.js'

/** How long a collector may take, in milliseconds: less than the endpoint waits for all. Later results are left out. */
const COLLECTOR_MS = 7_000

type Collected = ReadonlyMap<GaugeName, readonly Sample[]>

/**
 * Offers every gauge to a port. Gauges that are read at the same time share one round of the collectors: a round in
 * progress is joined.
 *
 * @param now Figures that need no waiting.
 */
export function offerGauges(port: MetricsPort, collectors: readonly Collector[], now: () => readonly Figure[]): void {
  let underWay: Promise<Collected> | null = null
  const reading = collectors.map(safely)

  function collect(): Promise<Collected> {
    underWay ??= round().finally(() => (underWay = null))
    return underWay
  }

  async function round(): Promise<Collected> {
    const rest = await Promise.all(reading.map((read) => read()))
    return grouped([...now(), ...rest.flat()])
  }

  for (const [name, instrument] of Object.entries(GAUGES) as [GaugeName, (typeof GAUGES)[GaugeName]][])
    port.gauge(instrument, async () => (await collect()).get(name) ?? [])
}

/** A collector that hangs is asked only once, and does not stop others from being read. */
function safely(collector: Collector): () => Promise<readonly Figure[]> {
  const up = (value: 0 | 1): Figure => ({ metric: 'collector_up', labels: { collector: collector.name }, value })
  let pending: Promise<readonly Figure[]> | null = null
  const ask = async (): Promise<readonly Figure[]> => collector.read()
  return async () => {
    try {
      pending ??= ask().finally(() => (pending = null))
      const figures = await within(pending, COLLECTOR_MS)
      return figures === null ? [up(0)] : [...figures, up(1)]
    } catch {
      return [up(0)]
    }
  }
}

/** If a series occurs twice, as with two instances in a process, the larger value counts. */
function grouped(figures: readonly Figure[]): Collected {
  const series = new Map<string, Figure>()
  for (const figure of figures) {
    const key = JSON.stringify([figure.metric, Object.entries(figure.labels)])
    const known = series.get(key)
    if (known === undefined || known.value < figure.value) series.set(key, figure)
  }
  const groups = new Map<GaugeName, Sample[]>()
  for (const { metric, labels, value } of series.values()) {
    const group = groups.get(metric)
    if (group === undefined) groups.set(metric, [{ labels, value }])
    else group.push({ labels, value })
  }
  return groups
}
