import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAuthError, type AuthRequest } from '../../../src/index.js'
import { OK, over } from '../../support/oidc-refreshing.js'
import { browser, createOidcWorld, valueOf, type OidcWorld } from '../../support/oidc-sessions.js'
import { outcome } from '../../support/outcome.js'
import { COOKIE_PASSWORD } from '../../support/seals.js'

let world: OidcWorld
beforeEach(async () => {
  world = await createOidcWorld()
})
afterEach(() => world.close())

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
    const sent = await over(world, app)
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
    expect(await outcome(app.auth, await over(world, app))).toBe(OK)
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
    expect(await outcome(app.auth, await over(world, app))).toBe('503 verifier_unavailable')
    const event = app.events.find(({ type }) => type === 'session_refreshed')
    expect(event).toMatchObject({ outcome: 'unavailable' })
  })

  it('may be given, and then no metadata is asked for it', async () => {
    const { origin } = world.provider
    const app = world.instance({
      oidc: { keySetUrl: `${origin}/jwks` },
      refresh: { tokenEndpoint: `${origin}/token` },
    })
    expect(await outcome(app.auth, await over(world, app))).toBe(OK)
    expect(world.provider.discovery.calls).toBe(0)
  })

  it('is shown the client in the form where that is its way', async () => {
    const app = world.instance({ refresh: { client: { ...world.provider.client, method: 'client_secret_post' } } })
    expect(await outcome(app.auth, await over(world, app))).toBe(OK)
  })

  it('is asked with the fetch of the verifier', async () => {
    const asked: string[] = []
    const fetch = (url: string, init: RequestInit) => {
      asked.push(`${init.method ?? 'GET'} ${new URL(url).pathname}`)
      return globalThis.fetch(url, init)
    }
    const app = world.instance({ oidc: { keySetOptions: { fetch } } })
    expect(await outcome(app.auth, await over(world, app))).toBe(OK)
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

describe('ready()', () => {
  it('fetches where the token endpoint is, and fails where a key of the client does not fit', async () => {
    const app = world.instance()
    await app.whole.ready()
    world.provider.discovery.mode = 'status-500'
    expect(await outcome(app.auth, await over(world, app))).toBe(OK)
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    // At construction where the platform can tell.
    const start = async () =>
      world.instance({ refresh: { client: { id: 'a', key, algorithm: 'ES384' } } }).whole.ready()
    world.provider.discovery.mode = 'ok'
    await expect(start()).rejects.toThrow('oidcRefresh.client.key')
  })
})
