import type { Account } from '@dualauth/core'
import { afterEach, describe, expect, it } from 'vitest'
import { oidcTokens, workosTokens, type BodyTokensOptions } from '../../src/index.js'
import { ask, createWorld, type World } from './world.js'

let world: World | null = null
afterEach(async () => {
  await world?.close()
  world = null
})
const open = async (options?: Partial<BodyTokensOptions>): Promise<World> => (world = await createWorld(options))

const REVOKED = '401 credential_revoked'

describe('a refresh token in a body', () => {
  it('gets the answer of a token endpoint, and a refresh token that replaces it', async () => {
    const { signIn, refresh, use, provider } = await open()
    const held = signIn()
    const first = await refresh(held)
    expect(first.json).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 300,
      refresh_token: expect.any(String),
    })
    expect(first.headers.get('cache-control')).toBe('no-store')
    expect(first.headers.getSetCookie()).toEqual([])
    expect(await use(first.accessToken)).toBe('200 ada')
    const second = await refresh(first.refreshToken)
    expect(second.outcome).toBe('200')
    expect(new Set([held, first.refreshToken, second.refreshToken]).size).toBe(3)
    expect(provider.token.calls).toBe(2)
  })

  it('is taken as the form that clients of OAuth send', async () => {
    const { signIn, first } = await open()
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: signIn(), client_id: 'phone' })
    expect((await ask(first.handle, { body })).outcome).toBe('200')
  })

  it('is worth nothing at the provider once it is ours', async () => {
    const { signIn, refresh, provider } = await open()
    const { refreshToken } = await refresh(signIn())
    const { id, secret } = provider.client
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: id,
      client_secret: secret,
    })
    expect((await fetch(`${provider.issuer}/token`, { method: 'POST', body })).status).toBe(400)
  })

  it('rotates where the provider rotates nothing, and is found out there, too', async () => {
    const { signIn, refresh, provider, clock } = await open()
    provider.token.rotates = false
    const first = await refresh(signIn())
    const second = await refresh(first.refreshToken)
    expect(second.refreshToken).not.toBe(first.refreshToken)
    clock.offset = 31_000
    expect((await refresh(first.refreshToken)).outcome).toBe(REVOKED)
    expect((await refresh(second.refreshToken)).outcome).toBe(REVOKED)
  })

  it('is opened by each of the secrets, and by no other', async () => {
    const { signIn, refresh, secrets, instance } = await open()
    const { refreshToken } = await refresh(signIn())
    const [old] = secrets as [string]
    expect((await refresh(refreshToken, instance({ secrets: ['n'.repeat(32)] }))).outcome).toBe(
      '401 credential_invalid',
    )
    expect((await refresh(refreshToken, instance({ secrets: ['n'.repeat(32), old] }))).outcome).toBe('200')
  })

  it.each([
    ['a changed end', (token: string) => `${token.slice(0, -2)}xx`],
    ['a changed vector', (token: string) => token.replace(/1\.../, '1.AA')],
    ['a part cut off', (token: string) => token.slice(0, 40)],
    ['a part added', (token: string) => `${token}.AAAA`],
    ['nothing but the beginning', () => 'dualauth.1.'],
  ])('with %s is refused, and nobody is asked', async (_name, change) => {
    const { signIn, refresh, provider } = await open()
    const { refreshToken } = await refresh(signIn())
    expect((await refresh(change(refreshToken))).outcome).toBe('401 credential_invalid')
    expect(provider.token.calls).toBe(1)
  })

  it('leaves nothing in the store that can be read', async () => {
    const { signIn, refresh, store } = await open()
    const held = signIn()
    const first = await refresh(held)
    await refresh(first.refreshToken)
    const stored = JSON.stringify([...store.entries])
    for (const secret of [held, first.refreshToken, first.accessToken, first.accessToken.split('.')[1], 'ada'])
      expect(stored).not.toContain(secret)
    // One entry for a family, however often it is refreshed.
    expect(store.entries.size).toBe(1)
  })

  it('that no sign-in gave is refused, and leaves nothing behind', async () => {
    const { refresh, store } = await open()
    expect((await refresh('made-up')).outcome).toBe('401 credential_invalid')
    expect(store.entries.size).toBe(0)
  })

  it('whose session the provider has ended is refused for good', async () => {
    const { provider, refresh } = await open()
    const { sid, answer } = provider.signIn({ subject: 'ada' })
    const { refreshToken } = await refresh(answer.refresh_token as string)
    provider.endSession(sid)
    expect((await refresh(refreshToken)).outcome).toBe(REVOKED)
    const { calls } = provider.token
    expect((await refresh(refreshToken)).outcome).toBe(REVOKED)
    expect(provider.token.calls).toBe(calls)
  })
})

