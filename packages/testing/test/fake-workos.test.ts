import { randomBytes } from 'node:crypto'
import { WorkOS } from '@workos-inc/node'
import { sealData, unsealData } from 'iron-session'
import { createDualAuth, workos } from '@dualauth/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClock, seal, startFakeWorkos, tamper, type FakeWorkos } from '../src/index.js'

const PASSWORD = randomBytes(32).toString('hex')
// The SDK has no clock to inject, so this one begins at the present.
const clock = createClock()
let fake: FakeWorkos
let sdk: WorkOS

beforeAll(async () => {
  fake = await startFakeWorkos({ now: clock.now })
  const { port } = new URL(fake.origin)
  sdk = new WorkOS(fake.apiKey, {
    clientId: fake.clientId,
    apiHostname: '127.0.0.1',
    port: Number(port),
    https: false,
  })
})
afterAll(() => fake.close())
beforeEach(() => {
  Object.assign(fake.refresh, { mode: 'ok', fields: {}, graceMs: 0 })
  fake.apiKeys.mode = 'ok'
})

const load = (sessionData: string) => sdk.userManagement.loadSealedSession({ sessionData, cookiePassword: PASSWORD })

describe('sealed sessions', () => {
  it('are read by the official SDK', async () => {
    const session = fake.signIn({
      user: { id: 'user_1', first_name: 'Zoë 🙂' },
      organizationId: 'org_1',
      claims: { role: 'admin', roles: ['admin'], permissions: ['things:read'] },
    })
    const result = await load(fake.sealedSession(session, { password: PASSWORD })).authenticate()
    expect(result).toMatchObject({
      authenticated: true,
      sessionId: session.sessionId,
      organizationId: 'org_1',
      role: 'admin',
      permissions: ['things:read'],
      user: { id: 'user_1', firstName: 'Zoë 🙂', emailVerified: true },
      accessToken: session.accessToken,
    })
  })

  it('are read by iron-session', async () => {
    const sealed = seal({ a: 1, b: 'é' }, { password: PASSWORD })
    expect(sealed).toMatch(/^Fe26\.2\*1\*[0-9a-f]{64}\*[\w-]{22}\*[\w-]+\*\*[0-9a-f]{64}\*[\w-]{43}~2$/)
    expect(await unsealData(sealed, { password: PASSWORD })).toEqual({ a: 1, b: 'é' })
    expect(await unsealData(tamper(sealed), { password: PASSWORD })).toEqual({})
  })

  it('name the newest of several passwords, as iron-session does where it seals', async () => {
    const password = { 1: 'the password of last year, long enough', 3: PASSWORD }
    const sealed = seal({ a: 1 }, { password })
    const theirs = await sealData({ a: 1 }, { password })
    expect([sealed, theirs].map((one) => one.split('*')[1])).toEqual(['3', '3'])
    expect(await unsealData(sealed, { password })).toEqual({ a: 1 })
    expect(await unsealData(sealed, { password: { 1: password[1] } })).toEqual({})
    expect(() => seal({}, { password: { 1: PASSWORD, 2: 'short' } })).toThrow('seal.password')
    expect(() => seal({}, { password: {} })).toThrow('seal.password')
  })

  it('expire where they are told to', async () => {
    const [past, future] = [Date.now() - 3_600_000, Date.now() + 3_600_000]
    expect(await unsealData(seal({ a: 1 }, { password: PASSWORD, expiresAt: past }), { password: PASSWORD })).toEqual(
      {},
    )
    const current = seal({ a: 1 }, { password: PASSWORD, expiresAt: future })
    expect(await unsealData(current, { password: PASSWORD })).toEqual({ a: 1 })
  })

  it('of an expired or forged token are refused by the SDK', async () => {
    const expired = fake.signIn({ expiresInSeconds: -60 })
    const sealed = fake.sealedSession(expired, { password: PASSWORD })
    expect(await load(sealed).authenticate()).toMatchObject({ authenticated: false, reason: 'invalid_jwt' })
    expect(await load(tamper(sealed)).authenticate()).toMatchObject({ authenticated: false })
  })

  it('need a password of 32 characters', () => {
    expect(() => seal({}, { password: 'short' })).toThrow('seal.password')
  })
})

