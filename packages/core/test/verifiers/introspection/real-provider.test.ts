import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDualAuth, introspection, oidc, type AuthEvent, type IntrospectionOptions } from '../../../src/index.js'
import { createClock } from '../../support/clock.js'
import { outcome, pathOf } from '../../support/outcome.js'
import { RESOURCES, startRealOidc, type RealOidc } from '../../support/real-oidc.js'
import { bearer } from '../../support/requests.js'

const OK = '200 user-7 by opaque'
const INVALID = '401 credential_invalid'
const UNAVAILABLE = '503 verifier_unavailable'

let provider: RealOidc
beforeAll(async () => {
  provider = await startRealOidc()
})
beforeEach(() => {
  provider.requests.length = 0
  provider.down = null
})
afterAll(() => provider.close())

function authWith(options: Partial<IntrospectionOptions> = {}) {
  const clock = createClock(Date.now())
  const events: AuthEvent[] = []
  const verifier = introspection({
    name: 'opaque',
    endpoint: `${provider.issuer}/token/introspection`,
    issuer: provider.issuer,
    client: { id: 'basic', secret: provider.secret },
    audience: RESOURCES.opaque,
    token: { minLength: 43 },
    ...options,
  })
  const auth = createDualAuth({ verifiers: [verifier], now: clock.now, onEvent: (event) => void events.push(event) })
  return { auth, clock, events }
}
const judged = (token: string, options: Partial<IntrospectionOptions> = {}) =>
  outcome(authWith(options).auth, bearer(token))

describe('an opaque token of a real provider', () => {
  it('is accepted with what the issuer says of it', async () => {
    const token = await provider.userToken('opaque', { groups: ['tenant_acme_admins'] })
    const groups = [{ pattern: 'tenant_{organization}_admins', role: 'admin' }]
    const result = await authWith({ groups }).auth.authenticate(bearer(token))
    expect(result).toMatchObject({
      ok: true,
      principal: {
        id: 'user-7',
        kind: 'user',
        issuer: provider.issuer,
        organization: 'acme',
        roles: ['admin'],
        claims: { active: true, client_id: 'basic', aud: RESOURCES.opaque },
      },
    })
    expect(JSON.stringify(result)).not.toContain(token)
  })

  it('of a client that speaks for itself is a service', async () => {
    const result = await authWith().auth.authenticate(bearer(await provider.clientToken('opaque')))
    expect(result).toMatchObject({ ok: true, principal: { id: 'basic', kind: 'service' } })
  })

  it('for another API is refused, although it is active', async () => {
    expect(await judged(await provider.userToken('opaque'), { audience: 'https://other.example' })).toBe(INVALID)
    expect(await judged(await provider.userToken('opaque'), { audience: false })).toBe(OK)
  })

  it('that is revoked, unknown or a refresh token is refused', async () => {
    const token = await provider.clientToken('opaque')
    await provider.revoke(token)
    expect(await judged(token)).toBe(INVALID)
    expect(await judged('A'.repeat(43))).toBe(INVALID)
    const refresh = await provider.refreshToken()
    expect(await judged(refresh, { audience: false })).toBe(INVALID)
    // What `tokenType: 'if-present'` gives away where the issuer answers for refresh tokens.
    expect(await judged(refresh, { audience: false, tokenType: 'if-present' })).toBe(OK)
  })

  it('lives beside the JWTs of the same provider', async () => {
    const auth = createDualAuth({
      verifiers: [
        introspection({
          name: 'opaque',
          endpoint: `${provider.issuer}/token/introspection`,
          issuer: provider.issuer,
          client: { id: 'basic', secret: provider.secret },
          audience: RESOURCES.opaque,
          token: { minLength: 43 },
        }),
        oidc({ name: 'jwt', issuer: provider.issuer, audience: RESOURCES.RS256 }),
      ],
      link: ({ subject }) => ({ id: subject }),
    })
    expect(await outcome(auth, bearer(await provider.userToken('opaque')))).toBe(OK)
    expect(await outcome(auth, bearer(await provider.userToken('RS256')))).toBe('200 user-7 by jwt')
  })
})

