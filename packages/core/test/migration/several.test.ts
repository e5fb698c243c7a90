import { expect, it } from 'vitest'
import { betterAuth, createDualAuth, legacyJwt, type DualAuth, type PolicySource } from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { atStage, newCookie } from '../support/migration.js'
import { outcome } from '../support/outcome.js'
import { cookies } from '../support/requests.js'
import { found, SESSION_SECRET } from '../support/sessions.js'
import { OTHER_SECRET } from '../support/tokens.js'

const DOWN: PolicySource = {
  load() {
    throw new Error('the source is down')
  },
}

/** Two old systems that move to one new one, each by a policy of its own. */
function twoMoves(one: PolicySource, other: PolicySource): DualAuth {
  return createDualAuth({
    verifiers: [
      legacyJwt({ ...legacyOptions({ issuer: 'one' }), name: 'one' }),
      legacyJwt({ ...legacyOptions({ issuer: 'other', secrets: [OTHER_SECRET] }), name: 'other' }),
      betterAuth({ name: 'new', secrets: [SESSION_SECRET], sessions: (token) => found(token.replace(/0+$/, '')) }),
    ],
    link: ({ subject }) => ({ id: subject }),
    migration: [
      { name: 'a', from: ['one'], to: 'new', policy: one },
      { name: 'b', from: ['other'], to: 'new', policy: other },
    ],
    now: createClock().now,
  }) as unknown as DualAuth
}

const at = (stage: 'off' | 'dual'): PolicySource => ({ load: () => ({ document: atStage(stage) }) })

it.each([
  ['one of two moves accepts the new side', at('off'), at('dual'), '200 ada by new'],
  ['none of them does', at('off'), at('off'), '401 credential_not_accepted'],
  ['of one nobody can tell, and the other does not', DOWN, at('off'), '503 policy_unavailable'],
  ['of one nobody can tell, and the other accepts it', DOWN, at('dual'), '200 ada by new'],
])('%s, in whichever order they stand', async (_name, one, other, expected) => {
  for (const auth of [twoMoves(one, other), twoMoves(other, one)])
    expect(await outcome(auth, cookies(newCookie('ada')))).toBe(expected)
})

it('refuses a source that reads the policy of another migration, which nobody would notice', () => {
  const named = (migration: string): PolicySource => ({ ...at('off'), migration })
  expect(() => twoMoves(named('a'), named('default'))).toThrow(
    'createDualAuth.migration[1].policy: reads the policy of the migration "default", and this one is named "b": give the source `migration: \'b\'`',
  )
  expect(() => twoMoves(named('a'), named('b'))).not.toThrow()
})
