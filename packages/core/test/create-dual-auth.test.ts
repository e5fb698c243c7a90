import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createApiKey } from '../src/index.js'
import { seconds } from './support/clock.js'
import { outcome } from './support/outcome.js'
import { apiKey, bearer, cookies, everyKindOf, request } from './support/requests.js'
import { found, sessionToken, signedCookie, signedValue } from './support/sessions.js'
import { legacyClaims, mint, OTHER_SECRET } from './support/tokens.js'
import { createWorld, type World } from './support/world.js'

let world: World
let key: string
const token = sessionToken('abc')

beforeAll(async () => {
  world = await createWorld()
  world.sessions.set(token, found('ba-7'))
  const created = await createApiKey({
    prefix: 'sk_live_',
    owner: { kind: 'user', id: 'owner-7' },
    scopes: ['things:read'],
  })
  world.store.add(created.record)
  key = created.key
})
afterAll(() => world.close())
beforeEach(() => {
  world.down.clear()
  world.keySet.mode = 'ok'
  world.events.length = 0
})

describe('one API before four credential systems', () => {
  it('knows the same person by whichever credential she brings', async () => {
    expect(await outcome(world.auth, bearer(mint()))).toBe('200 user-7 by legacy')
    expect(await outcome(world.auth, cookies(['legacy_token', mint()]))).toBe('200 user-7 by legacy')
    expect(await outcome(world.auth, cookies(['better-auth.session_token', signedCookie(token)]))).toBe(
      '200 user-7 by better-auth',
    )
    expect(await outcome(world.auth, bearer(signedValue(token)))).toBe('200 user-7 by better-auth')
    expect(await outcome(world.auth, bearer(signedCookie(token)))).toBe('200 user-7 by better-auth')
    expect(await outcome(world.auth, bearer(token))).toBe('200 user-7 by better-auth')
    expect(await outcome(world.auth, bearer(world.workosToken()))).toBe('200 user-7 by workos')
    expect(await outcome(world.auth, apiKey(key))).toBe('200 user-7 by api-key')
    expect(await outcome(world.auth, bearer(key))).toBe('200 user-7 by api-key')
  })

  it('says that a credential is missing when none was brought', async () => {
    expect(await outcome(world.auth, request())).toBe('401 credential_missing')
  })

  it.each([
    ['of the old system', () => mint({ key: OTHER_SECRET })],
    ['of the session side', () => signedValue(token, OTHER_SECRET)],
    ['of WorkOS', () => world.workosToken().replace(/.{8}$/, 'AAAAAAAA')],
    ['of an API key', () => key.replace(/.$/, key.endsWith('0') ? '1' : '0')],
  ])('refuses a forged credential %s', async (_, forged) => {
    expect(await outcome(world.auth, bearer(forged()))).toBe('401 credential_invalid')
  })

  it('says that a genuine credential has expired', async () => {
    const claims = legacyClaims({ exp: seconds(-6) })
    expect(await outcome(world.auth, bearer(mint({ claims })))).toBe('401 credential_expired')
    expect(await outcome(world.auth, bearer(mint({ claims, key: OTHER_SECRET })))).toBe('401 credential_invalid')
  })

  it('does not accept a kind of credential that no verifier owns', async () => {
    expect(await outcome(world.auth, bearer('gho_something'))).toBe('401 credential_unsupported')
    expect(await outcome(world.auth, bearer(mint({ claims: legacyClaims({ iss: 'https://evil.example' }) })))).toBe(
      '401 credential_unsupported',
    )
  })

  it('never offers a rejected credential to a second verifier', async () => {
    const disguised = mint({ claims: { ...legacyClaims(), iss: `${world.keySet.origin}` } })
    expect(await outcome(world.auth, bearer(disguised))).toBe('401 credential_unsupported')
  })
})

