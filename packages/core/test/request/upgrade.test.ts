import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AuthRequest, UpgradeResult } from '../../src/index.js'
import { seconds } from '../support/clock.js'
import { createMove, newCookie, oldToken } from '../support/migration.js'
import { request } from '../support/requests.js'
import { found, sessionToken, signedCookie, signedValue } from '../support/sessions.js'
import { mint } from '../support/tokens.js'
import { createWorld, type World } from '../support/world.js'

const APP = 'https://app.example.com'
const token = sessionToken('abc')
const cookie = `better-auth.session_token=${signedCookie(token)}`

let world: World

beforeAll(async () => {
  world = await createWorld({ trustedOrigins: [APP], subprotocol: 'bearer' })
})
afterAll(() => world.close())
beforeEach(() => {
  world.down.clear()
  world.sessions.clear()
  world.sessions.set(token, found('ba-7'))
})

const upgrade = (headers: Record<string, string | readonly string[]>) =>
  world.auth.authenticateUpgrade(request(headers))

async function outcome(headers: Record<string, string | readonly string[]>): Promise<string> {
  const result = await upgrade(headers)
  return result.ok ? `${result.principal.id} by ${result.principal.verifier}` : result.error.code
}

async function opened(headers: Record<string, string>): Promise<Extract<UpgradeResult, { ok: true }>> {
  const result = await upgrade(headers)
  if (!result.ok) throw result.error
  return result
}

describe('a WebSocket handshake', () => {
  it('is authenticated by a header like any request', async () => {
    expect(await outcome({ authorization: `Bearer ${mint()}` })).toBe('user-7 by legacy')
    expect(await outcome({})).toBe('credential_missing')
  })

  it('counts a cookie only from a trusted origin: another site could open it in the name of its visitor', async () => {
    expect(await outcome({ cookie, origin: APP })).toBe('user-7 by better-auth')
    expect(await outcome({ cookie, 'sec-fetch-site': 'same-origin', origin: 'https://api.example.com' })).toBe(
      'user-7 by better-auth',
    )
    expect(await outcome({ cookie, origin: 'https://evil.example' })).toBe('origin_untrusted')
    expect(await outcome({ cookie, origin: 'null' })).toBe('origin_untrusted')
    expect(await outcome({ cookie })).toBe('origin_untrusted')
    expect(await outcome({ cookie, origin: `${APP}.evil.example` })).toBe('origin_untrusted')
  })

  it('takes a bearer from the subprotocol, since browsers set no headers', async () => {
    expect(await outcome({ 'sec-websocket-protocol': `app.v1, bearer.${mint()}` })).toBe('user-7 by legacy')
    expect(await outcome({ 'sec-websocket-protocol': ['app.v1', `bearer.${mint()}`] })).toBe('user-7 by legacy')
    const signed = encodeURIComponent(signedValue(token))
    expect(await outcome({ 'sec-websocket-protocol': `bearer.${signed}` })).toBe('user-7 by better-auth')
  })

  it('refuses two explicit credentials, and looks at no subprotocol of ordinary requests', async () => {
    const protocol = `bearer.${mint()}`
    expect(await outcome({ 'sec-websocket-protocol': `${protocol}, ${protocol}x` })).toBe('credential_malformed')
    expect(await outcome({ 'sec-websocket-protocol': protocol, authorization: `Bearer ${mint()}` })).toBe(
      'credential_malformed',
    )
    expect(await outcome({ 'sec-websocket-protocol': 'bearer.a b' })).toBe('credential_malformed')
    const ordinary = await world.auth.authenticate(request({ 'sec-websocket-protocol': protocol }))
    expect(ordinary.ok ? '' : ordinary.error.code).toBe('credential_missing')
  })

  it('says which subprotocol to answer with: never the one that is the credential', async () => {
    expect((await opened({ 'sec-websocket-protocol': `bearer.${mint()}, app.v2, app.v1` })).protocol).toBe('app.v2')
    expect((await opened({ 'sec-websocket-protocol': `bearer.${mint()}` })).protocol).toBeNull()
  })
})

it.each([['websocket'], ['WebSocket'], ['h2c, websocket']])(
  'is as careful where a guard meets a handshake: Upgrade: %s',
  async (upgradeTo) => {
    const result = await world.auth.authenticate(
      request({ cookie, upgrade: upgradeTo, origin: 'https://evil.example' }),
    )
    expect(result.ok ? '' : result.error.code).toBe('origin_untrusted')
  },
)

describe('an open connection', () => {
  it('knows when its credential ends', async () => {
    expect((await opened({ authorization: `Bearer ${mint()}` })).expiresAt).toBe(seconds(900))
  })

  it('is refused at the next look once the session was revoked', async () => {
    const connection = await opened({ cookie, origin: APP })
    expect((await connection.revalidate()).ok).toBe(true)
    world.sessions.clear()
    const now = await connection.revalidate()
    expect(now.ok ? '' : now.error.code).toBe('credential_revoked')
  })

  it('is told of an outage as an outage, so that nobody is cut off by it', async () => {
    const connection = await opened({ cookie, origin: APP })
    world.down.add('sessions')
    const now = await connection.revalidate()
    expect(now.ok ? 0 : now.error.status).toBe(503)
  })
})

describe('auth.authenticate without a server', () => {
  it.each<[string, AuthRequest]>([
    ['a message of a queue', { method: 'POST', headers: { Authorization: `Bearer ${mint()}` } }],
    ['a call of a Worker', new Request('http://localhost/', { headers: { authorization: `Bearer ${mint()}` } })],
  ])('serves %s', async (_what, message) => {
    const result = await world.auth.authenticate(message)
    expect(result.ok && result.principal.id).toBe('user-7')
  })
})

describe('a connection of the old side of a migration', () => {
  it('is closed by its next look after the switch to new-only, and one of the new side stays', async () => {
    const { auth, publish } = createMove({ stage: 'dual' })
    const [name, value] = newCookie('ada')
    const old = await auth.authenticateUpgrade(request({ authorization: `Bearer ${oldToken('ada')}` }))
    const fresh = await auth.authenticateUpgrade(
      request({ cookie: `${name}=${value}`, 'sec-fetch-site': 'same-origin' }),
    )
    if (!old.ok || !fresh.ok) throw new Error('both sides are accepted')
    expect(await old.revalidate()).toMatchObject({ ok: true })
    await publish({ stage: 'new-only' })
    expect(await old.revalidate()).toMatchObject({ ok: false, error: { code: 'legacy_retired', status: 401 } })
    expect(await fresh.revalidate()).toMatchObject({ ok: true })
    await publish({ stage: 'dual' })
    expect(await old.revalidate()).toMatchObject({ ok: true })
  })
})
