import type { Instrument, Labels, MetricsPort, Sample } from './port.js'

/** Receives the values of an OpenTelemetry counter or gauge. */
export interface ObservableResult {
  observe(value: number, attributes?: Labels): void
}

interface Observable {
  addCallback(callback: (result: ObservableResult) => void | Promise<void>): void
}

interface MetricOptions {
  readonly description?: string
  readonly unit?: string
  readonly advice?: { explicitBucketBoundaries?: number[] }
}

/** The part of a `Meter` of `@opentelemetry/api` that is used. */
export interface OpenTelemetryMeter {
  createObservableCounter(name: string, options?: MetricOptions): Observable
  createObservableGauge(name: string, options?: MetricOptions): Observable
  createHistogram(name: string, options?: MetricOptions): { record(value: number, attributes?: Labels): void }
}

/** Names stay as Prometheus spells them, so that the rules and the dashboard work however the metrics get there. */
export function openTelemetryPort(meter: OpenTelemetryMeter): MetricsPort {
  return {
    counter: (instrument, read) =>
      meter
        .createObservableCounter(instrument.name, optionsOf(instrument))
        .addCallback((result) => observe(result, read())),
    gauge: (instrument, read) =>
      meter
        .createObservableGauge(instrument.name, optionsOf(instrument))
        .addCallback(async (result) => observe(result, await read())),
    histogram(instrument) {
      const advice = { explicitBucketBoundaries: [...instrument.buckets] }
      const histogram = meter.createHistogram(instrument.name, { ...optionsOf(instrument), advice })
      return (labels) => (seconds) => histogram.record(seconds, labels)
    },
  }
}

function observe(result: ObservableResult, samples: readonly Sample[]): void {
  for (const { labels, value } of samples) result.observe(value, labels)
}

function optionsOf({ name, help }: Instrument): MetricOptions {
  return { description: help, ...(name.endsWith('_seconds') && { unit: 's' }) }
}