describe('at the same time', () => {
  it('100 requests with one token ask the provider once, and get the same answer', async () => {
    const { signIn, refresh, provider } = await open()
    provider.token.latencyMs = 50
    const held = signIn()
    const replies = await Promise.all(Array.from({ length: 100 }, () => refresh(held)))
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1)
    expect(replies[0]?.outcome).toBe('200')
    expect(provider.token.calls).toBe(1)
    expect((await refresh(replies[99]?.refreshToken as string)).outcome).toBe('200')
  })

  it('among three instances, too', async () => {
    const { signIn, refresh, provider, instance, first } = await open()
    provider.token.latencyMs = 50
    const instances = [first, instance(), instance()]
    const held = (await refresh(signIn())).refreshToken
    const replies = await Promise.all(Array.from({ length: 100 }, (_, place) => refresh(held, instances[place % 3])))
    expect(replies.map(({ outcome }) => outcome)).toEqual(Array(100).fill('200'))
    expect(new Set(replies.map(({ refreshToken, accessToken }) => refreshToken + accessToken)).size).toBe(1)
    expect(provider.token.calls).toBe(2)
  })
})

describe('a refresh token that was replaced', () => {
  it('gets the same answer again for a while: the first one was lost on the way', async () => {
    const { signIn, refresh, provider, clock } = await open()
    const held = signIn()
    const first = await refresh(held)
    clock.offset = 29_000
    const again = await refresh(held)
    expect({ ...again.json, expires_in: 0 }).toEqual({ ...first.json, expires_in: 0 })
    expect(again.json['expires_in']).toBeLessThanOrEqual(271)
    expect(provider.token.calls).toBe(1)
  })

  it('gets its refresh token again where the access token is over meanwhile', async () => {
    const { signIn, refresh, clock } = await open({ graceSeconds: 600 })
    const held = signIn()
    const first = await refresh(held)
    clock.offset = 400_000
    const again = await refresh(held)
    expect(again.json).toMatchObject({ expires_in: 0, refresh_token: first.refreshToken })
    expect((await refresh(again.refreshToken)).json).toMatchObject({ expires_in: 300 })
  })

  it('gets the newest answer where another tab went on meanwhile', async () => {
    const { signIn, refresh, clock } = await open()
    const held = signIn()
    const first = await refresh(held)
    const second = await refresh(first.refreshToken)
    clock.offset = 20_000
    expect((await refresh(held)).refreshToken).toBe(second.refreshToken)
    expect((await refresh(second.refreshToken)).outcome).toBe('200')
  })

  it('ends its family after that: here, at other instances, and at the provider', async () => {
    const { signIn, refresh, use, clock, reuses, revoked, provider } = await open()
    const held = signIn()
    const first = await refresh(held)
    const second = await refresh(first.refreshToken)
    clock.offset = 31_000
    expect((await refresh(first.refreshToken)).outcome).toBe(REVOKED)
    expect((await refresh(second.refreshToken)).outcome).toBe(REVOKED)
    expect((await refresh(held)).outcome).toBe(REVOKED)
    expect(await use(first.accessToken)).toBe(REVOKED)
    expect(await use(second.accessToken)).toBe(REVOKED)
    expect(reuses).toEqual([{ verifier: 'workforce', principalId: 'ada', sessionId: null }])
    expect(provider.token.calls).toBe(2)
    expect(revoked).toHaveLength(1)
    expect(revoked[0]?.refreshToken).not.toContain('dualauth')
  })

  it('ends no other sign-in of the same person', async () => {
    const { signIn, refresh, clock } = await open()
    const [phone, tablet] = [signIn(), signIn()]
    const other = await refresh(tablet)
    await refresh(phone)
    clock.offset = 31_000
    expect((await refresh(phone)).outcome).toBe(REVOKED)
    expect((await refresh(other.refreshToken)).outcome).toBe('200')
  })

  it('is found out at once without a grace', async () => {
    const { signIn, refresh } = await open({ graceSeconds: 0 })
    const held = signIn()
    await refresh(held)
    expect((await refresh(held)).outcome).toBe(REVOKED)
  })

  it('ends its family although the provider is away', async () => {
    const { signIn, refresh, clock, errors } = await open({
      provider: {
        id: 'a provider',
        refresh: async ({ refreshToken }) => ({
          outcome: 'granted',
          accessToken: (world as World).provider.accessToken({ sub: 'ada' }),
          refreshToken,
          expiresInSeconds: null,
          organization: null,
        }),
        revoke: () => Promise.reject(new Error('connection refused')),
      },
    })
    const held = signIn()
    const { refreshToken } = await refresh(held)
    clock.offset = 31_000
    expect((await refresh(held)).outcome).toBe(REVOKED)
    expect((await refresh(refreshToken)).outcome).toBe(REVOKED)
    expect(errors).toEqual([new Error('connection refused')])
  })

  it('tries again to end its family while other instances cannot be told', async () => {
    const { signIn, refresh, use, instance, clock, feed } = await open()
    const other = instance()
    const held = signIn()
    const { refreshToken, accessToken } = await refresh(held)
    clock.offset = 31_000
    feed.isDown = true
    expect((await refresh(held)).outcome).toBe('503 store_unavailable')
    // Nobody goes on with it meanwhile.
    expect((await refresh(refreshToken, other)).outcome).toBe('503 store_unavailable')
    feed.isDown = false
    expect((await refresh(refreshToken, other)).outcome).toBe(REVOKED)
    expect(await use(accessToken, other)).toBe(REVOKED)
    expect(await use(accessToken)).toBe(REVOKED)
  })
})

