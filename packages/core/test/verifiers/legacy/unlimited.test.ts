import { describe, expect, it } from 'vitest'
import { legacyJwt, type AuthEvent } from '../../../src/index.js'
import { seconds } from '../../support/clock.js'
import { judged, legacyAuth, legacyOptions } from '../../support/legacy.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { legacyClaims, mint } from '../../support/tokens.js'

const OK = '200 legacy-7 by legacy'
const EXPIRED = '401 credential_expired'
const INVALID = '401 credential_invalid'
const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
const acceptUnlimited = { until: tomorrow, reason: 'the phone app of 2019 has no refresh' }

describe('tokens that never end', () => {
  const claims = { exp: undefined, iat: undefined }

  it('are refused unless the app says so', async () => {
    expect(await judged(claims)).toBe(INVALID)
    expect(await judged(claims, { acceptUnlimited })).toBe(OK)
    expect(await judged({ ...claims, iat: seconds(-900_000_000) }, { acceptUnlimited })).toBe(OK)
  })

  it('count only where they have no end: exp, nbf and iat are still judged', async () => {
    expect(await judged({ exp: seconds(-60) }, { acceptUnlimited })).toBe(EXPIRED)
    for (const wrong of [{ exp: null }, { exp: 'x' }, { iat: 'x' }, { nbf: seconds(60) }, { iat: seconds(60) }])
      expect(await judged({ ...claims, ...wrong }, { acceptUnlimited })).toBe(INVALID)
  })

  it('have no end for the principal, and are ended by revoking', async () => {
    const auth = legacyAuth({ acceptUnlimited })
    const request = bearer(mint({ claims: legacyClaims({ ...claims }) }))
    expect(await auth.authenticate(request)).toMatchObject({ principal: { expiresAt: null, issuedAt: null } })
    await auth.revoke({ principal: 'legacy-7' })
    expect(await outcome(auth, request)).toBe('401 credential_revoked')
  })

  it('are warned about at every start', () => {
    const events: AuthEvent[] = []
    for (let start = 0; start < 2; start++) legacyAuth({ acceptUnlimited }, (event) => void events.push(event))
    const event = { type: 'unlimited_tokens', verifier: 'legacy', ...acceptUnlimited }
    expect(events).toEqual([expect.objectContaining(event), expect.objectContaining(event)])
  })
})

describe('the acknowledgement', () => {
  const path = 'legacyJwt(legacy).acceptUnlimited'
  it.each<[string, object, string]>([
    ['has passed', { until: '2020-01-01', reason: 'x' }, `${path}.until`],
    ['is no date', { until: 'next year', reason: 'x' }, `${path}.until`],
    ['has no end', { reason: 'x' }, `${path}.until`],
    ['has no reason', { until: tomorrow }, `${path}.reason`],
    ['is no object', true as never, path],
  ])('that %s stops the start', (_what, wrong, option) => {
    expect(wrongOption(() => legacyJwt(legacyOptions({ acceptUnlimited: wrong as never })))).toBe(option)
  })

  it('contradicts maxAgeSeconds', () => {
    expect(wrongOption(() => legacyJwt(legacyOptions({ acceptUnlimited, maxAgeSeconds: 60 })))).toBe(path)
  })
})
