import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  createDualAuth,
  oidc,
  oidcRefresh,
  oidcSession,
  type AuthEvent,
  type AuthRequest,
  type OidcRefreshOptions,
} from '../../../src/index.js'
import { createClock } from '../../support/clock.js'
import { browser } from '../../support/oidc-sessions.js'
import { RESOURCES, startRealOidc, type RealOidc } from '../../support/real-oidc.js'
import { COOKIE_PASSWORD } from '../../support/seals.js'

let provider: RealOidc
beforeAll(async () => {
  provider = await startRealOidc()
})
afterEach(() => Object.assign(provider, { down: null, revocation: null }))
afterAll(() => provider.close())

function app(refresh: Partial<OidcRefreshOptions> = {}) {
  const clock = createClock(Date.now())
  const events: AuthEvent[] = []
  const client = { id: 'web', secret: provider.secret }
  const session = oidcSession({
    cookiePasswords: [COOKIE_PASSWORD],
    refresh: oidcRefresh({ client, timeoutMs: 300, ...refresh }),
  })
  const auth = createDualAuth({
    verifiers: [oidc({ name: 'idp', issuer: provider.issuer, audience: RESOURCES.RS256, session })],
    now: clock.now,
    onEvent: (event) => void events.push(event),
  })
  return {
    auth,
    failures: () => events.filter(({ type }) => type === 'session_end_failed'),
    async begin() {
      const answer = await provider.signIn()
      const claims = decodeJwt(String(answer['id_token']))
      const cookies = await session.begin({ verifier: 'idp', claims, answer, now: clock.now() })
      return { sent: browser(cookies), refreshToken: String(answer['refresh_token']) }
    },
    /** What the API says now. */
    async says(sent: AuthRequest) {
      const result = await auth.authenticate(sent, { refresh: true })
      return result.ok ? 'signed in' : result.error.code
    },
  }
}

/** What the provider says to whoever has the refresh token. */
async function used(refreshToken: string): Promise<string> {
  const encoded = new URLSearchParams({ v: provider.secret }).toString().slice(2)
  const response = await fetch(`${provider.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`web:${encoded}`)}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }),
  })
  const { error = 'tokens' } = (await response.json()) as { error?: string }
  return `${response.status} ${error}`
}

const revocations = (): number => provider.requests.filter((path) => path === '/token/revocation').length

describe('the refresh token of a session that the app ends', () => {
  it('is dead at the provider after a sign-out', async () => {
    const { auth, begin, says, failures } = app()
    const { sent, refreshToken } = await begin()
    await auth.signOut(sent)
    expect(await used(refreshToken)).toBe('400 invalid_grant')
    expect([await says(sent), failures()]).toEqual(['credential_revoked', []])
  })

  it('is dead after endSession, too, and the session of another browser lives on', async () => {
    const { auth, begin, says } = app()
    const [one, other] = [await begin(), await begin()]
    await auth.endSession(one.sent)
    expect(await used(one.refreshToken)).toBe('400 invalid_grant')
    expect([await says(one.sent), await says(other.sent)]).toEqual(['signed in', 'signed in'])
    expect(await used(other.refreshToken)).toBe('200 tokens')
  })

  it('is dead where its cookie was refreshed before', async () => {
    const { auth, begin } = app()
    const { sent } = await begin()
    const refreshed = await auth.authenticate(sent, { refresh: true, fresh: true })
    const before = revocations()
    await auth.signOut(browser(refreshed.cookies, sent))
    expect(revocations()).toBe(before + 1)
    expect(await auth.authenticate(sent, { refresh: true, fresh: true })).toMatchObject({
      error: { code: 'credential_revoked' },
    })
  })

  it.each<[string, () => void]>([
    ['is down', () => (provider.down = 502)],
    ['fails to revoke', () => (provider.revocation = 503)],
    ['says that we may not', () => (provider.revocation = 401)],
    ['never answers', () => (provider.revocation = 'never')],
  ])('keeps nobody signed in where the provider %s', async (_name, break_) => {
    const { auth, begin, says, failures } = app()
    const { sent, refreshToken } = await begin()
    break_()
    expect(await auth.signOut(sent)).toEqual([{ verifier: 'idp', sessionId: expect.any(String) as string }])
    expect(await says(sent)).toBe('credential_revoked')
    expect(failures()).toMatchObject([{ verifier: 'idp', cause: expect.any(Error) as Error }])
    expect(
      JSON.stringify(failures(), (_key, value: unknown) => (value instanceof Error ? value.stack : value)),
    ).not.toContain(refreshToken)
  })

  it('is waited for no more while the provider keeps failing', async () => {
    const { auth, begin, failures } = app()
    const all = []
    for (let i = 0; i < 7; i++) all.push(await begin())
    provider.revocation = 503
    const before = revocations()
    for (const { sent } of all) await auth.signOut(sent)
    expect([revocations() - before, failures().length]).toEqual([5, 7])
  })

  it('is revoked also where other instances cannot be told, and that is said', async () => {
    const store = { add: refused, get: refused, set: refused, delete: refused }
    const { auth, begin } = app({ store })
    const { sent, refreshToken } = await begin()
    await expect(auth.signOut(sent)).rejects.toThrow('connection refused')
    expect(await used(refreshToken)).toBe('400 invalid_grant')
  })

  it.each<[string, (issuer: string) => Partial<OidcRefreshOptions>]>([
    ['nothing is to be revoked', () => ({ revocationEndpoint: null })],
    ['no metadata are read', (issuer) => ({ tokenEndpoint: `${issuer}/token` })],
  ])('stays where %s', async (_name, options) => {
    const { auth, begin, says, failures } = app(options(provider.issuer))
    const { sent, refreshToken } = await begin()
    await auth.signOut(sent)
    expect([await says(sent), failures()]).toEqual(['credential_revoked', []])
    expect(await used(refreshToken)).toBe('200 tokens')
  })

  it('is dead where the endpoint is configured', async () => {
    const { issuer } = provider
    const { auth, begin } = app({ tokenEndpoint: `${issuer}/token`, revocationEndpoint: `${issuer}/token/revocation` })
    const { sent, refreshToken } = await begin()
    await auth.signOut(sent)
    expect(await used(refreshToken)).toBe('400 invalid_grant')
  })
})

it.each(['http://id.example.com/revoke', 'nowhere', ''])('revokes nothing at %j', (revocationEndpoint) => {
  expect(() => oidcRefresh({ client: { id: 'a', method: 'none' }, revocationEndpoint })).toThrow(
    'oidcRefresh.revocationEndpoint',
  )
})

function refused(): never {
  throw new Error('connection refused')
}
