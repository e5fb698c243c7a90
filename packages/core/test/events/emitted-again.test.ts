import { expect, it } from 'vitest'
import { createEmit } from '../../src/events/emit.js'
import type { AuthEvent } from '../../src/index.js'

it('an event that a verifier froze or emits again is another event each time', () => {
  const told: AuthEvent[] = []
  let at = 0
  const emit = createEmit(
    (event) => void told.push(event),
    () => ++at,
  )
  const kept = { type: 'evicted', verifier: 'mine' } as const
  emit(kept)
  emit(kept)
  emit(Object.freeze({ type: 'evicted', verifier: 'frozen' } as const))
  expect(told).toEqual([
    { type: 'evicted', verifier: 'mine', at: 1 },
    { type: 'evicted', verifier: 'mine', at: 2 },
    { type: 'evicted', verifier: 'frozen', at: 3 },
  ])
})
