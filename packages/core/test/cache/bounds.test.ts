import { describe, expect, it } from 'vitest'
import { boundedCache } from '../../src/cache/bounded-cache.js'
import { cacheKeyOf, type CacheKey } from '../../src/cache/cache-key.js'
import { createDoorkeeper } from '../../src/cache/doorkeeper.js'
import { createForgotten } from '../../src/cache/forgotten.js'
import { createMemory, rememberOptions, type RememberOptions } from '../../src/cache/memory.js'
import type { Credential } from '../../src/extract/credential.js'
import type { Accepted } from '../../src/route/verifier.js'
import { identity } from '../support/verifiers.js'

describe('the doorkeeper', () => {
  it('knows who came lately, and nobody else', () => {
    const { knows } = createDoorkeeper(64)
    expect([knows('a'), knows('a'), knows('a')]).toEqual([false, true, true])
    expect([knows('b'), knows('')]).toEqual([false, false])
    expect([knows('b'), knows('')]).toEqual([true, true])
  })

  it('tells those apart that end alike in their last letters, and by those alone', () => {
    const { knows } = createDoorkeeper(1024)
    expect(knows(`1${'a'.repeat(16)}`)).toBe(false)
    expect(knows(`2${'a'.repeat(16)}`)).toBe(true)
    expect(knows(`b${'a'.repeat(15)}`)).toBe(false)
    expect(knows('a'.repeat(15))).toBe(false)
  })

  it('has room for as many as it is made for, or for a few at least', () => {
    for (const entries of [0, 1, 64, 1000]) {
      const { knows } = createDoorkeeper(entries)
      const names = Array.from({ length: 32 }, (_, index) => `name-${index}-${index * 7_919}`)
      expect(names.filter(knows)).toEqual([])
      expect(names.filter(knows).length).toBeGreaterThan(16)
    }
    const large = createDoorkeeper(100_000)
    const many = Array.from({ length: 20_000 }, (_, index) => `many-${index}`)
    for (const name of many) large.knows(name)
    expect(many.filter(large.knows).length).toBeGreaterThan(15_000)
  })
})

describe('what was forgotten', () => {
  it('was forgotten since an era that began before', () => {
    const forgotten = createForgotten()
    expect(forgotten.era).toBe(0)
    forgotten.forget('a')
    expect(forgotten.era).toBe(1)
    expect(forgotten.since('a', 0)).toBe(true)
    expect(forgotten.since('a', 1)).toBe(false)
    expect(forgotten.since('b', 0)).toBe(false)
    forgotten.forget('a')
    expect(forgotten.since('a', 1)).toBe(true)
  })

  it('is not known any more after a thousand others: then everything counts as forgotten', () => {
    const forgotten = createForgotten()
    forgotten.forget('first')
    for (let i = 0; i < 1_000; i++) forgotten.forget(`other-${i}`)
    expect(forgotten.era).toBe(1_001)
    expect(forgotten.since('first', 0)).toBe(true)
    expect(forgotten.since('never', 0)).toBe(true)
    expect(forgotten.since('never', 1)).toBe(false)
    // Forgetting one again makes no room.
    const again = createForgotten()
    for (let i = 0; i < 3_000; i++) again.forget('same')
    expect(again.since('never', 0)).toBe(false)
  })
})

it('a bounded cache is bounded by weight as well', () => {
  const cache = boundedCache<number>(10, { maxWeight: 5, weigh: (value) => value })
  cache.set('a', 2)
  cache.set('b', 2)
  cache.set('c', 3)
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([undefined, 2, 3])
  cache.set('d', 6)
  expect(cache.get('d')).toBeUndefined()
  expect(boundedCache<number>(1).max).toBe(1)
})

