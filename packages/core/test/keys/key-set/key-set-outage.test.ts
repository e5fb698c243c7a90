import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClock, type Clock } from '../../support/clock.js'
import { openKeySet, typesOf, type OpenedKeySet } from '../../support/key-set.js'
import { startKeySetServer, type KeySetMode, type KeySetServer } from '../../support/key-set-server.js'
import { ecPair } from '../../support/tokens.js'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const first = { ...ecPair().jwk, kid: 'first' }
const second = { ...ecPair().jwk, kid: 'second' }
const answering: KeySetMode[] = [
  'status-500',
  'bad-json',
  'html',
  'no-keys',
  'redirect',
  'oversized',
  'gzip-bomb',
  'reset',
]
const silent: KeySetMode[] = ['hang', 'drip']

let server: KeySetServer
let clock: Clock
let keys: OpenedKeySet

beforeEach(async () => {
  server = await startKeySetServer([first])
  clock = createClock()
  keys = openKeySet(server.url, clock, { timeoutMs: 1_000 })
})
afterEach(async () => {
  keys.close()
  await server.close()
})

describe('an endpoint that fails from the start', () => {
  it.each([...answering, ...silent])('with %s cannot tell', async (mode) => {
    server.mode = mode
    const short = openKeySet(server.url, clock, { timeoutMs: silent.includes(mode) ? 50 : 3_000 })
    expect(await short.count('first')).toBe('cannot tell')
    expect(short.events).toMatchObject([{ type: 'keys_failed', usableUntil: null }])
    expect(server.path).toBe('/jwks')
  })

  it('is asked at most once a second, then ever less, and recovers', async () => {
    server.mode = 'status-500'
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 20; i++) expect(await keys.count('first')).toBe('cannot tell')
      clock.advance(1_000)
    }
    // Pauses of 1, 1, 2, 4, 5, 5 … seconds: half of each is chance, which is 0 here.
    expect(server.fetches).toBe(15)
    server.mode = 'ok'
    clock.advance(10_000)
    expect(await keys.count('first')).toBe(1)
  })

  it('is counted from the end of the failure', async () => {
    server.mode = 'hang'
    const slow = openKeySet(server.url, clock, { timeoutMs: 500 })
    const found = slow.count('first')
    clock.advance(900)
    expect(await found).toBe('cannot tell')
    clock.advance(999)
    expect(await slow.count('first')).toBe('cannot tell')
    expect(server.fetches).toBe(1)
    server.mode = 'ok'
    clock.advance(1)
    expect(await slow.count('first')).toBe(1)
  })

  it('is let go by close(), and asked no more', async () => {
    server.mode = 'hang'
    const patient = openKeySet(server.url, clock, { timeoutMs: 30_000 })
    const found = [patient.count('first'), patient.count('first')]
    patient.close()
    expect(await Promise.all(found)).toEqual(['cannot tell', 'cannot tell'])
    clock.advance(MINUTE)
    expect(await patient.count('first')).toBe('cannot tell')
    expect(server.fetches).toBeLessThan(2)
  })
})

describe('an endpoint that fails later', () => {
  it.each([...answering, ...silent])('with %s leaves the last good keys for a day', async (mode) => {
    await keys.count('first')
    server.mode = mode
    clock.advance(10 * MINUTE)
    const found = await Promise.all(Array.from({ length: 100 }, () => keys.count('first')))
    expect(new Set(found)).toEqual(new Set([1]))
    clock.advance(DAY - 1)
    expect(await keys.count('first')).toBe(1)
    await keys.behind()
    expect(keys.events.at(-1)).toMatchObject({ type: 'keys_failed', usableUntil: clock.now() + 1 })
    clock.advance(1)
    expect(await keys.count('first')).toBe('cannot tell')
    expect(server.fetches).toBeLessThan(5)
  })

  it.each(silent)('with %s, before the keys are old, costs no request a wait', async (mode) => {
    await keys.count('first')
    server.mode = mode
    clock.advance(8 * MINUTE)
    expect(keys.find('first')).not.toBeInstanceOf(Promise)
    await keys.behind()
    for (let minute = 0; minute < 10; minute++) {
      clock.advance(MINUTE)
      expect(keys.find('first')).not.toBeInstanceOf(Promise)
    }
  })

  it('with hang, when nobody asked for long, costs a short wait once', async () => {
    await keys.count('first')
    server.mode = 'hang'
    const patient = openKeySet(server.url, clock, { timeoutMs: 30_000 }, keys.ring.export())
    clock.advance(30 * MINUTE)
    expect(await patient.count('first')).toBe(1)
    expect(patient.find('first')).not.toBeInstanceOf(Promise)
    patient.close()
  })

  it('recovers in the background', async () => {
    await keys.count('first')
    server.mode = 'status-500'
    clock.advance(10 * MINUTE)
    await keys.count('first')
    server.mode = 'ok'
    server.keys = [second]
    clock.advance(1_000)
    expect(await keys.count('first')).toBe(1)
    await keys.behind()
    expect(await keys.count('first')).toBe(0)
    expect(typesOf(keys)).toEqual(['keys_fetched', 'keys_failed', 'keys_fetched'])
  })

  it('does not fail ready() while there are last good keys', async () => {
    await keys.count('first')
    server.mode = 'status-500'
    clock.advance(10 * MINUTE)
    await keys.ready()
    clock.advance(DAY)
    await expect(keys.ready()).rejects.toThrow()
  })
})

describe('a token of a new key during an outage', () => {
  it('cannot be judged, however often it comes', async () => {
    await keys.count('first')
    clock.advance(1_000)
    server.mode = 'status-500'
    for (let i = 0; i < 20; i++) {
      expect(await keys.count('second')).toBe('cannot tell')
      clock.advance(100)
    }
    expect(await keys.count('first')).toBe(1)
    expect(server.fetches).toBeLessThan(5)
    server.mode = 'ok'
    server.keys = [first, second]
    clock.advance(10_000)
    expect(await keys.count('second')).toBe(1)
  })

  it('cannot be judged by keys that are too old', async () => {
    await keys.count('first')
    server.mode = 'status-500'
    clock.advance(20 * MINUTE)
    expect(await keys.count('second')).toBe('cannot tell')
    expect(await keys.count('second')).toBe('cannot tell')
    expect(await keys.count('first')).toBe(1)
  })
})
