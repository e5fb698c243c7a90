import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClock, type Clock } from '../../support/clock.js'
import { openKeySet, typesOf, type OpenedKeySet } from '../../support/key-set.js'
import { startKeySetServer, type KeySetServer } from '../../support/key-set-server.js'
import { ecPair } from '../../support/tokens.js'

const MINUTE = 60_000
const first: Record<string, string> = { ...ecPair().jwk, kid: 'first' }
const second = { ...ecPair().jwk, kid: 'second' }

let server: KeySetServer
let clock: Clock
let keys: OpenedKeySet

beforeEach(async () => {
  server = await startKeySetServer([first])
  clock = createClock()
  keys = openKeySet(server.url, clock)
})
afterEach(async () => {
  keys.close()
  await server.close()
})

describe('a key set', () => {
  it('is fetched when first needed, once, and kept', async () => {
    expect(server.fetches).toBe(0)
    expect(await keys.count('first')).toBe(1)
    expect(await keys.count(null)).toBe(1)
    clock.advance(7 * MINUTE)
    expect(await keys.count('first')).toBe(1)
    expect(server.fetches).toBe(1)
    expect(keys.events).toEqual([
      { type: 'keys_fetched', at: expect.any(Number), verifier: 'v', keys: 1, skipped: 0, added: 1, withdrawn: 0 },
    ])
  })

  it('is fetched once for many callers at a time', async () => {
    const found = await Promise.all(Array.from({ length: 1_000 }, () => keys.count('first')))
    expect(new Set(found)).toEqual(new Set([1]))
    expect(server.fetches).toBe(1)
  })

  it('answers without a promise once its key is at hand', async () => {
    await keys.count('first')
    expect(keys.find('first')).not.toBeInstanceOf(Promise)
    expect(keys.find(null)).not.toBeInstanceOf(Promise)
  })

  it('is loaded ahead by ready(), once', async () => {
    await keys.ready()
    await keys.ready()
    await keys.count('first')
    expect(server.fetches).toBe(1)
  })

  it('gives no key for an algorithm that does not fit', async () => {
    server.keys = [{ ...ecPair('P-384').jwk, kid: 'first' }]
    expect(await keys.count('first')).toBe(0)
    // A key of that algorithm may have been published since.
    expect(await keys.count(null)).toBe('cannot tell')
    clock.advance(1_000)
    expect(await keys.count(null)).toBe(0)
  })

  it('tries at most eight keys where a token names none', async () => {
    server.keys = Array.from({ length: 12 }, (_, i) => ({ ...ecPair().jwk, kid: `k${i}` }))
    expect(await keys.count(null)).toBe(8)
  })

  it('holds up to a hundred keys and not one more', async () => {
    server.keys = Array.from({ length: 100 }, (_, i) => ({ ...first, kid: `k${i}` }))
    expect(await keys.count('k99')).toBe(1)
    server.keys = [...server.keys, first]
    expect(await openKeySet(server.url, clock).count('k99')).toBe('cannot tell')
  })

  it('counts what it skips: a point off its curve alone shows only at the import', async () => {
    server.keys = [first, { kty: 'oct', k: 'AAAA' }, second, { ...second }, { ...first, kid: 'off', y: first['x'] }]
    expect(await keys.count('first')).toBe(1)
    clock.advance(1_000)
    expect(await keys.count('second')).toBe(0)
    expect(await keys.count('off')).toBe(0)
    expect(keys.events[0]).toMatchObject({ keys: 2, skipped: 3 })
  })

  it('is never shared: two verifiers with one kid hold keys of their own', async () => {
    const other = await startKeySetServer([{ ...ecPair().jwk, kid: 'first' }])
    const theirs = openKeySet(other.url, clock)
    const [[one], [two]] = [await keys.find('first'), await theirs.find('first')]
    expect(one).not.toBe(two)
    expect([server.fetches, other.fetches]).toEqual([1, 1])
    await other.close()
  })
})

