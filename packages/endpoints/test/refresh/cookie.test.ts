import { afterEach, describe, expect, it } from 'vitest'
import { refreshEndpoint } from '../../src/index.js'
import { ask, createWorld, ORIGIN, type World } from './world.js'

let world: World | null = null
afterEach(async () => {
  await world?.close()
  world = null
})
const open = async (): Promise<World> => (world = await createWorld())
const from = (cookie: string, more: Record<string, string> = { origin: ORIGIN }): RequestInit => ({
  headers: { cookie, ...more },
})

describe('without a token in the body', () => {
  it('a session that is due is refreshed, and no token is in the answer', async () => {
    const { cookie, first, clock, provider } = await open()
    const sent = await cookie('ada')
    const early = await ask(first.handle, from(sent))
    expect([early.outcome, early.headers.getSetCookie()]).toEqual(['200', []])
    clock.offset = 280_000
    const due = await ask(first.handle, from(sent))
    expect(Object.keys(due.json)).toEqual(['id', 'organization', 'roles', 'permissions', 'verifier', 'expiresAt'])
    expect(due.json).toMatchObject({ id: 'ada', verifier: 'workforce' })
    expect(due.headers.getSetCookie()).toEqual([expect.stringMatching(/^session=Fe26\.2\*.*; HttpOnly/)])
    expect(due.headers.get('cache-control')).toBe('private, no-store')
    expect(provider.token.calls).toBe(1)
  })

  it.each<[string, RequestInit]>([
    ['no body', {}],
    ['an empty object', { body: '{}' }],
    ['an empty form', { body: new URLSearchParams() }],
  ])('%s means the cookie', async (_name, init) => {
    const { cookie, first } = await open()
    expect((await ask(first.handle, { ...from(await cookie('ada')), ...init })).json['id']).toBe('ada')
  })

  it('100 tabs with one session that is due refresh it once', async () => {
    const { cookie, first, clock, provider } = await open()
    const sent = await cookie('ada')
    clock.offset = 280_000
    const replies = await Promise.all(Array.from({ length: 100 }, () => ask(first.handle, from(sent))))
    expect(new Set(replies.map(({ outcome }) => outcome))).toEqual(new Set(['200']))
    expect(new Set(replies.flatMap(({ headers }) => headers.getSetCookie())).size).toBe(1)
    expect(provider.token.calls).toBe(1)
  })

  it.each([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['nobody knows where', {}],
  ])('a request from %s renews nothing', async (_name, headers) => {
    const { cookie, first, clock, provider } = await open()
    const sent = await cookie('ada')
    clock.offset = 280_000
    const reply = await ask(first.handle, from(sent, headers))
    expect([reply.outcome, reply.headers.getSetCookie()]).toEqual(['403 origin_untrusted', []])
    expect(provider.token.calls).toBe(0)
  })

  it('an outage of the provider signs nobody out', async () => {
    const { cookie, first, clock, provider } = await open()
    const sent = await cookie('ada')
    provider.token.mode = { status: 503, body: '' }
    clock.offset = 280_000
    expect((await ask(first.handle, from(sent))).outcome).toBe('200')
    clock.offset = 310_000
    expect((await ask(first.handle, from(sent))).outcome).toBe('503 verifier_unavailable')
  })

  it('nobody is refused as by any guard, and a look at the options of it is free', async () => {
    const { first } = await open()
    const nobody = await ask(first.handle, { headers: { origin: ORIGIN } })
    expect([nobody.outcome, nobody.headers.get('www-authenticate')]).toEqual([
      '401 credential_missing',
      expect.stringContaining('Bearer'),
    ])
    const options = await ask(first.handle, { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, OPTIONS'])
  })
})

describe('where tokens in bodies are not switched on', () => {
  it('one is refused, the provider is not asked, and the cookie does not answer for it', async () => {
    const { cookie, first, signIn, provider } = await open()
    const handle = refreshEndpoint({ auth: first.auth })
    const body = JSON.stringify({ refresh_token: signIn() })
    const reply = await ask(handle, { ...from(await cookie('ada')), body })
    expect(reply.outcome).toBe('400 request_invalid')
    expect(reply.json['detail']).toContain('not accepted')
    expect(provider.token.calls).toBe(0)
    expect((await ask(handle, from(await cookie('ada')))).json['id']).toBe('ada')
  })
})

it.each<[string, object]>([
  ['refreshEndpoint.auth', { auth: {} }],
  ['refreshEndpoint.maxBodyBytes', { maxBodyBytes: 1 }],
  ['refreshEndpoint.bodyTokens', { bodyTokens: true }],
  ['refreshEndpoint.bodyTokens.provider', { bodyTokens: { secrets: ['x'.repeat(32)], provider: {} } }],
  ['refreshEndpoint.bodyTokens.provider', { bodyTokens: { provider: { refresh: () => {}, revoke: () => {} } } }],
  ['refreshEndpoint.bodyTokens.secrets[0]', { bodyTokens: { secrets: ['short'] } }],
  ['refreshEndpoint.bodyTokens.graceSeconds', { bodyTokens: { graceSeconds: 3_600 } }],
  ['refreshEndpoint.bodyTokens.store', { bodyTokens: { store: new Map() } }],
  ['refreshEndpoint', { tokens: true }],
])('names a wrong option: %s', async (path, options) => {
  const { first } = await open()
  const bodyTokens = { provider: { id: 'a provider', refresh: () => {}, revoke: () => {} }, secrets: ['x'.repeat(32)] }
  const given =
    'bodyTokens' in options && typeof options.bodyTokens === 'object'
      ? { bodyTokens: { ...bodyTokens, ...options.bodyTokens } }
      : options
  const construct = (): unknown => refreshEndpoint({ auth: first.auth, ...given } as never)
  expect(construct).toThrow(expect.objectContaining({ code: 'configuration_invalid' }))
  expect(construct).toThrow(new RegExp(`^${path.replace(/[.[\]]/g, '\\$&')}[:. ]`))
})
