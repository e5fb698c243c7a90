import { object, parseOptions, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { createMetrics, organizationList, type Metrics, type MetricsOptions } from './create-metrics.js'
import { openTelemetryPort, type OpenTelemetryMeter } from './port/open-telemetry.js'
import { prometheusPort, type PrometheusRegister } from './port/prometheus.js'

/** The options of `prometheusMetrics`. */
export interface PrometheusMetricsOptions extends MetricsOptions {
  /** A `Registry` of prom-client 15, such as its `register`. */
  readonly register: PrometheusRegister
}

/** The options of `openTelemetryMetrics`. */
export interface OpenTelemetryMetricsOptions extends MetricsOptions {
  /** `metrics.getMeter('dualauth')` of `@opentelemetry/api`. */
  readonly meter: OpenTelemetryMeter
}

const collectors = z.exactOptional(
  z.custom<NonNullable<MetricsOptions['collectors']>>(Array.isArray, 'a list of collectors'),
)

const prometheusSchema = object({
  register: withMethods<PrometheusRegister>(['registerMetric'], 'a Registry of prom-client'),
  collectors,
  organizations: organizationList,
})

const METER_METHODS = ['createObservableCounter', 'createObservableGauge', 'createHistogram'] as const
const openTelemetrySchema = object({
  meter: withMethods<OpenTelemetryMeter>(METER_METHODS, 'a Meter of @opentelemetry/api'),
  collectors,
  organizations: organizationList,
})

/**
 * Metrics in a prom-client register.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name. Errors of the register pass through, such as
 *   for metrics that it already has: call this once for each register.
 * @example
 * const metrics = prometheusMetrics({ register })
 * const auth = createDualAuth({ verifiers, onEvent: metrics.onEvent })
 * metrics.watch(auth)
 */
export function prometheusMetrics(options: PrometheusMetricsOptions): Metrics {
  const { register, ...rest } = parseOptions(prometheusSchema, options, 'prometheusMetrics')
  return createMetrics({ port: prometheusPort(register), ...rest })
}

/**
 * Metrics through an OpenTelemetry meter. Names and labels are those of `prometheusMetrics`.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 */
export function openTelemetryMetrics(options: OpenTelemetryMetricsOptions): Metrics {
  const { meter, ...rest } = parseOptions(openTelemetrySchema, options, 'openTelemetryMetrics')
  return createMetrics({ port: openTelemetryPort(meter), ...rest })
}
