import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClock, startOidcProvider, type OidcProvider } from '../src/index.js'

const clock = createClock()
let provider: OidcProvider
beforeAll(async () => {
  provider = await startOidcProvider({ now: clock.now })
})
afterAll(() => provider.close())

const json = async (path: string, init: RequestInit = {}): Promise<[number, Record<string, unknown>]> => {
  const response = await fetch(provider.origin + path, init)
  return [response.status, (await response.json()) as Record<string, unknown>]
}

const introspect = (token: string, secret: string = provider.client.secret) =>
  json('/introspect', {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${provider.client.id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ token }),
  })

it('is discovered, and its access tokens are verified by the key set that it names', async () => {
  for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
    const [status, metadata] = await json(path)
    expect([status, metadata['issuer']]).toEqual([200, provider.issuer])
    const keys = createRemoteJWKSet(new URL(metadata['jwks_uri'] as string))
    const { issuer, audience } = provider
    const verified = await jwtVerify(provider.accessToken({ sub: 'a' }), keys, { issuer, audience, typ: 'at+jwt' })
    expect(verified.payload).toMatchObject({ sub: 'a', client_id: provider.client.id })
  }
  expect(provider.discovery.calls).toBe(2)
})

it('tells a lie in discovery, or fails, on command', async () => {
  provider.discovery.fields = { issuer: 'https://other.example' }
  const [, lie] = await json('/.well-known/openid-configuration')
  expect(lie['issuer']).toBe('https://other.example')
  provider.discovery.mode = 'status-500'
  expect((await fetch(`${provider.origin}/.well-known/openid-configuration`)).status).toBe(500)
  Object.assign(provider.discovery, { mode: 'ok', fields: {} })
})

it('gives id tokens for its client, which no API may take', () => {
  const [, claims] = provider.idToken().split('.')
  expect(JSON.parse(Buffer.from(claims!, 'base64url').toString())).toMatchObject({ aud: provider.client.id })
  expect(decodeProtectedHeader(provider.idToken())).not.toHaveProperty('typ')
})

it('introspects tokens until they expire or are revoked', async () => {
  const token = provider.opaqueToken({ sub: 'a', scope: 'things:read' })
  expect(await introspect(token)).toMatchObject([200, { active: true, sub: 'a', scope: 'things:read' }])
  expect(await introspect('junk')).toEqual([200, { active: false }])
  expect((await introspect(provider.accessToken()))[1]).toMatchObject({ active: true, iss: provider.issuer })
  clock.advance(300_000)
  expect(await introspect(token)).toEqual([200, { active: false }])
  const other = provider.opaqueToken()
  provider.revoke(other)
  expect(await introspect(other)).toEqual([200, { active: false }])
})

it('introspects for its client only, and fails on command', async () => {
  expect((await introspect('any', 'wrong'))[0]).toBe(401)
  const form = new URLSearchParams({
    token: 'any',
    client_id: provider.client.id,
    client_secret: provider.client.secret,
  })
  expect(await json('/introspect', { method: 'POST', body: form })).toEqual([200, { active: false }])
  const calls = provider.introspection.calls
  provider.introspection.mode = 'status-500'
  await expect(introspect('any')).resolves.toMatchObject([500, { active: false }])
  expect(provider.introspection.calls).toBe(calls + 1)
  provider.introspection.mode = 'ok'
})

it('has nothing else', async () => {
  expect(await json('/authorize')).toEqual([404, { error: 'not_found' }])
})

const refresh = (token: unknown, secret: string = provider.client.secret) =>
  json('/token', {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${provider.client.id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: String(token) }),
  })

it('refreshes what somebody signed in to, with an id token of the same session', async () => {
  const { subject, sid, claims, answer } = provider.signIn({ claims: { roles: ['admin'] } })
  expect(claims).toMatchObject({ sub: subject, sid, aud: provider.client.id, roles: ['admin'] })
  const [status, tokens] = await refresh(answer.refresh_token)
  expect([status, tokens['expires_in']]).toEqual([200, 300])
  const keys = createRemoteJWKSet(new URL(`${provider.origin}/jwks`))
  const audience = provider.client.id
  const { payload } = await jwtVerify(String(tokens['id_token']), keys, { issuer: provider.issuer, audience })
  expect(payload).toMatchObject({ sub: subject, sid, roles: ['admin'] })
  expect(payload['nonce']).toBeUndefined()
})

it('spends a refresh token by its use, and ends the grant when a spent one comes again', async () => {
  const { answer } = provider.signIn()
  const [, second] = await refresh(answer.refresh_token)
  expect(await refresh(answer.refresh_token)).toEqual([400, { error: 'invalid_grant' }])
  expect(await refresh(second['refresh_token'])).toEqual([400, { error: 'invalid_grant' }])
})

it('refreshes nothing for a stranger, after its own session ended, or without offline access', async () => {
  const { answer, sid } = provider.signIn()
  expect(await refresh(answer.refresh_token, 'wrong')).toEqual([401, { error: 'invalid_client' }])
  provider.endSession(sid)
  expect(await refresh(answer.refresh_token)).toEqual([400, { error: 'invalid_grant' }])
  expect(provider.signIn({ offline: false }).answer).not.toHaveProperty('refresh_token')
})
