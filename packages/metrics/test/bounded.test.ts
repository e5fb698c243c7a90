import { createHmac, randomBytes } from 'node:crypto'
import type { AuthEvent } from '@dualauth/core'
import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { prometheusMetrics } from '../src/index.js'
import { countSeries, seriesOf } from './support/read.js'
import { createWorld, decide } from './support/world.js'

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What an attacker makes up: another key id, issuer, algorithm and subject each time. */
function madeUp(place: number): string {
  const noise = randomBytes(6).toString('hex')
  const header = { alg: place % 2 === 0 ? 'HS256' : 'ES256', kid: `kid-${noise}`, typ: place % 3 === 0 ? noise : 'JWT' }
  const iss = place % 2 === 0 ? undefined : `https://${noise}.example.com/`
  const input = `${encoded(header)}.${encoded({ iss, sub: `${noise}@example.com`, exp: 4_000_000_000, [noise]: noise })}`
  return `${input}.${createHmac('sha256', noise).update(input).digest('base64url')}`
}

it('hostile traffic adds no series, and nothing that it sent stands in a metric', async () => {
  const register = new Registry()
  const metrics = prometheusMetrics({ register })
  const world = await createWorld({ onEvent: metrics.onEvent })
  metrics.watch(world.auth)
  const flood = async (from: number, to: number): Promise<void> => {
    for (let place = from; place < to; place++) {
      await decide(world.auth, madeUp(place))
      const headers = {
        [`x-${randomBytes(4).toString('hex')}`]: 'a',
        authorization: `${randomBytes(4).toString('hex')} a`,
      }
      await world.auth.authenticate(new Request('https://api.example.com/', { headers }))
    }
  }
  const token = world.oldToken('ada')
  await decide(world.auth, token)
  await flood(0, 60)
  const before = await countSeries(register)
  await flood(60, 1_200)
  expect(await countSeries(register)).toBe(before)
  const text = await register.metrics()
  expect(text).not.toMatch(/kid-|example\.com|ada/)
  expect(text).not.toContain(token.slice(-20))
  await world.close()
})

it('an id, an organization or a word that no list holds becomes no label', async () => {
  const register = new Registry()
  const { onEvent } = prometheusMetrics({ register })
  const common = { at: 0, durationMs: 1, verifier: 'legacy', carrier: 'bearer' } as const
  const person = { principalId: 'ada@example.com', organization: 'acme' }
  onEvent({ type: 'authenticated', ...common, ...person, policy: null })
  onEvent({ type: 'denied', ...common, ...person, code: 'permission_denied' })
  onEvent({ type: 'refused', ...common, code: 'made_up', reason: 'eyJhbGciOi', claim: 'acme', policy: null } as never)
  onEvent({ type: 'endpoint_failed', at: 0, endpoint: 'acme', code: null, reason: 'acme', verifier: null } as never)
  onEvent({ type: 'issuer_chosen', at: 0, migration: 'ada@example.com', side: 'acme', reason: 'eyJhbGciOi' } as never)
  onEvent({ type: 'unavailable', at: 0, source: 'ada@example.com', cause: new Error('acme') } as AuthEvent)
  onEvent({ type: 'of a newer core', at: 0 } as never)
  const text = await register.metrics()
  expect(text).not.toMatch(/ada|acme|eyJ|made_up/)
  expect(await seriesOf(register, 'requests_total')).toMatchObject({
    'provider=legacy outcome=refused code=other reason=other': 1,
  })
  expect(await seriesOf(register, 'outages_total')).toEqual({ 'source=other': 1 })
})

it('only organizations that are listed become labels, and others are counted together', async () => {
  const register = new Registry()
  const { onEvent } = prometheusMetrics({ register, organizations: ['acme', 'globex'] })
  const policy = { migration: 'default', version: 1, stage: 'dual', side: 'old' } as const
  for (const organization of ['acme', 'acme', 'initech', 'umbrella', null, '__proto__'])
    onEvent({
      type: 'authenticated',
      at: 0,
      durationMs: 1,
      verifier: 'legacy',
      carrier: 'bearer',
      principalId: 'ada',
      organization,
      policy,
    })
  expect(await seriesOf(register, 'organization_accepted_total')).toEqual({
    'organization=acme migration=default side=old': 2,
    'organization=other migration=default side=old': 3,
    'migration=default side=old': 1,
  })
  expect(() =>
    prometheusMetrics({ register: new Registry(), organizations: Array(101).fill('a') as string[] }),
  ).toThrow(/prometheusMetrics\.organizations/)
})

it('a flood of names fills no memory', async () => {
  const register = new Registry()
  const { onEvent } = prometheusMetrics({ register })
  const shared = { at: 0, durationMs: 1, carrier: 'bearer', principalId: 'a', organization: null } as const
  for (let place = 0; place < 20_000; place++) {
    const policy = { migration: `m${place}`, version: place, stage: 'dual', side: 'old' } as const
    onEvent({ type: 'authenticated', ...shared, verifier: `v${place}`, policy })
    onEvent({ type: 'verified', ...shared, verifier: `v${place}`, outcome: 'accepted' })
  }
  expect(await countSeries(register)).toBeLessThan(2_500)
  expect(await seriesOf(register, 'requests_total')).toMatchObject({
    'provider=other outcome=accepted migration=other side=old stage=dual': 20_000 - 64,
  })
})
