import { AggregatorRegistry, Registry } from 'prom-client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { combineListeners, createMetrics, prometheusMetrics } from '../src/index.js'
import { seriesOf } from './support/read.js'
import { createWorld, decide, requestWith, type World } from './support/world.js'

let register: Registry
let world: World

beforeEach(async () => {
  register = new Registry()
  const metrics = prometheusMetrics({ register })
  world = await createWorld({ onEvent: metrics.onEvent })
  metrics.watch(world.auth)
})
afterEach(() => world.close())

it('counts what was decided, by provider, reason and stage', async () => {
  const old = world.oldToken('ada')
  await decide(world.auth, old)
  await decide(world.auth, old)
  await decide(world.auth, world.newToken('ada'))
  await decide(world.auth, `${old.slice(0, -4)}AAAA`)
  await decide(world.auth, world.oldToken('nobody'))
  await decide(world.auth, world.partnerToken('bob'))
  await decide(world.auth, null)
  world.state.isLinkDown = true
  await decide(world.auth, world.oldToken('grace'))
  const policy = 'migration=default side=old stage=dual'
  expect(await seriesOf(register, 'requests_total')).toEqual({
    [`provider=legacy outcome=accepted ${policy}`]: 2,
    'provider=better-auth outcome=accepted migration=default side=new stage=dual': 1,
    'provider=partner outcome=accepted': 1,
    'provider=legacy outcome=refused code=credential_invalid reason=signature': 1,
    'provider=legacy outcome=refused code=identity_unlinked': 1,
    'outcome=missing code=credential_missing': 1,
    'provider=legacy outcome=unavailable code=account_unavailable': 1,
  })
  expect(await seriesOf(register, 'outages_total')).toEqual({ 'source=link': 1 })
  expect(await seriesOf(register, 'cache_requests_total')).toMatchObject({
    'cache=verification provider=legacy result=hit': 1,
    'cache=verification provider=legacy result=miss': 3,
    'cache=verification provider=legacy result=unusable': 1,
  })
})

it('measures how long verifying took, in buckets that add up', async () => {
  await decide(world.auth, world.oldToken('ada'))
  await decide(world.auth, world.oldToken('grace'))
  const durations = await seriesOf(register, 'verify_duration_seconds')
  const of = 'provider=legacy result=accepted'
  expect(durations).toMatchObject({ [`bucket le=+Inf ${of}`]: 2, [`count ${of}`]: 2 })
  expect(durations[`sum ${of}`]).toBeGreaterThan(0)
  expect(durations[`sum ${of}`]).toBeLessThan(2.5)
  const requests = await seriesOf(register, 'request_duration_seconds')
  expect(requests['count outcome=accepted']).toBe(2)
})

it('says which policy counts, when its source answered, and what it refused of the old side', async () => {
  const token = world.oldToken('ada')
  await decide(world.auth, token)
  const before = Date.now() / 1000
  await world.publish({ stage: 'new-only', rollout: { unit: 'user', salt: 'a', basisPoints: 2_500 } })
  expect(await decide(world.auth, token)).toBe('legacy_retired')
  expect(await seriesOf(register, 'policy_version')).toEqual({ 'migration=default': 2 })
  expect(await seriesOf(register, 'policy_stage')).toMatchObject({
    'migration=default stage=dual': 0,
    'migration=default stage=new-only': 1,
  })
  expect(await seriesOf(register, 'rollout_ratio')).toEqual({ 'migration=default': 0.25 })
  expect(await seriesOf(register, 'legacy_refused_total')).toEqual({ 'migration=default reason=retired': 1 })
  const accepted = (await seriesOf(register, 'legacy_last_accept_timestamp_seconds'))['migration=default']
  expect(accepted).toBeCloseTo(before, -1)
  const refreshed = (await seriesOf(register, 'policy_refresh_timestamp_seconds'))['migration=default']
  expect(refreshed).toBeGreaterThanOrEqual(Math.floor(before))
  world.state.isPolicyDown = true
  await expect(world.auth.ready()).rejects.toThrow()
  expect(await seriesOf(register, 'policy_errors_total')).toEqual({ 'migration=default reason=unavailable': 1 })
  expect((await seriesOf(register, 'policy_refresh_timestamp_seconds'))['migration=default']).toBe(refreshed)
})

it('counts fetches of keys, and says how old they are', async () => {
  world.keySet.mode = 'status-500'
  expect(await decide(world.auth, world.partnerToken('bob'))).toBe('verifier_unavailable')
  expect(await seriesOf(register, 'jwks_refresh_total')).toEqual({ 'provider=partner result=failed': 1 })
  expect(await seriesOf(register, 'jwks_age_seconds')).toEqual({})
  world.keySet.mode = 'ok'
  const own = await createWorld({ onEvent: prometheusMetrics({ register: new Registry() }).onEvent })
  await own.auth.ready()
  const fresh = new Registry()
  prometheusMetrics({ register: fresh }).watch(own.auth)
  expect((await seriesOf(fresh, 'jwks_age_seconds'))['provider=partner']).toBeLessThan(60)
  expect(await seriesOf(fresh, 'jwks_max_age_seconds')).toEqual({ 'provider=partner': 600 })
  await own.close()
})

