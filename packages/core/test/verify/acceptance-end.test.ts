import { beforeEach, describe, expect, it } from 'vitest'
import { betterAuth, createDualAuth, legacyJwt, type AuthEvent, type Verifier } from '../../src/index.js'
import { createClock, type Clock } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { outcome } from '../support/outcome.js'
import { bearer, cookies } from '../support/requests.js'
import { found } from '../support/sessions.js'
import { legacyClaims, mint, SECRET } from '../support/tokens.js'
import { createHmac } from 'node:crypto'

const UNTIL = '2099-01-01'
const END = Date.parse(UNTIL)
const acceptance = { until: UNTIL, reason: 'inherited' }
const INVALID = '401 credential_invalid'

let clock: Clock
let events: AuthEvent[]
beforeEach(() => {
  clock = createClock(END - 1_000)
  events = []
})

function authOf(verifier: Verifier) {
  return createDualAuth({
    verifiers: [verifier],
    link: ({ subject }) => ({ id: subject }),
    now: clock.now,
    onEvent: (event) => void events.push(event),
    remember: { maxAgeMs: 3_600_000 },
  })
}
const ends = () => events.filter(({ type }) => type === 'acceptance_ended')
const reasons = () => events.flatMap((event) => (event.type === 'refused' ? [[event.reason, event.claim]] : []))
const dates = { iat: END / 1000 - 60, exp: END / 1000 + 600 }

describe('from its date on, in a process that runs on', () => {
  it('a weak secret verifies nothing, also what was remembered, and there is one event', async () => {
    const auth = authOf(legacyJwt(legacyOptions({ secrets: ['short'], acceptWeakSecret: acceptance })))
    const request = bearer(mint({ key: 'short', claims: legacyClaims(dates) }))
    for (let i = 0; i < 2; i++) expect(await outcome(auth, request)).toBe('200 legacy-7 by legacy')
    clock.advance(1_000)
    for (let i = 0; i < 3; i++) expect(await outcome(auth, request)).toBe(INVALID)
    expect(reasons()).toEqual(Array.from({ length: 3 }, () => ['acceptance_ended', null]))
    const event = { type: 'acceptance_ended', verifier: 'legacy', option: 'acceptWeakSecret', until: UNTIL }
    expect(ends()).toEqual([expect.objectContaining(event)])
  })

  it('tokens without an end are refused, also what was remembered; those that have one are not', async () => {
    const auth = authOf(legacyJwt(legacyOptions({ secrets: [SECRET], acceptUnlimited: acceptance })))
    const endless = bearer(mint({ claims: legacyClaims({ exp: undefined, iat: undefined }) }))
    const usual = bearer(mint({ claims: legacyClaims(dates) }))
    for (let i = 0; i < 2; i++) expect(await outcome(auth, endless)).toBe('200 legacy-7 by legacy')
    clock.advance(1_000)
    for (let i = 0; i < 2; i++) expect(await outcome(auth, endless)).toBe(INVALID)
    expect(await outcome(auth, usual)).toBe('200 legacy-7 by legacy')
    expect(reasons()).toEqual([
      ['acceptance_ended', 'exp'],
      ['acceptance_ended', 'exp'],
    ])
    expect(ends()).toEqual([expect.objectContaining({ option: 'acceptUnlimited' })])
  })

  it('a forged token without an end says nothing of the date', async () => {
    const auth = authOf(legacyJwt(legacyOptions({ secrets: [SECRET], acceptUnlimited: acceptance })))
    clock.advance(1_000)
    const forged = mint({ key: 'x'.repeat(64), claims: legacyClaims({ exp: undefined, iat: undefined }) })
    expect(await outcome(auth, bearer(forged))).toBe(INVALID)
    expect(reasons()).toEqual([['signature', null]])
    expect(ends()).toEqual([])
  })

  it('a weak secret of Better Auth signs no session any more, and no session is looked up', async () => {
    const secret = 'a phrase that a person has chosen'
    const asked: string[] = []
    const sessions = async (token: string) => {
      asked.push(token)
      return found('ba-7')
    }
    const verifier = betterAuth({
      name: 'better-auth',
      secrets: [secret],
      sessions,
      acceptWeakSecret: acceptance,
    } as never)
    const auth = authOf(verifier)
    const token = 'A'.repeat(32)
    const mac = createHmac('sha256', secret).update(token).digest('base64')
    const request = cookies(['better-auth.session_token', encodeURIComponent(`${token}.${mac}`)])
    await outcome(auth, request)
    expect(asked).toHaveLength(1)
    clock.advance(1_000)
    expect(await outcome(auth, request)).toBe(INVALID)
    expect(asked).toHaveLength(1)
    expect(ends()).toHaveLength(1)
  })

  it('a verifier that accepts nothing of the kind goes on', async () => {
    const auth = authOf(legacyJwt(legacyOptions()))
    clock.advance(1_000)
    expect(await outcome(auth, bearer(mint({ claims: legacyClaims(dates) })))).toBe('200 legacy-7 by legacy')
    expect(ends()).toEqual([])
  })
})
