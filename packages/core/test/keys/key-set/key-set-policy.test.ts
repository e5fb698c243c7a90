import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lifetimeMs, lifetimeOf, phaseOf, type Phase } from '../../../src/keys/key-set/key-set-policy.js'
import { createMissBudget } from '../../../src/keys/key-set/miss-budget.js'
import { createClock } from '../../support/clock.js'

const random = fc.double({ min: 0, max: 0.999, noNaN: true })
const span = fc.integer({ min: 1_000, max: 86_400_000 })

describe('a lifetime', () => {
  it('goes through its phases in one order and never back', () => {
    const order: Phase[] = ['fresh', 'due', 'aged', 'ended']
    fc.assert(
      fc.property(span, span, random, fc.array(fc.nat({ max: 3 * 86_400_000 })), (life, stale, chance, offsets) => {
        const lifetime = lifetimeOf(1_000, life, stale, () => chance)
        const phases = offsets
          .toSorted((a, b) => a - b)
          .map((offset) => order.indexOf(phaseOf(lifetime, 1_000 + offset)))
        expect(phases).toEqual(phases.toSorted((a, b) => a - b))
        expect(phaseOf(lifetime, lifetime.agedAt - 1)).toBe('due')
        expect(phaseOf(lifetime, lifetime.endsAt)).toBe('ended')
      }),
    )
  })

  it('is never longer than ours, nor shorter than a minute unless ours is', () => {
    fc.assert(
      fc.property(span, fc.option(fc.nat()), (ours, asked) => {
        const life = lifetimeMs(ours, asked)
        expect(life).toBeLessThanOrEqual(ours)
        expect(life).toBeGreaterThanOrEqual(Math.min(ours, 60_000))
      }),
    )
  })
})

describe('the budget of unknown kids', () => {
  it('gives at most one fetch a second and never keeps one back for ten, whenever they come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 50, maxLength: 300 }), (gaps) => {
        const clock = createClock()
        const budget = createMissBudget(clock.now)
        let fetchedAt = clock.now()
        for (const gap of gaps) {
          clock.advance(gap)
          const waited = clock.now() - fetchedAt
          const taken = budget.take(fetchedAt)
          if (taken) expect(waited).toBeGreaterThanOrEqual(1_000)
          else expect(waited).toBeLessThan(8_000)
          if (taken) fetchedAt = clock.now()
        }
      }),
    )
  })
})
