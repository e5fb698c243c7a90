import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuthEvent } from '../../src/index.js'
import { remoteKeySet, type KeySetOptions } from '../../src/keys/key-set.js'
import type { KeySource } from '../../src/keys/key-source.js'
import { createClock, type Clock } from '../support/clock.js'
import { startKeySetServer, type KeySetMode, type KeySetServer } from '../support/key-set-server.js'
import { ecPair } from '../support/tokens.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const [first, second] = [
  { ...ecPair().jwk, kid: 'first' },
  { ...ecPair().jwk, kid: 'second' },
]

let server: KeySetServer
let clock: Clock
let events: AuthEvent['type'][]
let keys: KeySource

function open(options: Partial<KeySetOptions> = {}): KeySource {
  const emit = ({ type }: { type: AuthEvent['type'] }) => void events.push(type)
  return remoteKeySet({ url: server.url, ...options }, { verifier: 'v', now: clock.now, emit })
}

beforeEach(async () => {
  server = await startKeySetServer([first])
  clock = createClock()
  events = []
  keys = open()
})
afterEach(async () => {
  keys.close()
  await server.close()
})

const count = async (kid: string | null, source: KeySource = keys) => (await source.find('ES256', kid)).length

describe('a key set', () => {
  it('is fetched when first needed, once, and kept', async () => {
    expect(server.fetches).toBe(0)
    expect(await count('first')).toBe(1)
    expect(await count(null)).toBe(1)
    clock.advance(10 * MINUTE - 1)
    expect(await count('first')).toBe(1)
    expect(server.fetches).toBe(1)
    expect(events).toEqual(['keys_fetched'])
  })

  it('is fetched once for many callers at a time', async () => {
    await Promise.all(Array.from({ length: 50 }, () => count('first')))
    expect(server.fetches).toBe(1)
  })

  it('is fetched again when it is old, and withdrawn keys are then gone', async () => {
    await count('first')
    server.keys = [second]
    clock.advance(10 * MINUTE)
    expect(await count('first')).toBe(0)
    expect(await count('second')).toBe(1)
    expect(server.fetches).toBe(2)
  })

  it('has a new key at the first token that names it', async () => {
    await count('first')
    clock.advance(1_000)
    server.keys = [first, second]
    expect(await count('second')).toBe(1)
    expect(server.fetches).toBe(2)
  })

  it('is not fetched more than once a second for keys that nobody knows', async () => {
    await count('first')
    clock.advance(1_000)
    await Promise.all(Array.from({ length: 20 }, (_, i) => count(`junk-${i}`)))
    for (let i = 0; i < 20; i++) expect(await count(`junk-${i}`)).toBe(0)
    expect(server.fetches).toBe(2)
    clock.advance(999)
    await count('junk')
    expect(server.fetches).toBe(2)
    clock.advance(1)
    await count('junk')
    expect(server.fetches).toBe(3)
    expect(await count('first')).toBe(1)
  })

  it('is loaded ahead by ready(), once', async () => {
    await keys.ready()
    await keys.ready()
    await count('first')
    expect(server.fetches).toBe(1)
  })

  it('gives no key for an algorithm that does not fit', async () => {
    expect(await keys.find('RS256', 'first')).toEqual([])
    expect(await keys.find('ES384', null)).toEqual([])
  })

  it('tries at most eight keys where a token names none', async () => {
    server.keys = Array.from({ length: 12 }, (_, i) => ({ ...ecPair().jwk, kid: `k${i}` }))
    expect(await count(null)).toBe(8)
  })

  it('holds up to a hundred keys and not one more', async () => {
    server.keys = Array.from({ length: 100 }, (_, i) => ({ ...first, kid: `k${i}` }))
    expect(await count('k99')).toBe(1)
    server.keys = [...server.keys, first]
    await expect(open().find('ES256', 'k99')).rejects.toThrow()
  })
})

describe('an endpoint that fails', () => {
  const modes: KeySetMode[] = [
    'status-500',
    'bad-json',
    'html',
    'no-keys',
    'redirect',
    'oversized',
    'gzip-bomb',
    'reset',
  ]

  it.each(modes)('with %s cannot tell', async (mode) => {
    server.mode = mode
    await expect(count('first')).rejects.toThrow()
    expect(events).toEqual(['keys_failed'])
    expect(server.path).toBe('/jwks')
  })

  it.each([...modes, 'hang' as const])('with %s leaves the last good keys for a day', async (mode) => {
    keys = open({ timeoutMs: 50 })
    await count('first')
    server.mode = mode
    clock.advance(10 * MINUTE)
    expect(await count('first')).toBe(1)
    clock.advance(24 * HOUR - 1)
    expect(await count('first')).toBe(1)
    clock.advance(1)
    await expect(count('first')).rejects.toThrow()
  })

  it('is asked at most once a second, and recovers', async () => {
    server.mode = 'status-500'
    for (let i = 0; i < 10; i++) await expect(count('first')).rejects.toThrow()
    expect(server.fetches).toBe(1)
    server.mode = 'ok'
    clock.advance(1_000)
    expect(await count('first')).toBe(1)
    expect(server.fetches).toBe(2)
  })

  it('that hangs is given up', async () => {
    server.mode = 'hang'
    await expect(count('first', open({ timeoutMs: 30 }))).rejects.toThrow()
  })

  it('that hangs is let go by close()', async () => {
    server.mode = 'hang'
    const found = count('first', keys)
    keys.close()
    await expect(found).rejects.toThrow()
  })

  it('cannot tell about a key that nobody knows yet', async () => {
    await count('first')
    clock.advance(1_000)
    server.mode = 'status-500'
    await expect(count('second')).rejects.toThrow()
    expect(await count('first')).toBe(1)
  })
})

describe('an empty set', () => {
  it('is believed only when a second answer confirms it', async () => {
    await count('first')
    server.keys = []
    clock.advance(10 * MINUTE)
    expect(await count('first')).toBe(1)
    expect(events.at(-1)).toBe('keys_failed')
    clock.advance(1_000)
    expect(await count('first')).toBe(0)
    expect(events.at(-1)).toBe('keys_fetched')
  })

  it('is forgotten when the next answer has keys', async () => {
    await count('first')
    server.keys = []
    clock.advance(10 * MINUTE)
    await count('first')
    server.keys = [first]
    clock.advance(1_000)
    expect(await count('first')).toBe(1)
    server.keys = []
    clock.advance(10 * MINUTE)
    expect(await count('first')).toBe(1)
  })

  it('is an empty set where there never was a key', async () => {
    server.keys = []
    expect(await count('first')).toBe(0)
  })
})

it('is never shared: two verifiers with one kid hold keys of their own', async () => {
  const other = await startKeySetServer([{ ...ecPair().jwk, kid: 'first' }])
  const theirs = open({ url: other.url })
  const [one] = await keys.find('ES256', 'first')
  const [two] = await theirs.find('ES256', 'first')
  expect(one).not.toBe(two)
  expect([server.fetches, other.fetches]).toEqual([1, 1])
  await other.close()
})
