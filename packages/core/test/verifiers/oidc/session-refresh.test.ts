import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startOidcProvider, type TokenControl } from '@dualauth/testing'
import { unwritten } from '../../../src/http/set-cookie.js'
import { isAuthError, type AuthRequest, type AuthResult, type RefreshStore } from '../../../src/index.js'
import { seconds } from '../../support/clock.js'
import {
  browser,
  createOidcWorld,
  NAME,
  valueOf,
  type OidcInstance,
  type OidcWorld,
} from '../../support/oidc-sessions.js'
import { outcome } from '../../support/outcome.js'
import { COOKIE_PASSWORD, OLD_COOKIE_PASSWORD } from '../../support/seals.js'

let world: OidcWorld
beforeEach(async () => {
  world = await createOidcWorld()
})
afterEach(() => world.close())

const OK = '200 user-7 by idp'
const LOGGED_OUT = [`${NAME}=; Path=/; Max-Age=0`]
const written = (result: AuthResult) => result.cookies.map(({ field }) => field)

/** A session whose access token, of 300 seconds, ended a second ago. */
async function over({ begin }: OidcInstance, ...more: Parameters<OidcInstance['begin']>): Promise<AuthRequest> {
  const sent = await begin(...more)
  world.clock.advance(301_000)
  return sent
}

function sharedStore(): RefreshStore & { readonly values: Map<string, string> } {
  const values = new Map<string, string>()
  return {
    values,
    add: async (key, value) => !values.has(key) && (values.set(key, value), true),
    get: async (key) => values.get(key) ?? null,
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  }
}

const TRANSIENT: readonly (readonly [string, TokenControl['mode']])[] = [
  ['500', 'status-500'],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '7' } }],
  ['408', { status: 408 }],
  ['redirect', 'redirect'],
  ['hang', 'hang'],
  ['drip', 'drip'],
  ['reset', 'reset'],
  ['oversized', 'oversized'],
  ['html', 'html'],
  ['no JSON', 'bad-json'],
  ['gateway page', { status: 403, body: 'no object' }],
  ['wrong client secret', { status: 401, body: { error: 'invalid_client' } }],
  ['unauthorized client', { status: 400, body: { error: 'unauthorized_client' } }],
  ['answer without a token', { status: 200, body: { refresh_token: 'r' } }],
  ['answer that is a list', { status: 200, body: [] }],
]
const TERMINAL: readonly (readonly [string, TokenControl['mode']])[] = [
  ['400 invalid_grant', { status: 400, body: { error: 'invalid_grant' } }],
  ['403 invalid_grant', { status: 403, body: { error: 'invalid_grant' } }],
  ['400 interaction_required', { status: 400, body: { error: 'interaction_required' } }],
]

