import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBackOff, pauseAfter } from '../../src/outbound/back-off.js'
import { createClock } from '../support/clock.js'

const random = fc.double({ min: 0, max: 0.999, noNaN: true })
const RULES = { firstMs: 1_000, longestMs: 10_000 }

describe('the pause after failures', () => {
  it('is at least the first, at most the longest, and over after a success', () => {
    fc.assert(
      fc.property(fc.array(random, { minLength: 1, maxLength: 20 }), (chances) => {
        const clock = createClock()
        const backOff = createBackOff(RULES, clock.now, () => chances[0] as number)
        for (const _ of chances) {
          backOff.failed()
          clock.advance(999)
          expect([backOff.isFailing, backOff.isOver]).toEqual([true, false])
          clock.advance(9_001)
          expect(backOff.isOver).toBe(true)
        }
        backOff.succeeded()
        expect([backOff.isFailing, backOff.isOver]).toEqual([false, true])
      }),
    )
  })

  it('doubles up to the longest where chance adds all of it, and begins again after a success', () => {
    const clock = createClock()
    const backOff = createBackOff(RULES, clock.now, () => 1)
    const pauses = () => {
      backOff.failed()
      let waited = 0
      for (; !backOff.isOver; waited += 500) clock.advance(500)
      return waited
    }
    expect([pauses(), pauses(), pauses(), pauses(), pauses()]).toEqual([1_000, 2_000, 4_000, 8_000, 10_000])
    backOff.succeeded()
    expect(pauses()).toBe(1_000)
  })

  it('stays the longest after however many', () => {
    expect([0, 3, 4, 5_000].map((pauses) => pauseAfter(pauses, RULES))).toEqual([1_000, 8_000, 10_000, 10_000])
  })
})
