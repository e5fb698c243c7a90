import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Verification } from '../../src/index.js'
import { rejected } from '../../src/route/verifier.js'
import { createAnswerMemory } from '../../src/verify/answer-memory.js'
import { createClock, seconds } from '../support/clock.js'

const accepted = (expiresAt: number | null = null) =>
  ({ outcome: 'accepted', identity: { subject: 'a', expiresAt } }) as unknown as Verification
const refused: Verification = rejected('credential_invalid', 'inactive')
const unavailable: Verification = { outcome: 'unavailable', cause: null }

function open(options: { cacheMs?: number; negativeCacheMs?: number; maxEntries?: number; timeoutMs?: number } = {}) {
  const clock = createClock()
  const remember = createAnswerMemory({
    cacheMs: 10_000,
    negativeCacheMs: 0,
    maxEntries: 100,
    timeoutMs: 5_000,
    ...options,
    now: clock.now,
  })
  let asked = 0
  const about = async (answer: Verification, key = 'k', fresh = false) => {
    const { outcome } = await remember(key, fresh, async () => {
      asked++
      return answer
    })
    return outcome
  }
  return { clock, remember, about, asked: () => asked }
}

describe('an acceptance', () => {
  it('is remembered for cacheMs, counted from the asking', async () => {
    const { clock, about, asked } = open()
    await about(accepted())
    clock.advance(9_999)
    expect(await about(refused)).toBe('accepted')
    clock.advance(1)
    expect(await about(refused)).toBe('rejected')
    expect(asked()).toBe(2)
  })

  it('never outlives the token', async () => {
    const { clock, about } = open()
    await about(accepted(seconds(3)))
    clock.advance(2_999)
    expect(await about(refused)).toBe('accepted')
    clock.advance(1)
    expect(await about(refused)).toBe('rejected')
  })

  it('is not pushed out by junk, however much', async () => {
    const { about } = open({ negativeCacheMs: 60_000, maxEntries: 2 })
    await about(accepted())
    for (let i = 0; i < 3_000; i++) await about(refused, `junk-${i}`)
    expect(await about(refused)).toBe('accepted')
  })

  it('is one of maxEntries; what was used longest ago goes', async () => {
    const { about } = open({ maxEntries: 2 })
    for (const key of ['a', 'b']) await about(accepted(), key)
    await about(refused, 'a')
    await about(accepted(), 'c')
    expect([await about(refused, 'a'), await about(refused, 'b')]).toEqual(['accepted', 'rejected'])
  })
})

describe('a refusal', () => {
  it('is remembered only by option, and an outage never', async () => {
    const never = open()
    await never.about(refused)
    expect(await never.about(accepted())).toBe('accepted')
    const { clock, about } = open({ negativeCacheMs: 2_000 })
    await about(refused)
    expect(await about(accepted())).toBe('rejected')
    clock.advance(2_000)
    expect(await about(unavailable)).toBe('unavailable')
    expect(await about(accepted())).toBe('accepted')
  })
})

describe('a fresh answer', () => {
  it('replaces what was remembered, except by an outage', async () => {
    const { about } = open()
    await about(accepted())
    expect(await about(unavailable, 'k', true)).toBe('unavailable')
    expect(await about(refused)).toBe('accepted')
    expect(await about(refused, 'k', true)).toBe('rejected')
    expect(await about(refused)).toBe('rejected')
  })

  it('shares no exchange that began before, whose late answer is not remembered', async () => {
    const { remember, about } = open()
    let arrive: (answer: Verification) => void = () => {}
    const early = remember('k', false, () => new Promise<Verification>((resolve) => (arrive = resolve)))
    expect(await about(refused, 'k', true)).toBe('rejected')
    arrive(accepted())
    expect((await early).outcome).toBe('accepted')
    expect(await about(refused)).toBe('rejected')
  })
})

describe('many callers at a time', () => {
  it('share one exchange, also when it fails, and the next one asks again', async () => {
    const { remember, about } = open()
    let asked = 0
    const failing = () => {
      asked++
      return Promise.reject(new Error('down'))
    }
    const all = await Promise.allSettled([1, 2, 3].map(() => remember('k', false, failing)))
    expect(all.every(({ status }) => status === 'rejected')).toBe(true)
    expect(asked).toBe(1)
    expect(await about(accepted())).toBe('accepted')
  })

  it('ask by themselves when the exchange that they wait for never ends', async () => {
    const { remember, about } = open({ timeoutMs: 20 })
    void remember('k', false, () => new Promise(() => {}))
    expect(await about(accepted())).toBe('accepted')
  })

  it('get no answer about another token, in whatever order answers arrive', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fc.nat(4), { maxLength: 20 }), async (scheduler, keys) => {
        const { remember } = open()
        const asks = keys.map(async (key) => {
          const answer = { outcome: 'accepted', identity: { subject: String(key), expiresAt: null } }
          return [key, await remember(String(key), false, () => scheduler.schedule(Promise.resolve(answer as never)))]
        })
        await scheduler.waitAll()
        for (const [key, answer] of await Promise.all(asks))
          expect(answer).toMatchObject({ identity: { subject: String(key) } })
      }),
    )
  })
})