describe('refreshing', () => {
  const ask = async (refreshToken: string, more: object = {}): Promise<[number, Record<string, unknown>]> => {
    const body = { client_id: fake.clientId, client_secret: fake.apiKey, grant_type: 'refresh_token', ...more }
    const response = await fetch(`${fake.origin}/user_management/authenticate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, refresh_token: refreshToken }),
    })
    return [response.status, (await response.json()) as Record<string, unknown>]
  }

  it('by the official SDK gives a new sealed session', async () => {
    const session = fake.signIn({ organizationId: 'org_1', expiresInSeconds: -60 })
    const handle = load(fake.sealedSession(session, { password: PASSWORD }))
    const refreshed = await handle.refresh()
    expect(refreshed).toMatchObject({ authenticated: true, sessionId: session.sessionId, organizationId: 'org_1' })
    const sealed = (refreshed as { sealedSession: string }).sealedSession
    expect(await load(sealed).authenticate()).toMatchObject({ authenticated: true })
    expect(await handle.refresh()).toMatchObject({ authenticated: true })
    const again = await load(fake.sealedSession(session, { password: PASSWORD })).refresh()
    expect(again).toMatchObject({ authenticated: false, reason: 'invalid_grant' })
  })

  it('uses a refresh token up, with or without a window of grace', async () => {
    const { refreshToken } = fake.signIn()
    const [status, first] = await ask(refreshToken)
    expect([status, first['refresh_token'] === refreshToken]).toEqual([200, false])
    expect((await ask(refreshToken))[1]).toMatchObject({ error: 'invalid_grant' })
    fake.refresh.graceMs = 30_000
    expect(await ask(refreshToken)).toEqual([200, first])
    clock.advance(30_000)
    expect((await ask(refreshToken))[0]).toBe(400)
    clock.advance(-30_000)
  })

  it('switches the organization', async () => {
    const { refreshToken } = fake.signIn({ organizationId: 'org_1' })
    expect((await ask(refreshToken, { organization_id: 'org_2' }))[1]).toMatchObject({ organization_id: 'org_2' })
  })

  it('fails for good when the session ended, the client is another or the command says so', async () => {
    const session = fake.signIn()
    expect((await ask(session.refreshToken, { client_secret: 'sk_other' }))[0]).toBe(401)
    expect((await ask(session.refreshToken, { grant_type: 'password' }))[0]).toBe(400)
    for (const [mode, status] of [
      ['invalid_grant', 400],
      ['sso_required', 403],
      ['mfa_enrollment', 403],
    ] as const) {
      fake.refresh.mode = mode
      expect((await ask(session.refreshToken))[0]).toBe(status)
    }
    fake.refresh.mode = 'ok'
    fake.endSession(session.sessionId)
    expect((await ask(session.refreshToken))[0]).toBe(400)
  })

  it('fails for the moment without using the token up, and counts calls', async () => {
    const { refreshToken } = fake.signIn()
    const before = fake.refresh.calls
    for (const [mode, status] of [
      ['status-500', 500],
      ['status-429', 429],
    ] as const) {
      fake.refresh.mode = mode
      expect((await ask(refreshToken))[0]).toBe(status)
    }
    fake.refresh.mode = 'reset'
    await expect(ask(refreshToken)).rejects.toThrow()
    fake.refresh.mode = 'ok'
    expect((await ask(refreshToken))[0]).toBe(200)
    expect(fake.refresh.calls).toBe(before + 4)
  })

  it('answers what a test writes, whole or in part', async () => {
    const { refreshToken } = fake.signIn()
    fake.refresh.mode = { status: 400, body: { error: 'unauthorized_client' } }
    expect(await ask(refreshToken)).toEqual([400, { error: 'unauthorized_client' }])
    fake.refresh.mode = 'ok'
    fake.refresh.fields = { impersonator: { reason: null } }
    expect(await ask(refreshToken)).toMatchObject([200, { impersonator: { reason: null } }])
  })

  it('takes its time where it is told to', async () => {
    fake.refresh.latencyMs = 40
    const begin = performance.now()
    await ask(fake.signIn().refreshToken)
    expect(performance.now() - begin).toBeGreaterThan(35)
    fake.refresh.latencyMs = 0
  })
})

describe('API keys', () => {
  it('are validated by the official SDK', async () => {
    const { value, id } = fake.apiKeys.issue({ owner: 'org_1', permissions: ['things:read'] })
    const { apiKey } = await sdk.apiKeys.validateApiKey({ value })
    expect(apiKey).toMatchObject({ id, owner: { type: 'organization', id: 'org_1' }, permissions: ['things:read'] })
    fake.apiKeys.revoke(id)
    expect(await sdk.apiKeys.validateApiKey({ value })).toEqual({ apiKey: null })
  })

  it('of a user, and expired ones', async () => {
    const owner = { userId: 'user_1', organizationId: 'org_1' }
    const { value } = fake.apiKeys.issue({ owner, expiresAt: clock.now() + 1000 })
    expect((await sdk.apiKeys.validateApiKey({ value })).apiKey?.owner).toMatchObject({ type: 'user', id: 'user_1' })
    clock.advance(1000)
    expect(await sdk.apiKeys.validateApiKey({ value })).toEqual({ apiKey: null })
    clock.advance(-1000)
  })

  it('are not validated for a stranger', async () => {
    const url = `${fake.origin}/api_keys/validations`
    expect((await fetch(url, { method: 'POST', body: '{"value":"sk_1"}' })).status).toBe(401)
    fake.apiKeys.mode = 'status-500'
    expect((await fetch(url, { method: 'POST' })).status).toBe(500)
  })
})

describe('access tokens', () => {
  it('are accepted by the verifier, and live five minutes', async () => {
    const options = { name: 'workos', clientId: fake.clientId, apiUrl: fake.origin }
    const auth = createDualAuth({ verifiers: [workos(options)], now: clock.now })
    const ask = async (token: string): Promise<string> => {
      const result = await auth.authenticate({ method: 'GET', headers: { authorization: `Bearer ${token}` } })
      return result.ok ? `${result.principal.issuer} ${result.principal.id}` : result.error.code
    }
    expect(await ask(fake.accessToken({ sub: 'user_1' }))).toBe(`${fake.issuer} user_1`)
    expect(await ask(tamper(fake.accessToken()))).toBe('credential_invalid')
    expect(await ask(fake.accessToken({}, { expiresInSeconds: -60 }))).toBe('credential_expired')
    expect(fake.keySet.path).toBe(`/sso/jwks/${fake.clientId}`)
    await auth.close()
  })

  it('are nobody else’s', async () => {
    expect((await fetch(`${fake.origin}/sso/jwks/client_other`)).status).toBe(404)
  })
})

describe('the directory', () => {
  it('lists its events to the official SDK, page by page in their order', async () => {
    const { directory } = fake
    const { id } = directory.create('user', { external_id: '42' })
    const organization = directory.create('organization', { name: 'Acme' })
    const member = directory.create('organization_membership', { user_id: id, organization_id: organization.id })
    directory.update('organization_membership', member.id, { status: 'inactive' })
    directory.delete('user', id)
    const types = ['user.created', 'organization_membership.updated', 'user.deleted'] as const
    const first = await sdk.events.listEvents({ events: [...types], limit: 2, order: 'asc' })
    expect(first.data.map(({ event }) => event)).toEqual(['user.created', 'organization_membership.updated'])
    const after = first.listMetadata.after!
    const rest = await sdk.events.listEvents({ events: [...types], after, order: 'asc' })
    expect(rest).toMatchObject({ data: [{ event: 'user.deleted', data: { id } }], listMetadata: { after: null } })
    expect(() => directory.update('user', id, {})).toThrow(TypeError)
  })

  it('delivers each event of its log with the id that it has there', async () => {
    fake.directory.create('organization')
    const logged = fake.directory.log.at(-1)!
    const { headers, body } = fake.deliver(logged)
    const payload = JSON.parse(body) as Record<string, unknown>
    const event = await sdk.webhooks.constructEvent({
      payload,
      sigHeader: headers['workos-signature'],
      secret: fake.webhookSecret,
    })
    expect([event.id, payload]).toEqual([logged.id, logged])
  })

  it('withholds what has just happened, where a test says so', async () => {
    fake.directory.withheldMs = 60_000
    fake.directory.create('organization', { id: 'org_withheld' })
    const { data } = await sdk.events.listEvents({ events: ['organization.created'], order: 'asc', limit: 100 })
    fake.directory.withheldMs = 0
    expect(data.some((one) => (one.data as { id: string }).id === 'org_withheld')).toBe(false)
  })
})

describe('the lists', () => {
  it('are read by the official SDK, page by page, and by the status of a membership', async () => {
    const { directory } = fake
    const before = await sdk.userManagement.listUsers({ limit: 100 })
    for (const { id } of before.data) directory.delete('user', id)
    const organization = directory.create('organization', { name: 'Acme' }).id
    const users = Array.from({ length: 3 }, () => directory.create('user').id)
    for (const user_id of users)
      directory.create('organization_membership', {
        user_id,
        organization_id: organization,
        status: user_id === users[0] ? 'inactive' : 'active',
      })
    const first = await sdk.userManagement.listUsers({ limit: 2, order: 'asc' })
    expect(first.data).toHaveLength(2)
    const after = first.listMetadata.after as string
    const second = await sdk.userManagement.listUsers({ limit: 2, order: 'asc', after })
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(users)
    expect(second.listMetadata.after).toBeNull()
    expect((await sdk.organizations.listOrganizations({ limit: 100 })).data).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ id: organization, name: 'Acme' })]),
    )
    const members = async (more: object): Promise<unknown> =>
      (
        await sdk.userManagement.listOrganizationMemberships({ organizationId: organization, order: 'asc', ...more })
      ).data.map(({ userId }) => userId)
    expect(await members({})).toEqual(users.slice(1))
    expect(await members({ statuses: ['active', 'inactive', 'pending'] })).toEqual(users)
    expect(await members({ userId: users[2] })).toEqual(users.slice(2))
    await expect(sdk.userManagement.listOrganizationMemberships({} as never)).rejects.toMatchObject({ status: 422 })
  })

  it('say which role the tokens state', async () => {
    const { directory } = fake
    const membership = { user_id: 'user_1', organization_id: 'org_1', role: { slug: 'admin' } }
    const { id } = directory.create('organization_membership', membership)
    const session = fake.signIn({ user: 'user_1', organizationId: 'org_1' })
    expect(await load(fake.sealedSession(session, { password: PASSWORD })).authenticate()).toMatchObject({
      role: 'admin',
    })
    directory.delete('organization_membership', id)
    const after = fake.signIn({ user: 'user_1', organizationId: 'org_1' })
    expect(await load(fake.sealedSession(after, { password: PASSWORD })).authenticate()).not.toHaveProperty(
      'role',
      'admin',
    )
  })
})

describe('the page of AuthKit', () => {
  const redirectUri = 'https://app.example.com/callback'
  const visit = (url: string, cookie = '') => fetch(url, { redirect: 'manual', headers: { cookie } })
  const back = (response: Response) => new URL(response.headers.get('location') as string)

  beforeEach(() => {
    fake.authKit.people = { Ada: { user: 'user_ada' }, '"Bob" & <Co>': { user: 'user_bob' } }
    return () => void (fake.authKit.people = {})
  })

  it('asks who signs in, knows the browser until it signs out, and ends the session then', async () => {
    const url = sdk.userManagement.getAuthorizationUrl({ provider: 'authkit', redirectUri, state: 'a"b' })
    const page = await (await visit(url)).text()
    expect(page).toContain('value="&quot;Bob&quot; &amp; &lt;Co>"')
    expect(page).toContain('name="state" value="a&quot;b"')
    const chosen = await visit(`${url}&person=Ada`)
    const cookie = chosen.headers.getSetCookie()[0]!.split(';')[0]!
    expect(back(chosen).searchParams.get('state')).toBe('a"b')
    expect((await visit(`${url}&prompt=login`, cookie)).status).toBe(200)
    const code = back(await visit(url, cookie)).searchParams.get('code') as string
    const { accessToken, user } = await sdk.userManagement.authenticateWithCode({ code, clientId: fake.clientId })
    expect(user.id).toBe('user_ada')
    const sessionId = (JSON.parse(atob(accessToken.split('.')[1]!)) as { sid: string }).sid

    const logout = (returnTo: string) => visit(sdk.userManagement.getLogoutUrl({ sessionId, returnTo }), cookie)
    expect((await logout('https://evil.example/')).status).toBe(400)
    expect(fake.hasEnded(sessionId)).toBe(false)
    const out = await logout('https://app.example.com/')
    expect([back(out).href, out.headers.getSetCookie()[0]]).toEqual([
      'https://app.example.com/',
      expect.stringMatching(/^authkit-session=; Max-Age=0/),
    ])
    expect(fake.hasEnded(sessionId)).toBe(true)
  })

  it('asks again where the browser says somebody unknown', async () => {
    const url = sdk.userManagement.getAuthorizationUrl({ provider: 'authkit', redirectUri })
    for (const cookie of [`authkit-session=${btoa('Eve')}`, 'authkit-session=', 'other=Ada'])
      expect((await visit(url, cookie)).status).toBe(200)
  })
})

describe('webhooks', () => {
  it('are taken by the official SDK', async () => {
    const { headers, body } = fake.webhook('session.revoked', { object: 'session', id: 'session_1', user_id: 'user_1' })
    const event = await sdk.webhooks.constructEvent({
      payload: JSON.parse(body) as Record<string, unknown>,
      sigHeader: headers['workos-signature'],
      secret: fake.webhookSecret,
    })
    expect(event).toMatchObject({ event: 'session.revoked', data: { id: 'session_1' } })
  })

  it('that are old are refused by it', async () => {
    const old = fake.webhook('session.revoked', { id: 'session_1' }, { timestamp: Date.now() - 600_000 })
    const payload = JSON.parse(old.body) as Record<string, unknown>
    const sigHeader = old.headers['workos-signature']
    await expect(sdk.webhooks.constructEvent({ payload, sigHeader, secret: fake.webhookSecret })).rejects.toThrow(
      'Timestamp',
    )
  })
})
