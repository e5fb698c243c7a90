import { expect, it } from 'vitest'
import { memoryStore } from '../../../src/verify/sealed-session/shared-store.js'
import { createClock } from '../../support/clock.js'

it('keeps a value until its end, and adds none while there is one', () => {
  const clock = createClock()
  const store = memoryStore(clock.now)
  expect(store.add('a', '1', 1_000)).toBe(true)
  expect(store.add('a', '2', 1_000)).toBe(false)
  clock.advance(999)
  expect(store.get('a')).toBe('1')
  clock.advance(1)
  expect(store.get('a')).toBeNull()
  expect(store.add('a', '3', 1_000)).toBe(true)
  void store.delete('a')
  expect(store.get('a')).toBeNull()
})

it('is bounded: what was written longest ago goes first, however often it is read', () => {
  const store = memoryStore(() => 0)
  for (let i = 0; i < 10_000; i++) store.set(`${i}`, 'v', 1_000)
  store.get('0')
  store.set('1', 'again', 1_000)
  store.set('one more', 'v', 1_000)
  expect([store.get('0'), store.get('1'), store.get('2'), store.get('one more')]).toEqual([null, 'again', 'v', 'v'])
})