describe('an outage', () => {
  it.each<[string, (world: World) => void, string]>([
    [
      'of the provider',
      ({ provider }) => (provider.token.mode = { status: 500, body: 'oops' }),
      '503 verifier_unavailable',
    ],
    ['that says nothing', ({ provider }) => (provider.token.mode = 'hang'), '503 verifier_unavailable'],
    [
      'that answers no JSON',
      ({ provider }) => (provider.token.mode = { status: 200, body: '<html>' }),
      '503 verifier_unavailable',
    ],
    [
      'without tokens',
      ({ provider }) => (provider.token.mode = { status: 200, body: '{}' }),
      '503 verifier_unavailable',
    ],
    [
      'of our own secret',
      ({ provider }) => (provider.token.mode = { status: 401, body: '{"error":"invalid_client"}' }),
      '503 verifier_unavailable',
    ],
    [
      'of a proxy',
      ({ provider }) => (provider.token.mode = { status: 403, body: '<html>' }),
      '503 verifier_unavailable',
    ],
    ['of the store', ({ store }) => (store.isDown = true), '503 store_unavailable'],
    ['of a store in the middle', ({ store }) => (store.downAfter = 1), '503 store_unavailable'],
  ])('%s is 503, and the token is as good as before', async (_name, break_, expected) => {
    const opened = await open()
    const { signIn, refresh, provider, store } = opened
    const held = (await refresh(signIn())).refreshToken
    break_(opened)
    const away = await refresh(held)
    expect(away.outcome).toBe(expected)
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(away.text).not.toMatch(/oops|invalid_client|html|refused/)
    provider.token.mode = 'ok'
    Object.assign(store, { isDown: false, downAfter: Number.POSITIVE_INFINITY })
    // A lease of an instance that could not give it back.
    opened.clock.offset = 60_000
    expect((await refresh(held)).outcome).toBe('200')
  })

  it('of the store after the provider has answered loses nothing', async () => {
    const { signIn, refresh, store, provider } = await open()
    const held = (await refresh(signIn())).refreshToken
    // The lease, and what is known of the family.
    store.downAfter = 2
    const reply = await refresh(held)
    expect(reply.outcome).toBe('200')
    store.downAfter = Number.POSITIVE_INFINITY
    for (const key of store.entries.keys()) if (key.endsWith(':lease')) await store.delete(key)
    expect((await refresh(held)).refreshToken).toBe(reply.refreshToken)
    expect((await refresh(reply.refreshToken)).outcome).toBe('200')
    expect(provider.token.calls).toBe(3)
  })

  it('of the accounts keeps the new tokens back, for as long as it takes', async () => {
    const { signIn, refresh, accounts, clock, provider } = await open()
    const held = (await refresh(signIn())).refreshToken
    const { find } = accounts
    accounts.find = () => {
      throw new Error('database: connection refused')
    }
    expect((await refresh(held)).outcome).toBe('503 account_unavailable')
    accounts.find = find
    clock.offset = 120_000
    const late = await refresh(held)
    expect(late.outcome).toBe('200')
    expect((await refresh(late.refreshToken)).outcome).toBe('200')
    expect(provider.token.calls).toBe(3)
  })

  it('that lasts longer than an access token costs one more question to the provider', async () => {
    const { signIn, refresh, use, accounts, clock, provider } = await open()
    const held = (await refresh(signIn())).refreshToken
    const { find } = accounts
    accounts.find = () => null
    expect((await refresh(held)).outcome).toBe('403 identity_unlinked')
    accounts.find = find
    clock.offset = 3_600_000
    const late = await refresh(held)
    expect([late.outcome, await use(late.accessToken), provider.token.calls]).toEqual(['200', '200 ada', 3])
    // Its grace begins now.
    expect((await refresh(held)).refreshToken).toBe(late.refreshToken)
    expect((await refresh(late.refreshToken)).outcome).toBe('200')
    clock.offset = 3_631_000
    expect((await refresh(held)).outcome).toBe(REVOKED)
  })

  it('is told to whoever runs the app, and to nobody else', async () => {
    const { signIn, refresh, provider, errors } = await open()
    provider.token.mode = { status: 502, body: 'secret' }
    expect((await refresh(signIn())).text).not.toContain('502')
    expect(errors.map(String)).toEqual(['Error: refreshing tokens was answered 502'])
  })
})

