import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuthEvent } from '@dualauth/core'
import { mountHandler } from '@dualauth/express'
import express from 'express'
import { Gauge, Registry } from 'prom-client'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { metricsEndpoint, prometheusMetrics } from '../src/index.js'
import { createWorld, decide, type World } from './support/world.js'

const events: AuthEvent[] = []
let world: World
beforeAll(async () => void (world = await createWorld({ onEvent: (event) => void events.push(event) })))
afterAll(() => world.close())

const request = (method = 'GET', headers: Record<string, string> = {}) =>
  new Request('https://api.example.com/metrics', { method, headers })

/** A register with the metrics of a world that decided once. */
async function filled(): Promise<Registry> {
  const register = new Registry()
  const metrics = prometheusMetrics({ register })
  const own = await createWorld({ onEvent: metrics.onEvent })
  await decide(own.auth, own.oldToken('ada'))
  await own.close()
  return register
}

it('answers GET with the metrics in the content type of the register, and HEAD without them', async () => {
  const register = await filled()
  const endpoint = metricsEndpoint({ register })
  const answer = await endpoint(request())
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, register.contentType])
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await answer.text()).toContain('dualauth_requests_total{provider="legacy",outcome="accepted"')
  const head = await endpoint(request('HEAD'))
  expect([head.status, await head.text()]).toEqual([200, ''])
})

it('answers other methods 405, with and without an instance that spells it', async () => {
  const register = new Registry()
  for (const endpoint of [metricsEndpoint({ register }), metricsEndpoint({ register, auth: world.auth })]) {
    const answer = await endpoint(request('POST'))
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed', status: 405 })
  }
})

it('lets those read who bring one of its tokens, and nobody else', async () => {
  const tokens = ['a-token-of-prometheus', 'the-token-before-that']
  const endpoint = metricsEndpoint({ register: await filled(), tokens })
  const statusOf = async (authorization?: string) =>
    (await endpoint(request('GET', authorization === undefined ? {} : { authorization }))).status
  for (const token of tokens) expect(await statusOf(`Bearer ${token}`)).toBe(200)
  for (const wrong of [undefined, 'Bearer', 'Bearer a-token-of-prometheu', `Basic ${tokens[0]!}`, 'Bearer x x'])
    expect([wrong, await statusOf(wrong)]).toEqual([wrong, 401])
  const answer = await endpoint(request())
  expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  expect(await answer.text()).not.toContain('dualauth_')
})

it('is 503 and says so in an event where a collector of the app throws or hangs, and recovers', async () => {
  const register = await filled()
  let mode: 'good' | 'throw' | 'hang' = 'throw'
  new Gauge({
    name: 'of_the_app',
    help: 'a gauge of the app',
    registers: [register],
    async collect() {
      if (mode === 'throw') throw new Error('the database at db.internal is down')
      if (mode === 'hang') await new Promise(() => {})
    },
  })
  const endpoint = metricsEndpoint({ register, auth: world.auth, timeoutMs: 50 })
  for (mode of ['throw', 'hang'] as const) {
    events.length = 0
    const answer = await endpoint(request())
    expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([503, true])
    expect(await answer.text()).not.toContain('db.internal')
    expect(events).toMatchObject([{ type: 'endpoint_failed', endpoint: 'metrics', code: 'store_unavailable' }])
  }
  mode = 'good'
  expect((await endpoint(request())).status).toBe(200)
})

it('goes on without the figures of a collector of its own that fails, and says which', async () => {
  const register = new Registry()
  const broken = { name: 'broken', read: () => Promise.reject(new Error('down')) }
  const metrics = prometheusMetrics({ register, collectors: [broken] })
  metrics.watch(world.auth)
  await world.auth.ready()
  const answer = await metricsEndpoint({ register })(request())
  const text = await answer.text()
  expect([answer.status, text.includes('dualauth_policy_version{migration="default"} 1')]).toEqual([200, true])
  expect(text).toContain('dualauth_collector_up{collector="broken"} 0')
})

it('goes on without a collector that hangs, and asks it once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const register = new Registry()
  let asked = 0
  const hanging = { name: 'hanging', read: () => (asked++, new Promise<never>(() => {})) }
  prometheusMetrics({ register, collectors: [hanging] })
  for (let scrape = 0; scrape < 2; scrape++) {
    const answering = metricsEndpoint({ register })(request())
    await vi.advanceTimersByTimeAsync(7_000)
    const answer = await answering
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('dualauth_collector_up{collector="hanging"} 0')
  }
  expect(asked).toBe(1)
})

it('is mounted in Express by mountHandler', async () => {
  const app = express()
  app.use('/metrics', mountHandler(metricsEndpoint({ register: await filled(), auth: world.auth })))
  const server = createServer(app)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)
  expect([answer.status, (await answer.text()).includes('dualauth_requests_total')]).toEqual([200, true])
  await new Promise((resolve) => server.close(resolve))
})

it('refuses wrong options by name', () => {
  const register = new Registry()
  expect(() => metricsEndpoint({ register: {} as Registry })).toThrow(/metricsEndpoint\.register/)
  expect(() => metricsEndpoint({ register, tokens: ['short'] })).toThrow(/metricsEndpoint\.tokens/)
  expect(() => metricsEndpoint({ register, tokens: [] })).toThrow(/metricsEndpoint\.tokens/)
  expect(() => metricsEndpoint({ register, auth: {} as never })).toThrow(/metricsEndpoint\.auth/)
})
