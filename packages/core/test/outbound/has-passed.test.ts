import { expect, it } from 'vitest'
import { hasPassed } from '../../src/outbound/has-passed.js'

it('a moment lies so far back once all of the time is over, and also where the clock was set back since', () => {
  expect(hasPassed(5_999, 5_000, 1_000)).toBe(false)
  expect(hasPassed(6_000, 5_000, 1_000)).toBe(true)
  expect(hasPassed(0, 5_000, 1_000)).toBe(true)
})
