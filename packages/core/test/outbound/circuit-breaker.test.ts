import { expect, it } from 'vitest'
import { createCircuitBreaker } from '../../src/outbound/circuit-breaker.js'
import { createClock } from '../support/clock.js'

it('opens after five failures in a row, lets one caller try after ten seconds, and closes when it is answered', () => {
  const clock = createClock()
  const breaker = createCircuitBreaker(clock.now)
  for (let failures = 0; failures < 5; failures++) {
    expect(breaker.pause()).toBe(0)
    breaker.failed()
  }
  expect(breaker.pause()).toBe(10_000)
  clock.advance(10_000)
  expect(breaker.pause()).toBe(0)
  // The others wait for what the first one learns.
  expect(breaker.pause()).toBe(10_000)
  breaker.answered()
  expect(breaker.pause()).toBe(0)
})
