import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/index.js'
import { createPacer } from '../../src/pace/pacer.js'

/** Time that passes only where somebody sleeps; each sleep ends late by what `late` says. */
function fakeClock(late: () => number): Clock & { now: () => number } {
  let now = 0
  return {
    now: () => now,
    sleep: async (milliseconds) => void (now += milliseconds + late()),
  }
}

const never = new AbortController().signal

/** The most that lie within one second, both ends included. */
function mostWithinASecond(times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at - from <= 1000).length))
}

describe('the pace', () => {
  it('is never more than was asked for in any second, however late timers are and whenever somebody asks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.tuple(fc.nat(40), fc.nat(1500)), { minLength: 1, maxLength: 200 }),
        fc.boolean(),
        async (rps, calls, complains) => {
          let at = 0
          const clock = fakeClock(() => calls[at % calls.length]![0])
          const { pace, slowDown } = createPacer(rps, clock)
          const times: number[] = []
          for (const [index, [, idle]] of calls.entries()) {
            at = index
            if (idle > 1200) await clock.sleep(idle, never)
            if (complains && idle % 17 === 0) slowDown()
            await pace(never)
            times.push(clock.now())
          }
          expect(mostWithinASecond(times)).toBeLessThanOrEqual(rps)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('is kept up: 200 at 50 a second take four seconds', async () => {
    const clock = fakeClock(() => 0.5)
    const { pace } = createPacer(50, clock)
    await Promise.all(Array.from({ length: 200 }, () => pace(never)))
    expect(clock.now()).toBeGreaterThan(3900)
    expect(clock.now()).toBeLessThan(4200)
  })

  it('is halved at a complaint, and grows again', async () => {
    const clock = fakeClock(() => 0)
    const { pace, slowDown } = createPacer(10, clock)
    const times: number[] = []
    for (let at = 0; at < 400; at++) {
      if (at === 20) slowDown()
      await pace(never)
      times.push(clock.now())
    }
    const within = (from: number) => times.filter((at) => at >= from && at < from + 1000).length
    expect(within(times[22]!)).toBeLessThanOrEqual(6)
    expect(within(times.at(-1)! - 1000)).toBeGreaterThanOrEqual(9)
  })

  it('comes back to no limit where none was asked for, also after a complaint about the first request', async () => {
    const clock = fakeClock(() => 1)
    const { pace, slowDown } = createPacer(null, clock)
    await pace(never)
    slowDown()
    for (let at = 0; at < 5_000; at++) await pace(never)
    expect(clock.now()).toBeLessThan(60_000)
  })

  it('waits for as long as the other side said', async () => {
    const clock = fakeClock(() => 0)
    const { pace, pause } = createPacer(null, clock)
    pause(7_000)
    await pace(never)
    expect(clock.now()).toBeGreaterThanOrEqual(7_000)
  })

  it('lets nobody wait who has given up', async () => {
    const abort = new AbortController()
    const { pace, pause } = createPacer(1, { now: () => 0, sleep: async () => abort.abort(new Error('enough')) })
    pause(1_000)
    await expect(pace(abort.signal)).rejects.toThrow('enough')
  })
})
