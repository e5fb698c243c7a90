import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClock, type Clock } from '../../support/clock.js'
import { openKeySet, type OpenedKeySet } from '../../support/key-set.js'
import { startKeySetServer, type KeySetServer } from '../../support/key-set-server.js'
import { ecPair } from '../../support/tokens.js'

const [first, second, third] = ['first', 'second', 'third'].map((kid) => ({ ...ecPair().jwk, kid }))

let server: KeySetServer
let clock: Clock
let keys: OpenedKeySet
let junk = 0

beforeEach(async () => {
  server = await startKeySetServer([first])
  clock = createClock()
  keys = openKeySet(server.url, clock)
  await keys.ready()
})
afterEach(async () => {
  keys.close()
  await server.close()
})

/** Unknown kids, so many a second; nothing of it is ever found, and none is refused that was not asked for. */
async function flood(seconds: number, perSecond: number): Promise<void> {
  for (let tick = 0; tick < seconds * 10; tick++) {
    const found = await Promise.all(Array.from({ length: perSecond / 10 }, () => keys.count(`junk-${junk++}`)))
    expect(found.filter((count) => count !== 0 && count !== 'cannot tell')).toEqual([])
    clock.advance(100)
  }
}

describe('a kid that the set does not hold', () => {
  it('is a new key at the first token that names it', async () => {
    clock.advance(1_000)
    server.keys = [first, second]
    const found = await Promise.all(Array.from({ length: 1_000 }, () => keys.count('second')))
    expect(new Set(found)).toEqual(new Set([1]))
    expect(server.fetches).toBe(2)
  })

  it('is found within a second when it is quiet, also after a stray one', async () => {
    clock.advance(1_000)
    expect(await keys.count('stray')).toBe(0)
    clock.advance(1_000)
    server.keys = [first, second]
    expect(await keys.count('second')).toBe(1)
  })

  it('asks at most once a second', async () => {
    clock.advance(999)
    expect(await keys.count('a')).toBe('cannot tell')
    expect(server.fetches).toBe(1)
    clock.advance(1)
    await Promise.all([keys.count('a'), keys.count('b')])
    expect(server.fetches).toBe(2)
    clock.advance(999)
    await keys.count('c')
    expect(server.fetches).toBe(2)
  })

  it('may be younger than the last fetch: nobody is refused before the next', async () => {
    clock.advance(1_000)
    server.keys = [first, second]
    expect(await keys.count('second')).toBe(1)
    clock.advance(10)
    server.keys = [second, third]
    expect(await keys.count('third')).toBe('cannot tell')
    clock.advance(990)
    expect(await keys.count('third')).toBe(1)
    expect(server.fetches).toBe(3)
  })

  it('is refused at once where the last fetch was asked for it, and asked for again in time', async () => {
    clock.advance(1_000)
    expect(await Promise.all([keys.count('a'), keys.count('b')])).toEqual([0, 0])
    clock.advance(500)
    expect(await Promise.all(['a', 'b', 'c'].map((kid) => keys.count(kid)))).toEqual([0, 0, 'cannot tell'])
    expect(server.fetches).toBe(2)
    clock.advance(500)
    server.keys = [first, { ...second, kid: 'b' }]
    expect(await keys.count('b')).toBe(1)
  })

  it('keeps few of those in mind', async () => {
    clock.advance(1_000)
    const kids = Array.from({ length: 100 }, (_, index) => `absent-${index}`)
    await Promise.all(kids.map((kid) => keys.count(kid)))
    const again = await Promise.all(kids.map((kid) => keys.count(kid)))
    expect(again.filter((count) => count === 0)).toHaveLength(64)
    expect(server.fetches).toBe(2)
  })

  it('asks a handful of times when there are ten thousand of them', async () => {
    await keys.count('first')
    await flood(10, 1_000)
    expect(junk).toBeGreaterThanOrEqual(10_000)
    expect(server.fetches).toBeLessThan(8)
    expect(keys.find('first')).not.toBeInstanceOf(Promise)
  })

  it('asks less than eight times a minute however long that lasts, and costs known keys nothing', async () => {
    await flood(60, 10)
    const before = server.fetches
    await flood(60, 10)
    expect(server.fetches - before).toBeLessThanOrEqual(8)
  })

  it('is found within ten seconds in the middle of a flood, and the flood within one when it is over', async () => {
    await flood(30, 50)
    for (const jwk of [second, third]) {
      server.keys = [...server.keys, jwk]
      let waitedMs = 0
      while ((await keys.count(String(jwk?.kid))) !== 1) {
        await flood(0.1, 50)
        waitedMs += 100
      }
      expect(waitedMs).toBeLessThanOrEqual(10_000)
      await flood(5, 50)
    }
    clock.advance(10_000)
    server.keys = [...server.keys, { ...ecPair().jwk, kid: 'fourth' }]
    expect(await keys.count('fourth')).toBe(1)
  })
})
