import { within } from '@dualauth/core/adapter'
import { GAUGES, type GaugeName } from '../events/instruments.js'
import type { MetricsPort, Sample } from '../port/port.js'
import type { Collector, Figure } from './collector.js'

/** What a collector may take, in milliseconds: less than the endpoint waits for all of them. What comes later is left out. */
const COLLECTOR_MS = 7_000

type Collected = ReadonlyMap<GaugeName, readonly Sample[]>

/**
 * Offers every gauge to a port. All that are read at one time come of one round of the collectors: one that is under way is
 * joined.
 *
 * @param now What needs no waiting for.
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

/** One that hangs is asked once, and keeps nothing else from being read. */
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

/** Of one series that is there twice, as of two instances in a process, the larger value counts. */
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