describe('the age of a key set', () => {
  it('has it refreshed in the background before it is old', async () => {
    await keys.count('first')
    server.keys = [second]
    clock.advance(8 * MINUTE)
    expect(keys.find('first')).not.toBeInstanceOf(Promise)
    await keys.behind()
    expect(await keys.count('first')).toBe(0)
    expect(await keys.count('second')).toBe(1)
    expect(server.fetches).toBe(2)
    expect(keys.events.at(-1)).toMatchObject({ keys: 1, added: 1, withdrawn: 1 })
  })

  it('spreads that refresh, so that instances do not ask at once', async () => {
    const late = openKeySet(server.url, clock, { random: () => 0.999 })
    await late.count('first')
    clock.advance(8.9 * MINUTE)
    await late.count('first')
    expect(server.fetches).toBe(1)
    clock.advance(0.2 * MINUTE)
    await late.count('first')
    await late.behind()
    expect(server.fetches).toBe(2)
  })

  it('ends it where nobody asked for long: withdrawn keys are gone at the first look', async () => {
    await keys.count('first')
    server.keys = [second]
    clock.advance(10 * MINUTE)
    expect(await keys.count('first')).toBe(0)
    expect(await keys.count('second')).toBe(1)
    expect(server.fetches).toBe(2)
  })

  it.each<[string, Record<string, string>, number]>([
    ['shorter, as the issuer asks', { 'cache-control': 'public, max-age=120' }, 120_000],
    ['less what a cache on the way has used up', { 'cache-control': 'max-age=300', age: '100' }, 200_000],
    ['never below a minute', { 'cache-control': 'max-age=1' }, MINUTE],
    ['a minute for an answer that is not to be kept', { 'cache-control': 'no-store' }, MINUTE],
    ['never above our own limit', { 'cache-control': 'max-age=86400' }, 10 * MINUTE],
    ['our own where the header is none of these', { 'cache-control': 's-maxage=90, x-max-age=1' }, 10 * MINUTE],
  ])('is %s', async (_, headers, lifetime) => {
    server.headers = headers
    await keys.count('first')
    server.keys = []
    clock.advance(lifetime - 1)
    await keys.count('first')
    await keys.behind()
    expect(server.fetches).toBe(2)
    server.keys = [second]
    clock.advance(1_000)
    expect(await keys.count('first')).toBe(1)
    await keys.behind()
    expect(await keys.count('first')).toBe(0)
  })

  it('survives a clock that is set back', async () => {
    await keys.count('first')
    clock.advance(-30_000)
    expect(await keys.count('first')).toBe(1)
    expect(server.fetches).toBe(1)
    clock.advance(-60 * MINUTE)
    expect(await keys.count('first')).toBe(1)
    expect(server.fetches).toBe(2)
  })

  it('does not let an answer that comes late replace a younger one', async () => {
    let release: (response: Response) => void = () => {}
    const answers = [
      new Promise<Response>((resolve) => {
        release = resolve
      }),
      Promise.resolve(Response.json({ keys: [second] })),
    ]
    const slow = openKeySet(server.url, clock, { fetch: () => answers.shift() as Promise<Response> })
    const early = slow.count('second')
    clock.advance(MINUTE)
    expect(await slow.count('second')).toBe(1)
    release(Response.json({ keys: [first] }))
    expect(await early).toBe(1)
    expect(await slow.count('second')).toBe(1)
    expect(typesOf(slow)).toEqual(['keys_fetched'])
  })
})

describe('an empty set', () => {
  it('is believed only when a second answer confirms it', async () => {
    await keys.count('first')
    server.keys = []
    clock.advance(10 * MINUTE)
    expect(await keys.count('first')).toBe(1)
    expect(typesOf(keys)).toEqual(['keys_fetched', 'keys_failed'])
    clock.advance(1_000)
    await keys.count('first')
    await keys.behind()
    expect(typesOf(keys)).toEqual(['keys_fetched'])
    expect(await keys.count('first')).toBe(0)
  })

  it('is forgotten when the next answer has keys', async () => {
    await keys.count('first')
    for (const answer of [[], [first], []]) {
      server.keys = answer
      clock.advance(10 * MINUTE)
      expect(await keys.count('first')).toBe(1)
      await keys.behind()
    }
    expect(typesOf(keys)).toEqual(['keys_fetched', 'keys_failed', 'keys_fetched', 'keys_failed'])
  })

  it('cannot tell where there never was a key, until a second answer confirms it', async () => {
    server.keys = []
    expect(await keys.count('first')).toBe('cannot tell')
    await expect(keys.ready()).rejects.toThrow()
    expect(server.fetches).toBe(1)
    clock.advance(1_000)
    expect(await keys.count('first')).toBe(0)
    expect(server.fetches).toBe(2)
  })

  it('is one as well where no key of it may verify', async () => {
    server.keys = [{ kty: 'oct', k: 'AAAA' }]
    expect(await keys.count('first')).toBe('cannot tell')
    server.keys = [first]
    clock.advance(1_000)
    expect(await keys.count('first')).toBe(1)
  })
})