describe('a session whose access token is over', () => {
  it('is confirmed by the provider on the way, and the new cookie goes out', async () => {
    const app = world.instance()
    const sent = await over(app)
    const result = await app.auth.authenticate(sent)
    expect(result).toMatchObject({
      ok: true,
      principal: { id: 'user-7', issuedAt: seconds(), expiresAt: seconds(604_800) },
    })
    const next = browser(result.cookies, sent)
    expect(valueOf(next)).not.toBe(valueOf(sent))
    expect(await outcome(app.auth, next)).toBe(OK)
    expect(world.provider.token.calls).toBe(1)
    expect(app.events).toContainEqual(expect.objectContaining({ type: 'session_refreshed', outcome: 'renewed' }))
  })

  it('is not confirmed for a request that another site made the browser send', async () => {
    const app = world.instance()
    const sent = await over(app)
    const headers = sent.headers as Readonly<Record<string, string>>
    const result = await app.auth.authenticate({
      method: 'POST',
      headers: { ...headers, origin: 'https://evil.example' },
    })
    expect(result).toMatchObject({ ok: false, error: { code: 'credential_expired' }, cookies: [] })
    expect(world.provider.token.calls).toBe(0)
    expect(await outcome(app.auth, sent)).toBe(OK)
  })

  it('is confirmed again and again, each time with the token that came last', async () => {
    const app = world.instance()
    let sent = await app.begin()
    for (let times = 1; times <= 4; times++) {
      world.clock.advance(301_000)
      const result = await app.auth.authenticate(sent)
      expect(result.ok).toBe(true)
      sent = browser(result.cookies, sent)
      expect(world.provider.token.calls).toBe(times)
    }
  })

  it('gets the roles that the provider states now, and keeps what it does not repeat', async () => {
    const app = world.instance()
    const sent = await over(app, { claims: { sid: 'sid-1', roles: ['admin'] } })
    world.provider.token.claims = { roles: [], sid: undefined, auth_time: undefined }
    expect(await app.auth.authenticate(sent)).toMatchObject({
      principal: { roles: [], sessionId: 'sid-1', claims: { auth_time: seconds() } },
    })
  })

  it('goes on with the claims that it had where a refresh brings no id token', async () => {
    const app = world.instance()
    const sent = await over(app, { claims: { roles: ['admin'] } })
    world.provider.token.claims = null
    expect(await app.auth.authenticate(sent)).toMatchObject({ ok: true, principal: { roles: ['admin'] } })
  })

  it('goes on with the refresh token that it had where the provider does not rotate it', async () => {
    world.provider.token.rotates = false
    world.provider.token.fields = { refresh_token: undefined }
    const app = world.instance()
    let sent = await over(app)
    for (const calls of [1, 2]) {
      const result = await app.auth.authenticate(sent)
      expect(result.ok).toBe(true)
      expect(world.provider.token.calls).toBe(calls)
      sent = browser(result.cookies, sent)
      world.clock.advance(301_000)
    }
  })

  it('is asked about no more often than its answers are kept, however short the tokens live', async () => {
    world.provider.token.rotates = false
    world.provider.token.expiresInSeconds = 1
    const app = world.instance()
    let sent = await app.begin()
    world.clock.advance(61_000)
    for (let times = 0; times < 60; times++) {
      const result = await app.auth.authenticate(sent)
      expect(result.ok).toBe(true)
      sent = browser(result.cookies, sent)
      world.clock.advance(1_000)
    }
    expect(world.provider.token.calls).toBeLessThanOrEqual(2)
  })

  it('is not refreshed where no cookie can be written', async () => {
    const app = world.instance()
    expect(await outcome(app.whole, await over(app))).toBe('401 credential_expired')
    expect(world.provider.token.calls).toBe(0)
  })

  it.each(TRANSIENT)('cannot be judged during an outage, and nobody is logged out: %s', async (_what, trouble) => {
    const app = world.instance({ refresh: { timeoutMs: 500 } })
    const sent = await over(app)
    // The metadata is known by then.
    await app.whole.ready()
    world.provider.token.mode = trouble
    const result = await app.auth.authenticate(sent)
    const retryAfterSeconds = typeof trouble === 'object' && trouble.headers !== undefined ? 7 : 5
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable', retryAfterSeconds }, cookies: [] })
    world.provider.token.mode = 'ok'
    expect(await outcome(app.auth, sent)).toBe(OK)
  })

  it.each(TERMINAL)('has ended when the provider says so: %s', async (_what, trouble) => {
    const app = world.instance()
    const sent = await over(app)
    world.provider.token.mode = trouble
    for (let times = 0; times < 2; times++) expect(await outcome(app.auth, sent)).toBe('401 credential_revoked')
    expect(world.provider.token.calls).toBe(1)
  })

  it('has ended when its session at the provider has', async () => {
    const app = world.instance()
    const sent = await over(app, { claims: { sid: 'sid-1' } })
    world.provider.endSession('sid-1')
    expect(await outcome(app.auth, sent)).toBe('401 credential_revoked')
  })

  it('that somebody else holds as well ends for both, as the provider sees a token twice', async () => {
    const [a, b] = [world.instance(), world.instance()]
    const sent = await over(a)
    const stolen = await b.auth.authenticate(sent)
    expect(stolen.ok).toBe(true)
    expect(await outcome(a.auth, sent)).toBe('401 credential_revoked')
    world.clock.advance(301_000)
    expect(await outcome(b.auth, browser(stolen.cookies, sent))).toBe('401 credential_revoked')
  })
})