describe('what a credential is remembered under', () => {
  const TAIL = 't'.repeat(43)
  const token = `eyJh.eyJi.${TAIL}`
  const at = (credential: Partial<Credential>): Promise<CacheKey> =>
    Promise.resolve(cacheKeyOf({ carrier: 'bearer', name: 'authorization', value: token, ...credential }))

  it('is short, beside the whole of what ends in a signature', async () => {
    for (const value of [token, `Fe26.2*${TAIL}`]) {
      const key = await at({ value })
      expect(key.whole).toBe(value)
      expect(String(key.index).length).toBeLessThanOrEqual(43)
      expect(await at({ value, companions: new Map() })).toEqual(key)
    }
    const inCookie = await at({ carrier: 'cookie', name: 's' })
    expect(inCookie).toEqual({ index: `cookie s ${TAIL}`, whole: token })
  })

  it.each([
    `eyJ.${'t'.repeat(39)}`,
    `eyJ.${'t'.repeat(60)}`,
    `xeyJ.a.${TAIL}`,
    `xFe26.2*${TAIL}`,
    `Fe26.2*${'t'.repeat(36)}`,
    `eyJ.a.${'t'.repeat(37)}`,
    'short',
    '',
  ])('is a hash of what does not end in one: %j', async (value) => {
    const key = await at({ value })
    expect(key.whole).toBeNull()
    expect(key.index).toMatch(/^[\w-]{43}$/)
  })

  it('is a hash of everything where cookies took part, each told apart', async () => {
    const beside = (...companions: [string, string[]][]) =>
      at({ carrier: 'cookie', name: 's', companions: new Map(companions) })
    const keys = await Promise.all([
      at({ carrier: 'cookie', name: 's' }),
      beside(['a', ['1']]),
      beside(['a', ['2']]),
      beside(['b', ['1']]),
      beside(['a', ['1', '2']]),
      beside(['a', ['12']]),
      beside(['a', ['1']], ['2', []]),
      beside(['a', ['1']], ['b', ['1']]),
      beside(['a1', ['']]),
      at({ carrier: 'cookie', name: 't', companions: new Map([['a', ['1']]]) }),
      at({ carrier: 'header', name: 's', companions: new Map([['a', ['1']]]) }),
      at({ carrier: 'cookie', name: 's', value: `${token}x`, companions: new Map([['a', ['1']]]) }),
    ])
    expect(new Set(keys.map(({ index }) => index)).size).toBe(keys.length)
    for (const { whole } of keys.slice(1)) expect(whole).toBeNull()
    expect(await beside(['a', ['1']])).toEqual(keys[1])
  })

  it('differs by carrier, name and value of an opaque secret', async () => {
    const keys = await Promise.all([
      at({ value: 'sk' }),
      at({ value: 'sl' }),
      at({ carrier: 'header', name: 'x', value: 'sk' }),
      at({ carrier: 'header', name: 'y', value: 'sk' }),
      at({ carrier: 'cookie', name: 'x', value: 'sk' }),
      at({ carrier: 'cookie', name: 'x 2:sk', value: '' }),
    ])
    expect(new Set(keys.map(({ index }) => index)).size).toBe(keys.length)
  })
})