describe('an outage', () => {
  it('of the new provider is 503 there and touches no other side', async () => {
    const isolated = await createWorld()
    isolated.keySet.mode = 'status-500'
    const result = await isolated.auth.authenticate(bearer(isolated.workosToken()))
    expect(result).toMatchObject({
      ok: false,
      verifier: 'workos',
      error: { status: 503, code: 'verifier_unavailable' },
    })
    expect(result.ok ? null : result.error.retryAfterSeconds).toBeGreaterThan(0)
    expect(await outcome(isolated.auth, bearer(mint()))).toBe('200 user-7 by legacy')
    await isolated.close()
  })

  it('of the session store or the key store is 503, never 401', async () => {
    world.down.add('sessions').add('store')
    expect(await outcome(world.auth, bearer(token))).toBe('503 verifier_unavailable')
    expect(await outcome(world.auth, apiKey(key))).toBe('503 verifier_unavailable')
    expect(await outcome(world.auth, bearer(mint()))).toBe('200 user-7 by legacy')
  })

  it('of the link is 503 of the account', async () => {
    world.down.add('link')
    expect(await outcome(world.auth, bearer(mint()))).toBe('503 account_unavailable')
  })

  it('of the store does not stop junk from being refused', async () => {
    world.down.add('sessions').add('store')
    expect(await outcome(world.auth, bearer(signedValue(token, OTHER_SECRET)))).toBe('401 credential_invalid')
    expect(await outcome(world.auth, apiKey(`sk_live_${'x'.repeat(38)}`))).toBe('401 credential_invalid')
  })
})

describe('requests of every kind', () => {
  for (const [kind, sent] of everyKindOf([['Authorization', `Bearer ${mint()}`]])) {
    it(`authenticates ${kind}`, async () => {
      expect(await outcome(world.auth, sent)).toBe('200 user-7 by legacy')
    })
  }
  const twice: [string, string][] = [
    ['Authorization', `Bearer ${mint()}`],
    ['authorization', `Bearer ${mint()}`],
  ]
  for (const [kind, sent] of everyKindOf(twice)) {
    it(`refuses a repeated Authorization field of ${kind}`, async () => {
      expect(await outcome(world.auth, sent)).toBe('400 credential_malformed')
    })
  }
})

describe('a life of an instance', () => {
  it('fetches key sets ahead and rejects ready() when one cannot be had', async () => {
    const other = await createWorld()
    other.keySet.mode = 'reset'
    await expect(other.auth.ready()).rejects.toThrow()
    other.clock.advance(1_000)
    other.keySet.mode = 'ok'
    await other.auth.ready()
    const fetches = other.keySet.fetches
    expect(await outcome(other.auth, bearer(other.workosToken()))).toBe('200 user-7 by workos')
    expect(other.keySet.fetches).toBe(fetches)
    await other.close()
  })

  it('is frozen, and so is every principal', async () => {
    const result = await world.auth.authenticate(bearer(world.workosToken({ permissions: ['a:b'], act: { sub: 'x' } })))
    expect(Object.isFrozen(world.auth)).toBe(true)
    expect(result.ok && isDeeplyFrozen(result.principal)).toBe(true)
  })

  it('knows only principals of its own', async () => {
    const other = await createWorld()
    const result = await world.auth.authenticate(apiKey(key))
    if (!result.ok) throw result.error
    expect(await other.auth.authorize(result.principal, 'things:read')).toMatchObject({
      ok: false,
      error: { status: 403, code: 'permission_denied' },
    })
    expect(await other.auth.authorize({ ...result.principal }, () => true)).toMatchObject({ ok: false })
    await other.close()
  })
})

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen)
}

describe('a request that is no HTTP request', () => {
  it.each([{ authorization: 5 }, { 'x-api-key': [5] }, { cookie: {} }, { authorization: null }])(
    'never makes it throw: %j',
    async (headers) => {
      const result = await world.auth.authenticate({ method: 'GET', headers } as never)
      expect(result.ok ? 200 : result.error.status).toBeGreaterThanOrEqual(400)
    },
  )

  it('is not taken for a safe one where it names no method', async () => {
    const cookie = `better-auth.session_token=${signedCookie(token)}`
    expect(await outcome(world.auth, { headers: { cookie } } as never)).toBe('403 origin_untrusted')
  })
})

describe('authorize', () => {
  it.each([
    { role: 'editor', organization: 'other' },
    { role: 'editor', all: ['things:delete'] },
    { role: [5] },
    { organization: 5 },
  ])('refuses a rule of which a part would go unchecked: %j', async (rule) => {
    const result = await world.auth.authenticate(bearer(mint()))
    if (!result.ok) throw result.error
    await expect(world.auth.authorize(result.principal, rule as never)).rejects.toMatchObject({
      code: 'configuration_invalid',
    })
  })
})