describe('the client', () => {
  it('shows a secret, in a header or in the body, whatever characters it holds', async () => {
    const token = await provider.userToken('opaque')
    expect(await judged(token)).toBe(OK)
    expect(await judged(token, { client: { id: 'post', secret: provider.secret, method: 'client_secret_post' } })).toBe(
      OK,
    )
  })

  it('signs an assertion with a key: PEM, JSON Web Key, WebCrypto', async () => {
    const { privateKey } = provider.clientKey
    const jwk = privateKey.export({ format: 'jwk' }) as { d: string }
    const parameters = { name: 'ECDSA', namedCurve: 'P-256' }
    const keys = [
      privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
      jwk,
      await crypto.subtle.importKey('jwk', jwk as object, parameters, false, ['sign']),
    ]
    for (const key of keys) {
      const client = { id: 'assertion', key, algorithm: 'ES256', keyId: 'client-1' } as const
      expect(await judged(await provider.userToken('opaque'), { client })).toBe(OK)
      expect(
        await judged(await provider.userToken('opaque'), { client: { ...client, audience: provider.issuer } }),
      ).toBe(OK)
      expect(await judged(await provider.userToken('opaque'), { client: { ...client, audience: 'x' } })).toBe(
        UNAVAILABLE,
      )
    }
  })

  it('signs each assertion anew: the provider takes none twice', async () => {
    const key = provider.clientKey.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
    const { auth } = authWith({ client: { id: 'assertion', key, algorithm: 'ES256' } })
    const token = await provider.userToken('opaque')
    for (let i = 0; i < 3; i++) expect(await outcome(auth, bearer(token))).toBe(OK)
  })

  it('that the issuer does not know is our mistake, not the caller’s', async () => {
    const { auth, events } = authWith({ client: { id: 'basic', secret: 'wrong' } })
    expect(await outcome(auth, bearer(await provider.userToken('opaque')))).toBe(UNAVAILABLE)
    const unavailable = events.find(({ type }) => type === 'unavailable')
    expect(unavailable).toMatchObject({ source: 'opaque' })
    expect(String((unavailable as { cause?: unknown } | undefined)?.cause)).toMatch(/401.*client/)
    expect(JSON.stringify(events)).not.toContain('wrong')
  })

  it('is refused by the name of the option where its key does not fit the algorithm', async () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'pem', type: 'pkcs8' })
    // At construction where the platform can tell, else by ready().
    const refused = Promise.resolve().then(() =>
      authWith({ client: { id: 'assertion', key: key as string, algorithm: 'ES256' } }).auth.ready(),
    )
    expect(await refused.then(() => 'nothing was refused', pathOf)).toBe('introspection(opaque).client.key')
  })

  it('is asked about JWTs only by option, and says when the endpoint does not judge them', async () => {
    const token = await provider.userToken('RS256')
    expect(await judged(token)).toBe('401 credential_unsupported')
    expect(await judged(token, { jwts: true, audience: RESOURCES.RS256 })).toBe(UNAVAILABLE)
  })
})

describe('what is remembered', () => {
  it('is nothing by default', async () => {
    const { auth } = authWith()
    const token = await provider.clientToken('opaque')
    provider.requests.length = 0
    for (let i = 0; i < 3; i++) await auth.authenticate(bearer(token))
    expect(provider.requests).toHaveLength(3)
  })

  it('is an acceptance, for as long as cacheMs says, and fresh asks past it', async () => {
    const { auth, clock } = authWith({ cacheMs: 10_000 })
    const token = await provider.clientToken('opaque')
    const ok = '200 basic by opaque'
    provider.requests.length = 0
    expect(await outcome(auth, bearer(token))).toBe(ok)
    await provider.revoke(token)
    clock.advance(9_999)
    expect(await outcome(auth, bearer(token))).toBe(ok)
    expect(provider.requests).toEqual(['/token/introspection', '/token/revocation'])
    expect(await auth.authenticate(bearer(token), { fresh: true })).toMatchObject({ ok: false })
    // What the fresh answer said holds from now on.
    expect(await outcome(auth, bearer(token))).toBe(INVALID)
  })

  it('goes on through an outage, for that long', async () => {
    const { auth, clock } = authWith({ cacheMs: 10_000 })
    const token = await provider.userToken('opaque')
    expect(await outcome(auth, bearer(token))).toBe(OK)
    provider.down = 503
    expect(await outcome(auth, bearer(token))).toBe(OK)
    clock.advance(10_000)
    expect(await outcome(auth, bearer(token))).toBe(UNAVAILABLE)
  })

  it('is asked for once by many callers at a time', async () => {
    const { auth } = authWith({ cacheMs: 10_000 })
    const token = await provider.userToken('opaque')
    provider.requests.length = 0
    const all = await Promise.all(Array.from({ length: 20 }, () => outcome(auth, bearer(token))))
    expect(new Set(all)).toEqual(new Set([OK]))
    expect(provider.requests).toHaveLength(1)
  })
})
