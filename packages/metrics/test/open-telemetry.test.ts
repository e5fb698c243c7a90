import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { openTelemetryMetrics, prometheusMetrics } from '../src/index.js'
import { combineListeners } from '../src/index.js'
import { seriesOf } from './support/read.js'
import { createWorld, decide } from './support/world.js'

it('gives OpenTelemetry the names, labels and numbers that prom-client gets', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  const register = new Registry()
  const ours = [openTelemetryMetrics({ meter: provider.getMeter('dualauth') }), prometheusMetrics({ register })]
  const world = await createWorld({ onEvent: combineListeners(...ours.map(({ onEvent }) => onEvent)) })
  for (const metrics of ours) metrics.watch(world.auth)
  await world.auth.ready()
  const token = world.oldToken('ada')
  for (const bearer of [token, token, `${token}x`, null]) await decide(world.auth, bearer)

  const points = new Map<string, Record<string, unknown>>()
  await reader.forceFlush()
  for (const { metrics } of exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics))
    for (const { descriptor, dataPoints } of metrics)
      points.set(
        descriptor.name.replace('dualauth_', ''),
        Object.fromEntries(
          dataPoints.map(({ attributes, value }) => [
            Object.entries(attributes)
              .filter(([, label]) => label !== 'none')
              .map(([label, text]) => `${label}=${String(text)}`)
              .join(' '),
            value,
          ]),
        ),
      )

  for (const name of [
    'requests_total',
    'cache_requests_total',
    'policy_version',
    'policy_stage',
    'jwks_max_age_seconds',
  ])
    expect([name, points.get(name)]).toEqual([name, await seriesOf(register, name)])
  expect(points.get('verify_duration_seconds')).toMatchObject({
    'provider=legacy result=accepted': {
      count: 1,
      buckets: { boundaries: expect.arrayContaining([0.0001, 2.5]) as unknown },
    },
  })
  await provider.shutdown()
  await world.close()
})

it('refuses what is no meter, by name', () => {
  expect(() => openTelemetryMetrics({ meter: {} as never })).toThrow(/openTelemetryMetrics\.meter/)
})
