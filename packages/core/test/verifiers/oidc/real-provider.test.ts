import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDualAuth, oidc, type AuthEvent, type OidcOptions } from '../../../src/index.js'
import { createClock, type Clock } from '../../support/clock.js'
import { outcome } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { RESOURCES, startRealOidc, type RealOidc } from '../../support/real-oidc.js'

let provider: RealOidc
beforeAll(async () => {
  provider = await startRealOidc()
})
afterAll(() => provider.close())

function authWith(options: Partial<OidcOptions> = {}, clock: Clock = createClock(Date.now())) {
  const events: AuthEvent[] = []
  const audience = [RESOURCES.RS256, RESOURCES.ES256, RESOURCES.EdDSA]
  const auth = createDualAuth({
    verifiers: [oidc({ name: 'idp', issuer: provider.issuer, audience, ...options })],
    now: clock.now,
    onEvent: (event) => void events.push(event),
  })
  return { auth, events, clock }
}

describe('an access token of a real provider', () => {
  it.each(['RS256', 'ES256', 'EdDSA'] as const)(
    'signed with %s is accepted, a user and a service',
    async (resource) => {
      const { auth } = authWith()
      const user = await auth.authenticate(bearer(await provider.userToken(resource)))
      expect(user).toMatchObject({
        ok: true,
        principal: { id: 'user-7', kind: 'user', issuer: provider.issuer, claims: { aud: RESOURCES[resource] } },
      })
      const service = await auth.authenticate(bearer(await provider.clientToken(resource)))
      expect(service).toMatchObject({ ok: true, principal: { id: 'basic', kind: 'service' } })
    },
  )

  it('for another API is not owned', async () => {
    const { auth } = authWith({ audience: RESOURCES.ES256 })
    expect(await outcome(auth, bearer(await provider.userToken('RS256')))).toBe('401 credential_unsupported')
  })

  it('places its user by groups', async () => {
    const groups = [{ pattern: 'tenant_{organization}_admins', role: 'admin' }]
    const { auth } = authWith({ groups })
    const token = await provider.userToken('RS256', { groups: ['tenant_acme_admins'] })
    expect(await auth.authenticate(bearer(token))).toMatchObject({
      principal: { organization: 'acme', roles: ['admin'] },
    })
  })
})

describe('keys of a real provider', () => {
  it('are found through its metadata, at the first token, once', async () => {
    provider.requests.length = 0
    const { auth } = authWith()
    expect(provider.requests).toEqual([])
    const tokens = await Promise.all(Array.from({ length: 5 }, () => provider.userToken('ES256')))
    await Promise.all(tokens.map((token) => outcome(auth, bearer(token))))
    expect(provider.requests).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })

  it('are fetched ahead by ready()', async () => {
    provider.requests.length = 0
    const { auth } = authWith()
    await auth.ready()
    expect(provider.requests).toEqual(['/.well-known/openid-configuration', '/jwks'])
    expect(await outcome(auth, bearer(await provider.userToken('RS256')))).toBe('200 user-7 by idp')
    expect(provider.requests).toHaveLength(2)
  })

  it('need no metadata where their address is given', async () => {
    provider.requests.length = 0
    const { auth } = authWith({ keySetUrl: `${provider.issuer}/jwks` })
    expect(await outcome(auth, bearer(await provider.userToken('RS256')))).toBe('200 user-7 by idp')
    expect(provider.requests).toEqual(['/jwks'])
  })

  it('may rotate: the new ones are found at the first token, the withdrawn ones are gone', async () => {
    const { auth, clock } = authWith()
    const old = await provider.userToken('RS256')
    expect(await outcome(auth, bearer(old))).toBe('200 user-7 by idp')
    provider.rotate()
    clock.advance(1_000)
    expect(await outcome(auth, bearer(await provider.userToken('RS256')))).toBe('200 user-7 by idp')
    expect(await outcome(auth, bearer(old))).toBe('401 credential_invalid')
  })

  it('go on through an outage, and nobody can tell before the first of them was seen', async () => {
    const known = authWith()
    const token = await provider.userToken('RS256')
    expect(await outcome(known.auth, bearer(token))).toBe('200 user-7 by idp')
    provider.down = 502
    known.clock.advance(11 * 60_000)
    expect(await outcome(known.auth, bearer(token))).toBe('200 user-7 by idp')
    const cold = authWith()
    expect(await outcome(cold.auth, bearer(token))).toBe('503 verifier_unavailable')
    expect(cold.events.map(({ type }) => type)).toEqual(['keys_failed', 'verified', 'unavailable', 'refused'])
    await expect(authWith().auth.ready()).rejects.toMatchObject({
      code: 'verifier_unavailable',
      message: expect.stringMatching(/^idp: metadata of http:\S+: discovery: answered 502, [\w/ -]+, at http:\S+$/),
    })
    provider.down = null
    cold.clock.advance(1_000)
    expect(await outcome(cold.auth, bearer(token))).toBe('200 user-7 by idp')
  })
})
