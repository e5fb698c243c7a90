import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDualAuth, keySetAt, legacyJwt, type AuthEvent, type ExportedKeys } from '../../../src/index.js'
import { createClock, type Clock } from '../../support/clock.js'
import { openKeySet, typesOf } from '../../support/key-set.js'
import { startKeySetServer, type KeySetServer } from '../../support/key-set-server.js'
import { legacyOptions } from '../../support/legacy.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { ecPair, legacyClaims, mint } from '../../support/tokens.js'

const MINUTE = 60_000
const pair = ecPair()
const first = { ...pair.jwk, kid: 'first' }
const second = { ...ecPair().jwk, kid: 'second' }

let server: KeySetServer
let clock: Clock
let stored: ExportedKeys

beforeEach(async () => {
  server = await startKeySetServer([first])
  clock = createClock()
  const keys = openKeySet(server.url, clock)
  await keys.ready()
  stored = keys.ring.export()
})
afterEach(() => server.close())

/** What was stored, with some of its one key set changed. */
const changed = (changes: object): ExportedKeys =>
  ({ version: 1, keySets: [{ ...stored.keySets[0], ...changes }] }) as ExportedKeys

describe('stored key sets', () => {
  it('survive JSON and hold public keys only', () => {
    expect(JSON.parse(JSON.stringify(stored))).toEqual(stored)
    expect(stored).toEqual({
      version: 1,
      keySets: [{ verifier: 'v', url: server.url, fetchedAt: clock.now(), maxAgeMs: 10 * MINUTE, keys: [first] }],
    })
  })

  it('spare a cold start its fetch', async () => {
    const keys = openKeySet(server.url, clock, {}, stored)
    expect(await keys.count('first')).toBe(1)
    await keys.ready()
    expect(server.fetches).toBe(1)
    expect(keys.events).toMatchObject([{ type: 'keys_hydrated', keys: 1, skipped: 0, fetchedAt: clock.now() }])
  })

  it('keep their age', async () => {
    server.keys = [second]
    clock.advance(8 * MINUTE)
    const due = openKeySet(server.url, clock, {}, stored)
    expect(await due.count('first')).toBe(1)
    await due.behind()
    expect(await due.count('first')).toBe(0)
    clock.advance(2 * MINUTE)
    const old = openKeySet(server.url, clock, {}, stored)
    expect(await old.count('first')).toBe(0)
    server.mode = 'status-500'
    clock.advance(24 * 60 * MINUTE)
    expect(await openKeySet(server.url, clock, {}, stored).count('first')).toBe('cannot tell')
  })

  it('serve an instance that starts during an outage', async () => {
    server.mode = 'status-500'
    clock.advance(60 * MINUTE)
    const keys = openKeySet(server.url, clock, {}, stored)
    expect(await keys.count('first')).toBe(1)
    expect(await keys.count('second')).toBe('cannot tell')
  })

  it('never live longer than this instance allows', async () => {
    server.keys = [second]
    clock.advance(2 * MINUTE)
    const keys = openKeySet(server.url, clock, { maxAgeMs: MINUTE }, changed({ maxAgeMs: 1e15 }))
    expect(await keys.count('first')).toBe(0)
  })

  it('pass the checks of fetched ones', async () => {
    const bad = [{ ...second, use: 'enc' }, { kty: 'oct', k: 'AAAA' }, null, second, second]
    const keys = openKeySet(server.url, clock, {}, changed({ keys: [first, ...bad] }))
    expect(await keys.count('first')).toBe(1)
    expect(await keys.count('second')).toBe(0)
    expect(keys.events[0]).toMatchObject({ type: 'keys_hydrated', keys: 1, skipped: 5 })
  })

  it.each<[string, object]>([
    ['of another verifier', { verifier: 'w' }],
    ['of another URL', { url: 'https://other.example/jwks' }],
    ['of the future', { fetchedAt: 1e15 }],
    ['without an age', { fetchedAt: undefined }],
    ['with an age that is no number', { fetchedAt: Number.NaN }],
    ['without keys', { keys: [] }],
    ['with no usable key', { keys: [{ kty: 'oct', k: 'AAAA' }] }],
    ['with too many keys', { keys: Array.from({ length: 101 }, (_, i) => ({ ...first, kid: `k${i}` })) }],
  ])('are left where they are %s', async (_, changes) => {
    const keys = openKeySet(server.url, clock, {}, changed(changes))
    expect(await keys.count('first')).toBe(1)
    expect(server.fetches).toBe(2)
    expect(typesOf(keys)).toEqual(['keys_fetched'])
  })

  it('are refused as text, which somebody forgot to parse', () => {
    const verifiers = [legacyJwt(legacyOptions())]
    expect(wrongOption(() => createDualAuth({ verifiers, hydrate: '{"version":1}' as never }))).toBe(
      'createDualAuth.hydrate',
    )
  })

  it.each([{ a: 1 }, { keySets: [] }, [], 1, true, Promise.resolve(null)])(
    'are refused where no version wrote them: %j',
    (hydrate) => {
      const verifiers = [legacyJwt(legacyOptions())]
      expect(wrongOption(() => createDualAuth({ verifiers, hydrate: hydrate as never }))).toBe('createDualAuth.hydrate')
    },
  )

  it('never keep an instance from starting, whatever else they are', () => {
    const odd = fc.oneof(
      fc.constantFrom(null, undefined),
      fc.record({ version: fc.anything().filter((version) => version !== undefined), keySets: fc.anything() }),
      fc.record({ version: fc.constant(1), keySets: fc.anything() }),
      fc.record({ version: fc.constant(1), keySets: fc.array(fc.anything()) }),
    )
    const entry = fc.record({
      verifier: fc.constant('v'),
      fetchedAt: fc.anything(),
      maxAgeMs: fc.anything(),
      keys: fc.anything(),
    })
    fc.assert(fc.property(odd, (value) => openKeySet(server.url, clock, {}, value as never).close()))
    fc.assert(
      fc.property(entry, (value) =>
        openKeySet(server.url, clock, {}, { version: 1, keySets: [{ ...value, url: server.url }] } as never).close(),
      ),
    )
  })

  it('are written down for every key set of an instance, and read by the next', async () => {
    const events: AuthEvent['type'][] = []
    const open = (hydrate?: ExportedKeys) =>
      createDualAuth({
        verifiers: [legacyJwt(legacyOptions({ algorithms: ['ES256'], keySet: keySetAt(server.url) }))],
        now: clock.now,
        onEvent: ({ type }) => void events.push(type),
        ...(hydrate === undefined ? {} : { hydrate }),
      })
    const one = open()
    expect(one.exportKeys()).toEqual({ version: 1, keySets: [] })
    await one.ready()
    const exported = one.exportKeys()
    expect(exported.keySets).toMatchObject([{ verifier: 'legacy', url: server.url, keys: [first] }])
    server.mode = 'status-500'
    const token = mint({
      algorithm: 'ES256',
      key: pair.privateKey,
      header: { alg: 'ES256', kid: 'first' },
      claims: legacyClaims(),
    })
    expect(await outcome(open(exported) as never, bearer(token))).toMatch(/^200/)
    expect(events).toEqual(['keys_fetched', 'keys_hydrated', 'verified', 'authenticated'])
  })
})