it('counts exchanges, revocations and permissions that were missing', async () => {
  await world.publish({ stage: 'dual', rollout: { unit: 'user', salt: 'a', basisPoints: 10_000 } })
  const exchange = (id: string) => world.auth.exchange(requestWith(world.oldToken(id), 'POST'), { tokens: true })
  expect((await exchange('ada')).ok).toBe(true)
  world.state.minted = 'down'
  expect((await exchange('bob')).ok).toBe(false)
  await world.auth.revoke({ principal: 'ada' })
  expect(await decide(world.auth, world.oldToken('ada', { iat: Math.floor(Date.now() / 1000) - 60 }))).toBe(
    'credential_revoked',
  )
  expect(await seriesOf(register, 'exchange_total')).toEqual({
    'migration=default from=legacy to=better-auth result=minted': 1,
    'migration=default from=legacy result=unavailable': 1,
  })
  expect(await seriesOf(register, 'revocations_total')).toEqual({ 'kind=principal source=revoke': 1 })
})

it('counts for whom which side was chosen, by the reason, and not by the person', async () => {
  await world.publish({
    stage: 'dual',
    rollout: { unit: 'user', salt: 'a', basisPoints: 0, include: ['ada', 'grace'] },
  })
  for (const user of ['ada', 'grace', 'bob']) await world.auth.issuerFor({ user })
  await world.auth.exchange(requestWith(world.oldToken('ada'), 'POST'), { tokens: true })
  expect(await seriesOf(register, 'cohort_total')).toEqual({
    'migration=default arm=new reason=included': 3,
    'migration=default arm=old reason=rollout': 1,
  })
})

it('adds up over the workers of a cluster, and says what holds once', async () => {
  await world.auth.ready()
  await decide(world.auth, world.oldToken('ada'))
  const worker = await register.getMetricsAsJSON()
  const all = AggregatorRegistry.aggregate([worker, worker])
  expect(await seriesOf(all, 'policy_version')).toEqual({ 'migration=default': 1 })
  expect(Object.values(await seriesOf(all, 'requests_total'))).toEqual([2])
  const of = 'provider=legacy result=accepted'
  expect(await seriesOf(all, 'verify_duration_seconds')).toMatchObject({
    [`bucket le=+Inf ${of}`]: 2,
    [`count ${of}`]: 2,
  })
})

it('leaves the gauges of an instance out once it is watched no more', async () => {
  const own = new Registry()
  const metrics = prometheusMetrics({ register: own })
  const stop = metrics.watch(world.auth)
  await world.auth.ready()
  expect(await seriesOf(own, 'policy_version')).toEqual({ 'migration=default': 1 })
  stop()
  expect(await seriesOf(own, 'policy_version')).toEqual({})
})

it('tells each of several listeners, whatever the others do', async () => {
  const told: string[] = []
  const listener = combineListeners(
    () => {
      throw new Error('a mistake')
    },
    // A listener may be async by mistake.
    (async () => Promise.reject(new Error('another'))) as never,
    ({ type }) => void told.push(type),
  )
  const own = await createWorld({ onEvent: listener })
  await decide(own.auth, null)
  await own.close()
  expect(told).toContain('refused')
})

it('refuses wrong options by name', () => {
  expect(() => prometheusMetrics({ register: {} as Registry })).toThrow(/prometheusMetrics\.register/)
  expect(() => createMetrics({ port: {} as never })).toThrow(/createMetrics\.port/)
  expect(() => prometheusMetrics({ register, collectors: [{}] as never })).toThrow(/collectors/)
})

it('counts what the new side would have decided, and no person in a label', async () => {
  await decide(world.auth, world.oldToken('ada'))
  await world.auth.flush()
  world.state.isMixedUp = true
  await decide(world.auth, world.oldToken('ada'))
  await decide(world.auth, world.oldToken('grace'))
  await world.auth.flush()
  expect(await seriesOf(register, 'shadow_comparisons_total')).toEqual({
    'migration=default comparison=directory result=same': 1,
    'migration=default comparison=directory result=different': 2,
  })
  expect(await seriesOf(register, 'shadow_mismatches_total')).toEqual({
    'migration=default class=different_user critical=true': 2,
  })
  expect(await register.metrics()).not.toMatch(/ada|grace/)
})

it('counts the comparisons that were dropped, and rules that are over as warnings', async () => {
  const { onEvent } = prometheusMetrics({ register: (register = new Registry()) })
  for (const count of [1, 41]) onEvent({ type: 'shadow_dropped', at: 0, migration: 'default', count })
  const rule = { class: 'missing', permission: null, until: '2026-01-01', reason: 'known' } as const
  onEvent({ type: 'shadow_ignore_ended', at: 0, migration: 'default', ...rule })
  expect(await seriesOf(register, 'shadow_dropped_total')).toEqual({ 'migration=default': 42 })
  expect(await seriesOf(register, 'warnings_total')).toEqual({ 'type=shadow_ignore_ended': 1 })
})