describe('a session whose access token is about to end', () => {
  it.each([...TRANSIENT, ...TERMINAL])('goes on meanwhile: %s', async (_what, trouble) => {
    const app = world.instance({ refresh: { timeoutMs: 500 } })
    const sent = await app.begin()
    world.clock.advance(280_000)
    world.provider.token.mode = trouble
    expect(await outcome(app.auth, sent)).toBe(OK)
  })

  it('is confirmed ahead, and not before', async () => {
    const app = world.instance()
    const sent = await app.begin()
    world.clock.advance(269_000)
    expect((await app.auth.authenticate(sent)).cookies).toEqual([])
    world.clock.advance(1_000)
    expect((await app.auth.authenticate(sent)).cookies).toHaveLength(1)
    expect(world.provider.token.calls).toBe(1)
  })
})

describe('a later id token that proves nothing', () => {
  const answers: readonly (readonly [string, () => void | Promise<void>])[] = [
    ['of another subject', () => lay({ sub: 'user-8' })],
    ['of another issuer', () => lay({ iss: 'https://id.example' })],
    ['for another client', () => lay({ aud: 'another' })],
    ['for another party', () => lay({ azp: 'another' })],
    ['for several, of no party', () => lay({ aud: [world.provider.client.id, 'another'] })],
    ['that is over', () => lay({ iat: seconds(-600), exp: seconds(-300) })],
    ['of the future', () => lay({ iat: seconds(3_600), exp: seconds(7_200) })],
    ['that is an access token', () => body({ id_token: world.provider.accessToken({ sub: 'user-7' }) })],
    ['that is no JWT', () => body({ id_token: 'opaque' })],
    [
      'of a stranger’s key',
      async () => {
        const stranger = await startOidcProvider({ now: world.clock.now, algorithm: 'ES256' })
        const claims = { iss: world.provider.issuer, aud: world.provider.client.id, sub: 'user-7' }
        body({ id_token: stranger.idToken(claims) })
        await stranger.close()
      },
    ],
  ]
  const lay = (claims: TokenControl['claims']) => void (world.provider.token.claims = claims)
  const body = (fields: TokenControl['fields']) => void (world.provider.token.fields = fields)
  const recover = () => {
    lay({})
    body({})
  }

  it.each(answers)('ends nothing, and loses no refresh token: %s', async (_what, answer) => {
    const app = world.instance()
    const sent = await over(app)
    await answer()
    const result = await app.auth.authenticate(sent)
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable' } })
    recover()
    const next = browser(result.cookies, sent)
    expect(valueOf(next)).not.toBe(valueOf(sent))
    expect(await outcome(app.auth, next)).toBe(OK)
  })

  it.each(answers)('leaves the session good while its access token would be: %s', async (_what, answer) => {
    const app = world.instance()
    const sent = await app.begin()
    world.clock.advance(280_000)
    await answer()
    const result = await app.auth.authenticate(sent)
    expect(result).toMatchObject({ ok: true, principal: { id: 'user-7' } })
    recover()
    world.clock.advance(60_000)
    expect(await outcome(app.auth, browser(result.cookies, sent))).toBe(OK)
  })

  it('because the key set is down ends nothing either', async () => {
    const app = world.instance({ oidc: { keySetOptions: { timeoutMs: 200 } } })
    const sent = await over(app)
    world.provider.keySet.mode = 'status-500'
    const result = await app.auth.authenticate(sent)
    expect(result).toMatchObject({ ok: false, error: { code: 'verifier_unavailable' } })
    world.provider.keySet.mode = 'ok'
    world.clock.advance(60_000)
    expect(await outcome(app.auth, browser(result.cookies, sent))).toBe(OK)
  })

  it('is not content for a guard that asks for a fresh one', async () => {
    const app = world.instance()
    const sent = await app.begin()
    lay({ sub: 'user-8' })
    expect(await app.auth.authenticate(sent, { fresh: true })).toMatchObject({
      error: { code: 'verifier_unavailable' },
    })
  })

  it('may name a clock that is a little ahead', async () => {
    const app = world.instance()
    const sent = await over(app)
    lay({ iat: seconds(304), exp: seconds(604) })
    expect(await outcome(app.auth, sent)).toBe(OK)
  })
})

