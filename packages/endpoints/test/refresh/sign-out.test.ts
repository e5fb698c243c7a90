import * as oauth from 'oauth4webapi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { oidcTokens, workosTokens, type TokenProvider } from '../../src/index.js'
import { ask, createWorld, ORIGIN, type Instance, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

/** What a phone sends: no cookie, and no origin. */
function signOut(refreshToken: string, more: { accessToken?: string; instance?: Instance } = {}): Promise<string> {
  const { accessToken, instance = world.first } = more
  const headers = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }
  const init = { body: JSON.stringify({ refresh_token: refreshToken }), headers }
  return ask(instance.site, init, `${ORIGIN}/auth/sign-out`).then(({ outcome }) => outcome)
}

describe('a phone that signs out', () => {
  it('is out: its refresh token, its access token and its session at the provider', async () => {
    const { refreshToken, accessToken } = await world.refresh(world.signIn())
    expect(await signOut(refreshToken, { accessToken })).toBe('204')
    expect((await world.refresh(refreshToken)).outcome).toBe('401 credential_revoked')
    expect(await world.use(accessToken)).toBe('401 credential_revoked')
    expect(world.revoked).toHaveLength(1)
    expect(world.reuses).toEqual([])
  })

  it('is out at every instance, also with a token that was replaced meanwhile', async () => {
    const first = await world.refresh(world.signIn())
    const other = world.instance()
    const second = await world.refresh(first.refreshToken, other)
    expect(await signOut(first.refreshToken, { instance: world.instance() })).toBe('204')
    expect((await world.refresh(second.refreshToken, other)).outcome).toBe('401 credential_revoked')
    expect(await world.use(second.accessToken, other)).toBe('401 credential_revoked')
  })

  it('stays out when nobody remembers any more that it went, and the provider revoked nothing', async () => {
    const { refreshToken } = await world.refresh(world.signIn())
    expect(await signOut(refreshToken)).toBe('204')
    world.clock.offset = 2_592_001_000
    expect((await world.refresh(refreshToken)).outcome).toBe('401 credential_expired')
    expect(world.provider.token.calls).toBe(1)
  })

  it('is out with what it got at its sign-in, and never refreshed here', async () => {
    const { answer } = world.provider.signIn({ subject: 'ada' })
    const accessToken = String(answer.access_token)
    expect(await signOut(String(answer.refresh_token), { accessToken })).toBe('204')
    expect(await world.use(accessToken)).toBe('401 credential_revoked')
    expect(world.revoked).toHaveLength(1)
  })

  it('is out also where the store has forgotten it', async () => {
    const { refreshToken } = await world.refresh(world.signIn())
    await Promise.all([...world.store.entries.keys()].map((key) => world.store.delete(key)))
    expect(await signOut(refreshToken)).toBe('204')
    expect((await world.refresh(refreshToken)).outcome).toBe('401 credential_revoked')
    expect(world.revoked).toHaveLength(1)
  })

  it('may say so twice, and with a token that is good for nothing', async () => {
    const { refreshToken } = await world.refresh(world.signIn())
    expect([await signOut(refreshToken), await signOut(refreshToken), await signOut('dualauth.1.junk')]).toEqual([
      '204',
      '204',
      '204',
    ])
    expect(world.revoked).toHaveLength(1)
  })

  it('stays in where nobody could be told, and tries again', async () => {
    const { refreshToken, accessToken } = await world.refresh(world.signIn())
    world.feed.isDown = true
    expect(await signOut(refreshToken)).toBe('503 store_unavailable')
    world.feed.isDown = false
    expect(await signOut(refreshToken)).toBe('204')
    expect(await world.use(accessToken)).toBe('401 credential_revoked')
  })

  it('takes along the browser that is signed in at the same session of the provider, until it signs in again', async () => {
    const { provider, clock } = world
    const sid = 'sid-1'
    const accessToken = provider.accessToken({ sub: 'ada', sid })
    const first = world.instance({
      provider: {
        id: 'a provider that goes on',
        async refresh() {
          const [refreshToken, organization] = [null, null]
          return { outcome: 'granted', accessToken, refreshToken, expiresInSeconds: 300, organization }
        },
        async revoke() {},
      },
    })
    const phone = await world.refresh('given at the sign-in', first)
    const use = async (cookie: string) => {
      const result = await first.auth.authenticate({ method: 'GET', headers: { cookie } })
      return result.ok ? '200' : result.error.code
    }
    const before = await world.cookie('ada', sid)
    expect([await use(before), await world.use(accessToken, first)]).toEqual(['200', '200 ada'])
    clock.offset = 1_000
    expect(await signOut(phone.refreshToken, { instance: first })).toBe('204')
    clock.offset = 2_000
    expect([await use(before), await use(await world.cookie('ada', sid)), await world.use(accessToken, first)]).toEqual(
      ['credential_revoked', '200', '401 credential_revoked'],
    )
  })

  it('leaves the other sign-ins of the person alone', async () => {
    const [phone, tablet] = [await world.refresh(world.signIn()), await world.refresh(world.signIn())]
    await signOut(phone.refreshToken)
    expect((await world.refresh(tablet.refreshToken)).outcome).toBe('200')
  })

  it('is out with its access token alone, such as one that an exchange gave', async () => {
    const accessToken = String(world.provider.signIn({ subject: 'ada' }).answer.access_token)
    const headers = { authorization: `Bearer ${accessToken}` }
    for (const init of [{ body: '{}', headers }, { headers }])
      expect((await ask(world.first.site, init, `${ORIGIN}/auth/sign-out`)).outcome).toBe('204')
    expect(await world.use(accessToken)).toBe('401 credential_revoked')
  })

  it('ends the access token beside the cookie of a browser as well', async () => {
    const accessToken = String(world.provider.signIn({ subject: 'ada' }).answer.access_token)
    const cookie = await world.cookie('ada')
    const headers = { cookie, authorization: `Bearer ${accessToken}`, origin: ORIGIN }
    expect((await ask(world.first.site, { headers }, `${ORIGIN}/auth/sign-out`)).status).toBe(303)
    expect(await world.use(accessToken)).toBe('401 credential_revoked')
  })

  it('is no browser: that one signs out with whatever its application sends along as JSON', async () => {
    const headers = { cookie: await world.cookie('ada'), origin: ORIGIN }
    const init = { body: JSON.stringify({ csrf: 'x' }), headers }
    expect((await ask(world.first.site, init, `${ORIGIN}/auth/sign-out`)).status).toBe(303)
  })

  it('never signs a browser out from another site', async () => {
    const cookie = await world.cookie('ada')
    const headers = { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const init = { body: new URLSearchParams({ csrf: 'x' }), headers }
    expect((await ask(world.first.site, init, `${ORIGIN}/auth/sign-out`)).outcome).toBe('403 origin_untrusted')
  })
})

describe('a phone that gives its token back to refreshEndpoint alone', () => {
  const give = (body: object | URLSearchParams, headers: Record<string, string> = {}) =>
    ask(world.first.handle, { body: body instanceof URLSearchParams ? body : JSON.stringify(body), headers })

  it('is out, as by the sign-out of a whole site', async () => {
    const { refreshToken, accessToken } = await world.refresh(world.signIn())
    const reply = await give({ token: refreshToken }, { authorization: `Bearer ${accessToken}` })
    expect([reply.outcome, reply.text, reply.headers.get('cache-control')]).toEqual(['200', '', 'private, no-store'])
    expect((await world.refresh(refreshToken)).outcome).toBe('401 credential_revoked')
    expect(await world.use(accessToken)).toBe('401 credential_revoked')
    expect(world.revoked).toHaveLength(1)
    expect((await give({ token: refreshToken })).outcome).toBe('200')
  })

  it('is out with a client of OAuth, for which the endpoint is the one of revocation', async () => {
    const { refreshToken } = await world.refresh(world.signIn())
    const { handle } = world.first
    const endpoint = `${ORIGIN}/auth/refresh`
    const response = await oauth.revocationRequest(
      { issuer: ORIGIN, revocation_endpoint: endpoint },
      { client_id: 'things-phone' },
      oauth.None(),
      refreshToken,
      {
        additionalParameters: { token_type_hint: 'refresh_token' },
        [oauth.customFetch]: (url, { method, headers, body }) =>
          handle(new Request(url, { method, headers, body: body ?? null })),
      },
    )
    await oauth.processRevocationResponse(response)
    expect((await world.refresh(refreshToken)).outcome).toBe('401 credential_revoked')
  })

  it('ends an access token that it gives back, and says so where other instances could not be told', async () => {
    const { refreshToken, accessToken } = await world.refresh(world.signIn())
    const form = new URLSearchParams({ token: accessToken, token_type_hint: 'access_token' })
    world.feed.isDown = true
    expect((await give(form)).outcome).toBe('503 store_unavailable')
    expect((await give({ token: refreshToken })).outcome).toBe('503 store_unavailable')
    world.feed.isDown = false
    expect((await give(form)).outcome).toBe('200')
    expect(await world.use(accessToken)).toBe('401 credential_revoked')
  })

  it.each<[string, object | URLSearchParams]>([
    ['two wishes at once', { token: 'x', refresh_token: 'x' }],
    ['no token', { token: '' }],
    ['a form without one', new URLSearchParams({ token: '' })],
    [
      'a token twice',
      new URLSearchParams([
        ['token', 'x'],
        ['token', 'y'],
      ]),
    ],
    ['a kind of token that there is not', { token: 'x', token_type_hint: 'id_token' }],
  ])('is told of a mistake: %s', async (_name, body) => {
    expect((await give(body)).outcome).toBe('400 request_invalid')
    expect(world.revoked).toEqual([])
  })
})

describe('a phone that never refreshed here', () => {
  const signedIn = () => {
    const { answer } = world.provider.signIn({ subject: 'ada' })
    return { refreshToken: String(answer.refresh_token), accessToken: String(answer.access_token) }
  }
  /** An instance whose provider revokes as this says. */
  const instanceWith = (revoke: TokenProvider['revoke']): Instance => {
    const { issuer, client } = world.provider
    const tokens = oidcTokens({ issuer, clientId: client.id, clientSecret: client.secret, timeoutMs: 2_000 })
    return world.instance({ provider: { ...tokens, revoke } })
  }

  it.each([
    ['is away', () => Promise.reject(new Error('provider: connection refused'))],
    [
      'throws',
      () => {
        throw new Error('a mistake')
      },
    ],
  ])(
    'is told to try again where the provider %s, and nothing is kept of what anybody may have made up',
    async (_name, revoke) => {
      const instance = instanceWith(revoke)
      expect(await signOut(signedIn().refreshToken, { instance })).toBe('503 verifier_unavailable')
      expect(world.store.entries.size).toBe(0)
    },
  )

  it.each([
    ['is away', () => Promise.reject(new Error('provider: connection refused'))],
    ['revokes nothing', () => Promise.resolve()],
  ])('is out at every instance by its access token, although the provider %s', async (_name, revoke) => {
    const { refreshToken, accessToken } = signedIn()
    expect(await signOut(refreshToken, { accessToken, instance: instanceWith(revoke) })).toBe('204')
    expect((await world.refresh(refreshToken)).outcome).toBe('401 credential_revoked')
    expect(await world.use(accessToken)).toBe('401 credential_revoked')
  })

  it('is told that nothing ended where the provider has no way to, and is out with its access token beside', async () => {
    const instance = instanceWith(() => Promise.resolve('unsupported'))
    const { refreshToken, accessToken } = signedIn()
    const init = { body: JSON.stringify({ refresh_token: refreshToken }) }
    const alone = await ask(instance.site, init, `${ORIGIN}/auth/sign-out`)
    expect([alone.outcome, alone.json['reason']]).toEqual(['400 request_invalid', 'not_revocable'])
    expect(world.store.entries.size).toBe(0)
    expect(await signOut(refreshToken, { accessToken, instance })).toBe('204')
    expect((await world.refresh(refreshToken, instance)).outcome).toBe('401 credential_revoked')
    const known = await world.refresh(signedIn().refreshToken, instance)
    expect(await signOut(known.refreshToken, { instance })).toBe('204')
    const told = world.events.filter((event) => event.type === 'endpoint_failed' && event.reason === 'not_revocable')
    expect(told).toHaveLength(1)
  })

  it('finds no way at a provider without a revocation_endpoint, nor at WorkOS without a session', async () => {
    const { issuer, client } = world.provider
    const fetchWithout: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (!String(input instanceof Request ? input.url : input).includes('/.well-known/')) return response
      const { revocation_endpoint: _, ...metadata } = (await response.json()) as Record<string, unknown>
      return Response.json(metadata)
    }
    const given = { refreshToken: signedIn().refreshToken, sessionId: null }
    const oidc = oidcTokens({ issuer, clientId: client.id, clientSecret: client.secret, fetch: fetchWithout })
    expect(await oidc.revoke(given)).toBe('unsupported')
    expect((await oidc.refresh({ ...given, organization: null, isProved: true })).outcome).toBe('granted')
    expect(await workosTokens({ clientId: 'client_01', apiKey: 'sk_test_1' }).revoke(given)).toBe('unsupported')
  })

  it.each<[string, () => null]>([
    [
      'are away',
      () => {
        throw new Error('accounts: connection refused')
      },
    ],
    ['do not know the person', () => null],
  ])('has its access token ended while the accounts %s', async (_name, down) => {
    const { refreshToken, accessToken } = signedIn()
    const { find } = world.accounts
    world.accounts.find = down
    expect(await signOut(refreshToken, { accessToken })).toBe('204')
    world.accounts.find = find
    expect(await world.use(accessToken)).toBe('401 credential_revoked')
  })
})