describe('a limit of the provider', () => {
  it('is passed on with its time, and the provider is left in peace until then', async () => {
    const { signIn, refresh, provider, clock } = await open()
    const held = signIn()
    provider.token.mode = { status: 429, body: '{}', headers: { 'retry-after': '20' } }
    const limited = await refresh(held)
    expect([limited.outcome, limited.headers.get('retry-after')]).toEqual(['429 rate_limited', '20'])
    provider.token.mode = 'ok'
    clock.offset = 5_000
    const still = await refresh(held)
    expect([still.outcome, still.headers.get('retry-after')]).toEqual(['429 rate_limited', '15'])
    expect(provider.token.calls).toBe(1)
    clock.offset = 20_001
    expect((await refresh(held)).outcome).toBe('200')
  })
})

describe('new tokens', () => {
  it.each<[string, Account | null, string]>([
    ['of a deactivated account', { id: 'ada', active: false }, '403 account_deactivated'],
    ['of somebody without an account', null, '403 identity_unlinked'],
  ])('%s are not handed out, and wait until they may be', async (_name, account, expected) => {
    const { signIn, refresh, accounts, clock } = await open()
    const held = (await refresh(signIn())).refreshToken
    const { find } = accounts
    accounts.find = () => account
    const refused = await refresh(held)
    expect(refused.outcome).toBe(expected)
    expect(refused.accessToken + refused.refreshToken).toBe('')
    clock.offset = 200_000
    accounts.find = find
    expect((await refresh(held)).outcome).toBe('200')
  })

  it('of somebody whose sign-ins were revoked are handed to nobody, although they are new', async () => {
    const { signIn, refresh, first, clock, revoked, use } = await open()
    const { refreshToken, accessToken } = await refresh(signIn())
    clock.offset = 10_000
    await first.auth.revoke({ principal: 'ada' })
    expect(await use(accessToken)).toBe(REVOKED)
    clock.offset = 400_000
    expect((await refresh(refreshToken)).outcome).toBe(REVOKED)
    expect(revoked).toHaveLength(1)
    // A new sign-in is another matter.
    expect((await refresh(signIn())).outcome).toBe('200')
  })

  it('of another user are an outage: the provider is mistaken', async () => {
    let subject = 'ada'
    const { refresh, signIn } = await open({
      provider: {
        id: 'a provider',
        refresh: async ({ refreshToken }) => ({
          outcome: 'granted',
          accessToken: (world as World).provider.accessToken({ sub: subject }),
          refreshToken,
          expiresInSeconds: 300,
          organization: null,
        }),
        revoke: async () => {},
      },
    })
    const { refreshToken } = await refresh(signIn())
    subject = 'mallory'
    const reply = await refresh(refreshToken)
    expect([reply.outcome, reply.accessToken]).toEqual(['503 verifier_unavailable', ''])
  })

  it('that this API would not take are an outage, and blame no client', async () => {
    const { refresh, signIn, errors, events } = await open({
      provider: {
        id: 'a provider',
        refresh: async ({ refreshToken }) => ({
          outcome: 'granted',
          accessToken: (world as World).provider.accessToken({ aud: 'https://another.example' }),
          refreshToken,
          expiresInSeconds: 300,
          organization: null,
        }),
        revoke: async () => {},
      },
    })
    expect((await refresh(signIn())).outcome).toBe('503 verifier_unavailable')
    expect(errors).toMatchObject([{ code: 'credential_unsupported' }])
    expect(events.filter(({ type }) => type === 'endpoint_failed')).toMatchObject([
      { endpoint: 'refresh', code: null, reason: 'token_not_read', error: { code: 'credential_unsupported' } },
    ])
  })
})