describe('a guard that asks for a fresh session', () => {
  it('gets one that the provider has just confirmed, each time', async () => {
    const app = world.instance()
    let sent = await app.begin()
    for (const calls of [1, 2]) {
      const result = await app.auth.authenticate(sent, { fresh: true })
      expect(result.ok).toBe(true)
      expect(world.provider.token.calls).toBe(calls)
      sent = browser(result.cookies, sent)
    }
    world.provider.token.mode = { status: 400, body: { error: 'invalid_grant' } }
    expect(await app.auth.authenticate(sent, { fresh: true })).toMatchObject({ error: { code: 'credential_revoked' } })
  })
})

describe('many requests with one cookie', () => {
  it('at the same time are one refresh, and get the same new cookie', async () => {
    const app = world.instance()
    const sent = await over(app)
    const results = await Promise.all(Array.from({ length: 100 }, () => app.auth.authenticate(sent)))
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(new Set(results.flatMap(written)).size).toBe(1)
    expect(world.provider.token.calls).toBe(1)
  })

  it('of two instances over one store are one refresh', async () => {
    const store = sharedStore()
    const [a, b] = [world.instance({ refresh: { store } }), world.instance({ refresh: { store } })]
    const sent = await over(a)
    world.provider.token.latencyMs = 20
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? a : b).auth.authenticate(sent)),
    )
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(new Set(results.flatMap(written)).size).toBe(1)
    expect(world.provider.token.calls).toBe(1)
    expect([...store.values]).toEqual([
      [expect.stringMatching(/^dualauth:oidc:[\w-]{43}$/), expect.stringMatching(/^\d+ Fe26\.2\*/)],
    ])
  })

  it('that are over are 503 while the store is down, and nothing is spent', async () => {
    const down = () => Promise.reject(new Error('ECONNREFUSED'))
    const app = world.instance({ refresh: { store: { add: down, get: down, set: down, delete: down } } })
    const sent = await over(app)
    const both = await Promise.all([outcome(app.auth, sent), outcome(app.auth, sent)])
    expect(both).toEqual(['503 verifier_unavailable', '503 verifier_unavailable'])
    expect(world.provider.token.calls).toBe(0)
    expect(app.events).toContainEqual(expect.objectContaining({ type: 'unavailable', source: 'idp refresh store' }))
  })
})

describe('a logout during a refresh', () => {
  it('is not undone by a response that is still on its way, or by a late request', async () => {
    const app = world.instance()
    const sent = await over(app)
    const [logout, other] = await Promise.all([app.auth.authenticate(sent), app.auth.authenticate(sent)])
    unwritten(logout.cookies, LOGGED_OUT)
    expect(unwritten(other.cookies, [])).toEqual([])
    expect(await outcome(app.auth, sent)).toBe('401 credential_revoked')
  })

  it('by endSession holds for the other instances, too', async () => {
    const refresh = { store: sharedStore() }
    const [a, b] = [world.instance({ refresh }), world.instance({ refresh })]
    const sent = await over(a)
    await a.whole.endSession(sent)
    for (const { auth } of [a, b]) expect(await outcome(auth, sent)).toBe('401 credential_revoked')
    expect(world.provider.token.calls).toBe(0)
  })
})

describe('the provider being down', () => {
  it('is not waited for by every request', async () => {
    const app = world.instance()
    world.provider.token.mode = 'status-500'
    const sent = await Promise.all(Array.from({ length: 8 }, () => app.begin()))
    world.clock.advance(301_000)
    for (const each of sent) await app.auth.authenticate(each)
    expect(world.provider.token.calls).toBe(5)
    world.provider.token.mode = 'ok'
    const [first] = sent as [AuthRequest]
    expect(await app.auth.authenticate(first)).toMatchObject({ error: { retryAfterSeconds: 10 } })
    world.clock.advance(10_000)
    expect(await outcome(app.auth, first)).toBe(OK)
  })

  it('before its token endpoint is known logs nobody out', async () => {
    const app = world.instance()
    const sent = await over(app)
    world.provider.discovery.mode = 'status-500'
    expect(await outcome(app.auth, sent)).toBe('503 verifier_unavailable')
    world.provider.discovery.mode = 'ok'
    world.clock.advance(1_000)
    expect(await outcome(app.auth, sent)).toBe(OK)
  })

  it('after that matters no more for its metadata', async () => {
    const app = world.instance()
    await app.whole.ready()
    world.provider.discovery.mode = 'status-500'
    world.clock.advance(2 * 3_600_000)
    expect(await outcome(app.auth, await over(app))).toBe(OK)
  })
})

