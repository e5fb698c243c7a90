import { expect, it } from 'vitest'
import { createDualAuth, legacyJwt, type AuthEvent } from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { outcome } from '../support/outcome.js'
import { bearer } from '../support/requests.js'
import { legacyClaims, mint } from '../support/tokens.js'

it('an event says when a verification had to go for want of room, and none when its time was over', async () => {
  const clock = createClock()
  const events: AuthEvent[] = []
  const auth = createDualAuth({
    verifiers: [legacyJwt(legacyOptions())],
    remember: { maxEntries: 2, maxAgeMs: 60_000 },
    now: clock.now,
    onEvent: (event) => events.push(event),
  })
  const come = async (userId: string) => outcome(auth as never, bearer(mint({ claims: legacyClaims({ userId }) })))
  const evicted = () => events.filter(({ type }) => type === 'evicted')
  for (const id of ['ada', 'grace', 'grace', 'alan', 'alan']) await come(id)
  expect(evicted()).toEqual([{ type: 'evicted', at: clock.now(), verifier: 'legacy' }])
  clock.advance(61_000)
  for (const id of ['edsger', 'edsger', 'barbara', 'barbara']) await come(id)
  expect(evicted()).toHaveLength(1)
})
