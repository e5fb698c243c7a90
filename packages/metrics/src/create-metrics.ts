import type { AuthEventListener } from '@dualauth/core'
import { object, parseOptions, text, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { countEvents } from './events/count-events.js'
import { figuresOf, type WatchedAuth } from './figures/auth-figures.js'
import type { Collector, Figure } from './figures/collector.js'
import { offerGauges } from './figures/gauges.js'
import type { MetricsPort } from './port/port.js'

/** The options of all kinds of metrics. */
export interface MetricsOptions {
  /** Further figures to read when metrics are requested, such as `postgresFigures`. Default none. */
  readonly collectors?: readonly Collector[]
  /**
   * Organizations whose accepted requests are counted one by one, by the application's own ids: at most 100. They
   * become labels, which anybody who reads metrics can see. Default none: no label names an organization.
   */
  readonly organizations?: readonly string[]
}

/** The options of `createMetrics`. */
export interface CreateMetricsOptions extends MetricsOptions {
  /** Where to send the figures. */
  readonly port: MetricsPort
}

/** Metrics of the instances in a process. */
export interface Metrics {
  /**
   * For `createDualAuth({ onEvent })`; with listeners of your own, see `combineListeners`. Takes some tens of
   * nanoseconds per event.
   */
  readonly onEvent: AuthEventListener
  /**
   * Adds figures that no event reports: versions and stages of policies, when their source last answered, and the ages
   * of keys.
   * @returns A function that ends it.
   */
  watch(auth: WatchedAuth): () => void
}

/** Also for the functions that pass it on. */
export const organizationList: z.ZodMiniType<string[]> = z._default(
  z.array(text).check(z.maxLength(100, 'at most 100 organizations')),
  [],
)

const schema = object({
  port: withMethods<MetricsPort>(['counter', 'gauge', 'histogram'], 'a port of metrics'),
  organizations: organizationList,
  collectors: z._default(z.array(withMethods<Collector>(['read'], 'a collector')), []),
})

/**
 * Turns the events of dualauth into metrics with the prefix `dualauth_`, for any monitoring system. No label holds an
 * id, an address or an unlisted organization: values come from closed lists, or are names from the configuration.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 */
export function createMetrics(options: CreateMetricsOptions): Metrics {
  const { port, collectors, organizations } = parseOptions(schema, options, 'createMetrics')
  const watched = new Set<WatchedAuth>()
  const { onEvent, lastAccepts } = countEvents(port, organizations)
  const legacyFigures = (): readonly Figure[] =>
    [...lastAccepts].map(([migration, value]) => ({
      metric: 'legacy_last_accept_timestamp_seconds',
      labels: { migration },
      value,
    }))
  offerGauges(port, collectors, () => [
    ...legacyFigures(),
    ...[...watched].flatMap((auth) => figuresOf(auth, Date.now())),
  ])
  return Object.freeze({
    onEvent,
    watch(auth: WatchedAuth) {
      watched.add(auth)
      return () => void watched.delete(auth)
    },
  })
}