describe('the token endpoint', () => {
  it.each([
    ['in clear', 'http://id.example/token'],
    ['on this machine’s link', 'http://169.254.169.254/token'],
    ['nowhere', undefined],
    ['of a wrong kind', 7],
  ])('that the metadata names %s is not asked', async (_what, endpoint) => {
    const app = world.instance()
    world.provider.discovery.fields = { token_endpoint: endpoint }
    expect(await outcome(app.auth, await over(app))).toBe('503 verifier_unavailable')
    const event = app.events.find(({ type }) => type === 'session_refreshed')
    expect(event).toMatchObject({ outcome: 'unavailable' })
  })

  it('may be given, and then no metadata is asked for it', async () => {
    const { origin } = world.provider
    const app = world.instance({
      oidc: { keySetUrl: `${origin}/jwks` },
      refresh: { tokenEndpoint: `${origin}/token` },
    })
    expect(await outcome(app.auth, await over(app))).toBe(OK)
    expect(world.provider.discovery.calls).toBe(0)
  })

  it('is shown the client in the form where that is its way', async () => {
    const app = world.instance({ refresh: { client: { ...world.provider.client, method: 'client_secret_post' } } })
    expect(await outcome(app.auth, await over(app))).toBe(OK)
  })

  it('is asked with the fetch of the verifier', async () => {
    const asked: string[] = []
    const fetch = (url: string, init: RequestInit) => {
      asked.push(`${init.method ?? 'GET'} ${new URL(url).pathname}`)
      return globalThis.fetch(url, init)
    }
    const app = world.instance({ oidc: { keySetOptions: { fetch } } })
    expect(await outcome(app.auth, await over(app))).toBe(OK)
    expect(asked).toContain('POST /token')
  })
})

describe('what goes into events and errors', () => {
  it('is no token, secret or claim', async () => {
    const app = world.instance()
    const { claims, answer } = world.provider.signIn({ subject: 'user-7', claims: { email: 'a@example.com' } })
    const sent = browser(
      await app.session.begin({ verifier: 'idp', claims, answer: { ...answer }, now: world.clock.now() }),
    )
    world.clock.advance(301_000)
    const texts: string[] = []
    for (const mode of ['reset', 'status-500', { status: 401, body: { error: 'invalid_client' } }] as const) {
      world.provider.token.mode = mode
      const result = await app.auth.authenticate(sent)
      if (!result.ok && isAuthError(result.error)) texts.push(result.error.message)
    }
    for (const event of app.events)
      texts.push(JSON.stringify(event), 'cause' in event ? String((event.cause as Error | null)?.stack) : '')
    for (const secret of [
      answer.refresh_token as string,
      world.provider.client.secret,
      valueOf(sent),
      'a@example.com',
      COOKIE_PASSWORD,
    ])
      expect(texts.join('\n')).not.toContain(secret)
  })
})

describe('another instance', () => {
  it('that seals with a password unknown here is an outage, and no logout', async () => {
    const store = sharedStore()
    const ahead = world.instance({
      refresh: { store },
      session: { cookiePasswords: [OLD_COOKIE_PASSWORD, COOKIE_PASSWORD] },
    })
    const behind = world.instance({ refresh: { store } })
    const sent = await over(behind)
    expect(await outcome(ahead.auth, sent)).toBe(OK)
    expect(await outcome(behind.auth, sent)).toBe('503 verifier_unavailable')
  })
})

describe('ready()', () => {
  it('fetches where the token endpoint is, and fails where a key of the client does not fit', async () => {
    const app = world.instance()
    await app.whole.ready()
    world.provider.discovery.mode = 'status-500'
    expect(await outcome(app.auth, await over(app))).toBe(OK)
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    // At construction where the platform can tell.
    const start = async () =>
      world.instance({ refresh: { client: { id: 'a', key, algorithm: 'ES384' } } }).whole.ready()
    world.provider.discovery.mode = 'ok'
    await expect(start()).rejects.toThrow('oidcRefresh.client.key')
  })
})
