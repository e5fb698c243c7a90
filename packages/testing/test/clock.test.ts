import { expect, it } from 'vitest'
import { createClock } from '../src/index.js'

it('a clock moves only when it is moved', () => {
  const clock = createClock(1_000)
  expect(clock.now()).toBe(1_000)
  clock.advance(500)
  expect(clock.now()).toBe(1_500)
  clock.set(0)
  expect(clock.now()).toBe(0)
})

it('a clock starts at the present unless told otherwise', () => {
  const before = Date.now()
  const start = createClock().now()
  expect(start).toBeGreaterThanOrEqual(before)
  expect(start).toBeLessThanOrEqual(Date.now())
})