describe('the memory of verifications', () => {
  const key = (index: string, whole: string | null = null): CacheKey => ({ index, whole })
  const accepted = (more: Partial<Accepted> = {}): Accepted => ({
    outcome: 'accepted',
    identity: identity('ada'),
    remember: { until: Number.POSITIVE_INFINITY },
    ...more,
  })
  const open = (options: RememberOptions = {}) => {
    let time = 1_000
    const memory = createMemory(options, () => time)
    return {
      memory,
      keep: (of: CacheKey, one = accepted()) => memory.keep(of, 3, one, memory.era),
      at: (now: number) => void (time = now),
    }
  }

  it('keeps what was proved, for five minutes by default', () => {
    const { memory, keep, at } = open()
    const isCurrent = () => true
    const isRevoked = () => false
    const one = accepted({ remember: { until: 9e15, isCurrent, isRevoked } })
    expect(keep(key('i', 'a-whole-i'), one)).toMatchObject({
      owner: 3,
      until: 301_000,
      isCurrent,
      isRevoked,
      identity: one.identity,
      linked: null,
      linkedAt: 0,
    })
    at(300_999)
    expect(memory.find(key('i', 'a-whole-i'))).not.toBeNull()
    at(301_000)
    expect(memory.find(key('i', 'a-whole-i'))).toBeNull()
    at(1_000)
    expect(memory.find(key('i', 'a-whole-i'))).toBeNull()
  })

  it('compares the whole', () => {
    const { memory, keep } = open()
    keep(key('i', 'one-i'))
    expect(memory.find(key('i', 'two-i'))).toBeNull()
    expect(memory.find(key('i'))).toBeNull()
    memory.forget(key('i', 'two-i'))
    expect(memory.find(key('i', 'one-i'))).not.toBeNull()
    memory.forget(key('i', 'one-i'))
    expect(memory.find(key('i', 'one-i'))).toBeNull()
  })

  it('finds again what is indexed by more than a tail', () => {
    const { memory, keep } = open()
    keep(key('cookie s tail', 'whole-tail'))
    expect(memory.find(key('cookie s tail', 'whole-tail'))).not.toBeNull()
  })

  it('drops what is known where the new answer is not kept', () => {
    for (const more of [{ cookies: [] }, { remember: { until: 1_000 } }]) {
      const { memory, keep } = open()
      keep(key('i'))
      expect(keep(key('i'), accepted(more))).toBeNull()
      expect(memory.find(key('i'))).toBeNull()
    }
  })

  it('keeps nothing that was forgotten while it was judged', () => {
    const { memory } = open()
    const since = memory.era
    memory.forget(key('i'))
    expect(memory.era).toBe(since + 1)
    expect(memory.keep(key('i'), 0, accepted(), since)).toBeNull()
    expect(memory.keep(key('other'), 0, accepted(), since)).not.toBeNull()
    expect(memory.keep(key('i'), 0, accepted(), memory.era)).not.toBeNull()
  })

  it('drops an entry whose key is gone, or cannot be asked about', () => {
    for (const isCurrent of [
      () => false,
      () => {
        throw new Error('down')
      },
    ]) {
      const { memory, keep } = open()
      keep(key('i'), accepted({ remember: { until: 9e15, isCurrent } }))
      expect(memory.find(key('i'))).toBeNull()
    }
    const { memory, keep } = open()
    keep(key('i'), accepted({ remember: { until: 9e15, isCurrent: () => true } }))
    expect(memory.find(key('i'))).not.toBeNull()
  })

  it('lets everybody in up to half of its room, then who comes again, and who is known', () => {
    const { keep } = open({ maxEntries: 4 })
    expect(['a', 'b', 'c'].map((name) => keep(key(name)) !== null)).toEqual([true, true, false])
    expect(keep(key('c'))).not.toBeNull()
    expect(keep(key('a'))).not.toBeNull()
  })

  it('weighs the claims of opaque credentials, and of tokens their length', () => {
    const claims = (length: number) => accepted({ identity: identity('ada', { claims: { text: 'c'.repeat(length) } }) })
    const kept = (of: CacheKey, one: Accepted) => {
      const { memory, keep } = open({ maxBytes: 4_096 })
      keep(of, one)
      return memory.find(of) !== null
    }
    expect(kept(key('i'), claims(1_700))).toBe(true)
    expect(kept(key('i'), claims(1_800))).toBe(false)
    expect(kept(key('i', `${'w'.repeat(1_190)}i`), claims(9_000))).toBe(true)
    expect(kept(key('i', `${'w'.repeat(1_200)}i`), claims(9_000))).toBe(false)
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    expect(kept(key('i'), accepted({ identity: identity('ada', { claims: cyclic }) }))).toBe(false)
    expect(kept(key('i'), accepted({ identity: identity('ada', { claims: undefined as never }) }))).toBe(true)
  })

  it('shares one judging between requests of one credential, refreshing ones apart', async () => {
    const { memory } = open()
    const begun: string[] = []
    let end = (): void => {}
    const task = (name: string) => () => {
      begun.push(name)
      return new Promise<never>((resolve) => {
        end = () => resolve(name as never)
      })
    }
    const first = memory.once(key('i', 'w'), false, task('reading'))
    const second = memory.once(key('i', 'w'), false, task('shared'))
    end()
    expect(await Promise.all([first, second])).toEqual(['reading', 'reading'])
    void memory.once(key('j'), false, task('a'))
    void memory.once(key('j'), true, task('b'))
    void memory.once(key('j', 'x'), true, task('c'))
    expect(begun).toEqual(['reading', 'a', 'b', 'c'])
  })

  it.each([
    [{ maxEntries: 1, maxBytes: 1, maxAgeMs: 0, linkMaxAgeMs: 0 }, true],
    [{ maxEntries: 1_000_000, maxAgeMs: 86_400_000, linkMaxAgeMs: 86_400_000 }, true],
    [{}, true],
    [{ maxEntries: 0 }, false],
    [{ maxEntries: 1_000_001 }, false],
    [{ maxEntries: 1.5 }, false],
    [{ maxBytes: 0 }, false],
    [{ maxAgeMs: -1 }, false],
    [{ maxAgeMs: 86_400_001 }, false],
    [{ linkMaxAgeMs: 86_400_001 }, false],
    [{ other: 1 }, false],
  ])('is bounded by %j: %s', (options, good) => {
    expect(rememberOptions.safeParse(options).success).toBe(good)
  })
})