describe('a body', () => {
  const form = (text: string): RequestInit => ({
    body: text,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  it.each<[string, RequestInit, string]>([
    ['that is no JSON', { body: '{' }, '400 request_invalid'],
    ['that is a list', { body: '[]' }, '400 request_invalid'],
    ['that is no UTF-8', { body: new Uint8Array([0x22, 0xff, 0x22]) }, '400 request_invalid'],
    ['with a nested token', { body: '{"refresh_token":{"refresh_token":"x"}}' }, '400 request_invalid'],
    ['that is nested deeply', { body: `${'['.repeat(8_000)}${']'.repeat(8_000)}` }, '400 request_invalid'],
    ['with an empty token', { body: '{"refresh_token":""}' }, '400 request_invalid'],
    ['with another grant', { body: '{"refresh_token":"x","grant_type":"password"}' }, '400 request_invalid'],
    ['with a field that nobody knows', { body: '{"refresh_token":"x","refreshToken":"x"}' }, '400 request_invalid'],
    ['with the token twice', form('grant_type=refresh_token&refresh_token=x&refresh_token=y'), '400 request_invalid'],
    [
      'with its grant twice',
      form('grant_type=refresh_token&grant_type=password&refresh_token=x'),
      '400 request_invalid',
    ],
    ['with no grant', form('refresh_token=x'), '400 request_invalid'],
    ['with a grant only', form('grant_type=refresh_token'), '400 request_invalid'],
    ['of another type', { body: 'x', headers: { 'content-type': 'text/plain' } }, '415 media_type_unsupported'],
    ['that is compressed', { body: '{}', headers: { 'content-encoding': 'gzip' } }, '415 media_type_unsupported'],
    ['that is too large', { body: JSON.stringify({ refresh_token: 'x'.repeat(17_000) }) }, '413 body_too_large'],
    ['of another method', { body: '{}', method: 'PUT' }, '405 method_not_allowed'],
    ['with an odd token', { body: '{"refresh_token":"\u0000é"}' }, '400 request_invalid'],
  ])('%s is refused, and no provider is asked', async (_name, init, expected) => {
    const { first, provider } = await open()
    const reply = await ask(first.handle, init)
    expect(reply.outcome).toBe(expected)
    expect(provider.token.calls).toBe(0)
    if (reply.status === 405) expect(reply.headers.get('allow')).toBe('POST, OPTIONS')
  })
})

describe('what a stranger makes up', () => {
  it.each([
    ['a limit', { status: 429, body: '{}', headers: { 'retry-after': '3600' } }],
    ['an error that says when', { status: 400, body: '{"error":"x"}', headers: { 'retry-after': '3600' } }],
    ['errors', { status: 500, body: 'oops' }],
  ])('and the provider answers with %s stops nobody who was refreshed here', async (_, mode) => {
    const { signIn, refresh, provider } = await open()
    const held = (await refresh(signIn())).refreshToken
    provider.token.mode = mode
    for (let made = 0; made < 6; made++) await refresh(`made-up-${made}`)
    provider.token.mode = 'ok'
    expect((await refresh(held)).outcome).toBe('200')
  })

  it('is one spelling of a token: another one of the same bytes opens nothing', async () => {
    const { signIn, refresh } = await open()
    const { refreshToken } = await refresh(signIn())
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (const last of digits) {
      const other = refreshToken.slice(0, -1) + last
      if (other !== refreshToken) expect((await refresh(other)).outcome).toBe('401 credential_invalid')
    }
    expect((await refresh(refreshToken)).outcome).toBe('200')
  })
})

describe('an endpoint for another provider, with the same secrets and store', () => {
  it('opens no refresh token of the first one, and ends none of its families', async () => {
    const opened = await open()
    const { signIn, refresh, instance, first } = opened
    const asked: string[] = []
    const other = instance({
      provider: {
        id: 'another provider',
        async refresh({ refreshToken }) {
          asked.push(refreshToken)
          return { outcome: 'ended' }
        },
        revoke: async () => {},
      },
    })
    const signedIn = signIn()
    const held = (await refresh(signedIn)).refreshToken
    expect((await refresh(held, other)).outcome).toBe('401 credential_invalid')
    expect(asked).toEqual([])
    // The same text from a sign-in is of another family there.
    expect((await refresh(signedIn, other)).outcome).toBe('401 credential_invalid')
    expect((await refresh(held, first)).outcome).toBe('200')
  })

  it('is told from the first one by its issuer and its client', () => {
    const issuer = 'https://id.example.com'
    const ids = [
      oidcTokens({ issuer, clientId: 'a' }),
      oidcTokens({ issuer, clientId: 'b' }),
      oidcTokens({ issuer: 'https://id.example.org', clientId: 'a' }),
      workosTokens({ clientId: 'a' }),
    ].map(({ id }) => id)
    expect(new Set(ids).size).toBe(4)
    expect(oidcTokens({ issuer, clientId: 'a', clientSecret: 's' }).id).toBe(ids[0])
  })
})
