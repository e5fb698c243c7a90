export {
  openTelemetryMetrics,
  prometheusMetrics,
  type OpenTelemetryMetricsOptions,
  type PrometheusMetricsOptions,
} from './adapters.js'
export { combineListeners } from './combine-listeners.js'
export { createMetrics, type CreateMetricsOptions, type Metrics, type MetricsOptions } from './create-metrics.js'
export { metricsEndpoint, type MetricsEndpointOptions, type ReadableRegister } from './endpoint/metrics-endpoint.js'
export type { GaugeName } from './events/instruments.js'
export type { WatchedAuth } from './figures/auth-figures.js'
export type { Collector, Figure } from './figures/collector.js'
export { postgresFigures, type PostgresFiguresOptions } from './figures/postgres-figures.js'
export type { ObservableResult, OpenTelemetryMeter } from './port/open-telemetry.js'
export type { HistogramInstrument, Instrument, Labels, MetricsPort, Sample } from './port/port.js'
export type { PrometheusRegister } from './port/prometheus.js'
