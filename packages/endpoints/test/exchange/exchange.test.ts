import { AuthError, type Membership, type SessionMinter } from '@dualauth/core'
import { describe, expect, it } from 'vitest'
import { redirectMinter } from '../../src/index.js'
import { gateway, sessionsOf } from './meanwhile.js'
import { createWorld, everybody, ORIGIN, said, type World } from './world.js'

const DAY = 86_400

async function signedIn(world: World, id = 'ada', claims: Record<string, unknown> = {}): Promise<string> {
  await world.join(id)
  return world.old(id, claims)
}

describe('exchanging a session', () => {
  it('gives a browser of the old side a session of Better Auth, which its own server reads', async () => {
    const world = createWorld()
    const reply = await world.browser(`old=${await signedIn(world)}`)
    expect(said(reply)).toBe('200')
    expect(reply.json).toMatchObject({ id: 'ada', organization: null, verifier: 'better-auth' })
    expect(reply.headers.get('cache-control')).toBe('private, no-store')
    expect(await world.use({ cookie: reply.cookie })).toBe('better-auth ada')
    expect(await world.atBetterAuth(reply.cookie)).toBe('ada')
  })

  it('leaves the old session valid beside the new one', async () => {
    const world = createWorld({ stage: 'prefer-new' })
    const old = await signedIn(world)
    const { cookie } = await world.browser(`old=${old}`)
    expect(await world.use({ cookie: `old=${old}` })).toBe('legacy ada')
    expect(await world.use({ cookie: `old=${old}; ${cookie}` })).toBe('better-auth ada')
  })

  it('gives a page whose old token is a bearer the cookies of the new session', async () => {
    const world = createWorld()
    const reply = await world.client(await signedIn(world))
    expect([said(reply), await world.use({ cookie: reply.cookie })]).toEqual(['200', 'better-auth ada'])
  })

  it('gives a client tokens where the application gives out tokens, and nobody else', async () => {
    const world = createWorld({ bodyTokens: true })
    const old = await signedIn(world)
    const reply = await world.client(old)
    expect(reply.json).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
    })
    expect(reply.headers.getSetCookie()).toEqual([])
    expect(await world.use({ authorization: `Bearer ${String(reply.json['access_token'])}` })).toBe('better-auth ada')
    const page = await world.client(old, { tokens: false })
    expect([said(page), page.json['id'], page.json['access_token']]).toEqual(['200', 'ada', undefined])
    // As on a staging site, where the browser sends a password of the site along.
    for (const headers of [{}, { authorization: 'Basic c3RhZ2luZzpzZWNyZXQ=' }]) {
      const browser = await world.browser(`old=${old}`, headers)
      expect([said(browser), browser.json['access_token']]).toEqual(['200', undefined])
      expect(await world.use({ cookie: browser.cookie })).toBe('better-auth ada')
    }
    expect(said(await createWorld().client(old, { tokens: true }))).toBe('400 request_invalid')
  })

  it('never makes a token that a script reads out of a cookie', async () => {
    const world = createWorld({ bodyTokens: true })
    const cookie = `old=${await signedIn(world)}`
    const request = new Request(`${ORIGIN}/auth/exchange`, {
      method: 'POST',
      headers: { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
      body: '{"tokens":true}',
    })
    const response = await world.handle(request)
    expect([response.status, await response.json()]).toMatchObject([403, { reason: 'no_tokens' }])
  })

  it('answers a browser that is there already with its session, and mints nothing', async () => {
    const world = createWorld({ stage: 'prefer-new' })
    const old = await signedIn(world)
    const { cookie } = await world.browser(`old=${old}`)
    const again = await world.browser(`old=${old}; ${cookie}`)
    expect([said(again), again.json['verifier'], again.cookie]).toEqual(['200', 'better-auth', ''])
    expect(world.shared.server.tables.session).toHaveLength(1)
  })

  it('gives tabs that come together one session', async () => {
    const world = createWorld()
    const old = await signedIn(world)
    const replies = await Promise.all(Array.from({ length: 20 }, () => world.browser(`old=${old}`)))
    expect(new Set(replies.map(({ cookie }) => cookie)).size).toBe(1)
    expect(world.shared.server.tables.session).toHaveLength(1)
  })

  it('tells what it did in events that hold no secret', async () => {
    const world = createWorld()
    const old = await signedIn(world)
    await world.browser(`old=${old}`)
    await world.browser(`old=${old}`)
    const exchanged = world.events.filter(({ type }) => type === 'exchanged')
    expect(exchanged).toMatchObject([
      {
        migration: 'default',
        from: 'legacy',
        to: 'better-auth',
        carrier: 'cookie',
        automatic: false,
        principalId: 'ada',
      },
    ])
    const [, , signature = ''] = old.split('.')
    const [session] = world.shared.server.tables.session
    const told = JSON.stringify(world.events)
    expect([told.includes(signature), told.includes(String(session?.['token']))]).toEqual([false, false])
  })
})

describe('who may exchange', () => {
  it('exchanges by the stage: not before the new side counts, and not after the old keys are gone', async () => {
    const world = createWorld({ stage: 'off' })
    const cookie = `old=${await signedIn(world)}`
    const seen: string[] = []
    for (const stage of ['off', 'shadow', 'dual', 'prefer-new', 'new-only', 'retired'] as const) {
      await world.publish({ stage })
      seen.push(said(await world.browser(cookie)))
    }
    expect(seen).toEqual([
      '403 exchange_refused stage',
      '403 exchange_refused stage',
      '200',
      '200',
      '200',
      '401 legacy_retired',
    ])
  })

  it('exchanges in new-only until the date of the policy, and not after', async () => {
    const acceptUntil = new Date(Date.now() + DAY * 1000).toISOString()
    const world = createWorld({ stage: 'new-only', policy: { cutOff: { acceptUntil } } })
    const cookie = `old=${await signedIn(world, 'ada', { exp: Math.floor(Date.now() / 1000) + 3 * DAY })}`
    expect(await world.use({ cookie })).toBe('legacy_retired')
    expect(said(await world.browser(cookie))).toBe('200')
    world.clock.offset = DAY * 1000 + 1
    expect(said(await world.browser(cookie))).toBe('401 legacy_retired')
  })

  it('exchanges in dual for those whom the rollout moves', async () => {
    const world = createWorld({ policy: { rollout: everybody(0) } })
    const cookie = `old=${await signedIn(world)}`
    expect(said(await world.browser(cookie))).toBe('403 exchange_refused cohort')
    await world.publish({ rollout: everybody(10_000) })
    expect(said(await world.browser(cookie))).toBe('200')
  })

  it('goes by the stage of the organization that the person acts for', async () => {
    const world = createWorld({ stage: 'off', policy: { organizations: { acme: { stage: 'prefer-new' } } } })
    const reply = await world.browser(`old=${await signedIn(world, 'ada', { org: 'acme' })}`)
    expect(said(reply)).toBe('403 exchange_refused mismatch')
    const linked = createWorld({
      stage: 'off',
      policy: { organizations: { acme: { stage: 'prefer-new' } } },
      accounts: { ada: { organization: 'acme' } },
    })
    const own = await linked.browser(`old=${await signedIn(linked)}`)
    expect([said(own), own.json['organization']]).toEqual(['200', 'acme'])
  })

  it('refuses whom no account is linked to, and a deactivated account', async () => {
    const accounts: Record<string, { active: boolean } | null> = { nobody: null, gone: { active: false } }
    const world = createWorld({ accounts })
    expect(said(await world.browser(`old=${await signedIn(world, 'nobody')}`))).toBe('403 identity_unlinked')
    expect(said(await world.browser(`old=${await signedIn(world, 'gone')}`))).toBe('403 account_deactivated')
  })

  it('refuses whom the new side does not know', async () => {
    const world = createWorld()
    expect(said(await world.browser(`old=${world.old('ada')}`))).toBe('403 exchange_refused no_account')
  })

  it('refuses whom the new side has banned', async () => {
    const world = createWorld()
    await world.join('ada', { banned: true })
    expect(said(await world.browser(`old=${world.old('ada')}`))).toBe('403 account_banned')
    expect(world.shared.server.tables.session).toHaveLength(0)
  })

  it('refuses an API key and a machine with a clear reason', async () => {
    const world = createWorld()
    const key = await world.apiKey('ada')
    expect(said(await world.client(key))).toBe('403 exchange_refused api_key')
    expect(world.events.filter(({ type }) => type === 'exchange_refused')).toMatchObject([{ reason: 'api_key' }])
  })

  it('refuses a cookie from another site, also where its side is refused already', async () => {
    for (const stage of ['dual', 'new-only'] as const) {
      const world = createWorld({ stage })
      const cookie = `old=${await signedIn(world)}`
      for (const headers of [
        { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
        { 'sec-fetch-site': 'same-site' },
        { 'sec-fetch-site': '' },
      ])
        expect(said(await world.browser(cookie, headers))).toBe('403 origin_untrusted')
      expect(said(await world.browser(cookie, { 'sec-fetch-site': 'cross-site', origin: ORIGIN }))).toBe('200')
    }
  })

  it('refuses what is missing, forged, expired, or revoked meanwhile', async () => {
    const world = createWorld()
    const old = await signedIn(world)
    expect(said(await world.browser('other=1'))).toBe('401 credential_missing')
    expect(said(await world.browser(`old=${old.slice(0, -4)}AAAA`))).toBe('401 credential_invalid')
    expect(await world.use({ cookie: `old=${old}` })).toBe('legacy ada')
    await world.auth.revoke({ credential: old })
    expect(said(await world.browser(`old=${old}`))).toBe('401 credential_revoked')
    const later = createWorld()
    const ended = await signedIn(later)
    later.clock.offset = DAY * 1000
    expect(said(await later.browser(`old=${ended}`))).toBe('401 credential_expired')
  })

  it('sends whom the application wants to prove more to the sign-in', async () => {
    const login = 'https://app.example.com/sign-in'
    const world = createWorld({
      policy: { announcement: { login } },
      exchange: { stepUp: ({ organization }) => organization === 'bank' },
      accounts: { bob: { organization: 'bank' } },
    })
    expect(said(await world.browser(`old=${await signedIn(world)}`))).toBe('200')
    const reply = await world.browser(`old=${await signedIn(world, 'bob')}`)
    expect([said(reply), reply.json['login']]).toEqual(['401 sign_in_required step_up', login])
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer|Cookie/)
  })

  it('sends whom Better Auth asks for a second factor to the sign-in, unless the old session proves one', async () => {
    const world = createWorld()
    await world.join('ada', { twoFactorEnabled: true })
    expect(said(await world.browser(`old=${world.old('ada')}`))).toBe('401 sign_in_required step_up')
    expect(said(await world.browser(`old=${world.old('ada', { amr: ['pwd', 'otp'] })}`))).toBe('200')
  })

  it.each([
    [['otp'], '401 sign_in_required step_up'],
    [['sms'], '401 sign_in_required step_up'],
    [['passkey'], '401 sign_in_required step_up'],
    [['otp', 'sms'], '401 sign_in_required step_up'],
    [['pwd', 'pin'], '401 sign_in_required step_up'],
    [['pwd', 'sms'], '200'],
    [['fpt', 'hwk'], '200'],
    [['mfa'], '200'],
  ])('takes %j for what it proves, where a second factor is asked for', async (amr, expected) => {
    const world = createWorld()
    await world.join('ada', { twoFactorEnabled: true })
    expect(said(await world.browser(`old=${world.old('ada', { amr })}`))).toBe(expected)
  })

  it.each([
    [1, '401 sign_in_required step_up'],
    ['1', '401 sign_in_required step_up'],
    [0, '200'],
  ])('knows that a second factor is asked for where the database says %j', async (twoFactorEnabled, expected) => {
    const world = createWorld()
    await world.join('ada', { twoFactorEnabled })
    expect(said(await world.browser(`old=${world.old('ada')}`))).toBe(expected)
  })

  it('clears the caches of an earlier session, and no cookie that only looks like one', async () => {
    const world = createWorld()
    const name = 'better-auth.session_data'
    const junk = Array.from({ length: 400 }, (_, at) => `${name}.${at + 16}=x`)
    const sent = [`${name}=x`, `${name}.0=x`, `${name}. =x`, `${name}., Domain=x`, ...junk]
    const reply = await world.browser(`old=${await signedIn(world)}; ${sent.join('; ')}`)
    const cleared = reply.headers.getSetCookie().filter((field) => field.startsWith(name))
    expect([said(reply), cleared.map((field) => field.slice(0, field.indexOf('=')))]).toEqual([
      '200',
      [name, `${name}.0`],
    ])
  })

  it('asks the limit of the application, and says how long to wait', async () => {
    const world = createWorld({ exchange: { rateLimit: ({ id }) => (id === 'ada' ? 30 : null) } })
    const reply = await world.browser(`old=${await signedIn(world)}`)
    expect([said(reply), reply.headers.get('retry-after')]).toEqual(['429 rate_limited', '30'])
    expect(said(await world.browser(`old=${await signedIn(world, 'bob')}`))).toBe('200')
  })
})

describe('what a session may become', () => {
  it('ends no later than the old one, and never by being used', async () => {
    const world = createWorld()
    const exp = Math.floor(Date.now() / 1000) + DAY / 2
    const reply = await world.browser(`old=${await signedIn(world, 'ada', { exp })}`)
    expect(reply.json['expiresAt']).toBe(exp)
    const [row] = world.shared.server.tables.session as [Record<string, unknown>]
    expect(await world.atBetterAuth(reply.cookie)).toBe('ada')
    expect((row['expiresAt'] as Date).getTime()).toBe(exp * 1000)
  })

  it('ends with the longest life that the application allows, and later than the old one only where it says so', async () => {
    const exp = Math.floor(Date.now() / 1000) + 30 * DAY
    const capped = createWorld({ exchange: { maxAgeSeconds: DAY } })
    const short = await capped.browser(`old=${await signedIn(capped, 'ada', { exp })}`)
    expect(Number(short.json['expiresAt'])).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + DAY)
    const renewing = createWorld({ exchange: { renew: true, maxAgeSeconds: 5 * DAY } })
    const soon = Math.floor(Date.now() / 1000) + 600
    const long = await renewing.browser(`old=${await signedIn(renewing, 'ada', { exp: soon })}`)
    expect(Number(long.json['expiresAt'])).toBeGreaterThan(soon + 4 * DAY)
  })

  const tricks: readonly [string, (own: SessionMinter, world: () => World) => SessionMinter, string][] = [
    [
      'another person',
      (own) => ({ ...own, mint: (asked) => own.mint({ ...asked, principal: { ...asked.principal, id: 'bob' } }) }),
      'mismatch',
    ],
    [
      'a later end',
      (own) => ({ ...own, mint: (asked) => own.mint({ ...asked, endsAt: asked.endsAt + 60 }) }),
      'longer',
    ],
    [
      'a session that is not valid',
      (own) => ({
        ...own,
        mint: async () => ({
          kind: 'cookies',
          cookies: [{ name: 'x', field: 'better-auth.session_token=junk.AAAA', endSession: () => {} }],
        }),
      }),
      'mismatch',
    ],
    [
      'the old credential once more',
      (own) => ({
        ...own,
        mint: async ({ credential }) => ({
          kind: 'cookies',
          cookies: [{ name: 'old', field: `old=${credential}`, endSession: () => {} }],
        }),
      }),
      'mismatch',
    ],
    ['nothing at all', (own) => ({ ...own, mint: async () => ({ kind: 'cookies', cookies: [] }) }), 'mismatch'],
  ]
  it.each(tricks)('is refused, and ended, where the minter brings %s', async (_what, trick, reason) => {
    const world: World = createWorld({ minter: (own) => trick(own, () => world) })
    await world.join('bob')
    const reply = await world.browser(`old=${await signedIn(world)}`)
    expect([said(reply), reply.cookie]).toEqual([`403 exchange_refused ${reason}`, ''])
    expect(world.shared.server.tables.session).toHaveLength(0)
    expect(world.events.filter(({ type }) => type === 'exchange_refused')).toMatchObject([{ reason }])
  })

  it('has no role that the old one does not have', async () => {
    const world = createWorld()
    await world.join('ada', { role: 'editor' })
    expect(said(await world.browser(`old=${world.old('ada')}`))).toBe('403 exchange_refused stronger')
    expect(said(await world.browser(`old=${world.old('ada', { roles: ['editor', 'user'] })}`))).toBe('200')
  })
})

describe('rights in organizations that the exchange does not name', () => {
  const gives = (before: readonly Membership[], after: readonly Membership[]) => ({
    link: ({ verifier, subject }: { verifier: string; subject: string }) => ({
      id: subject,
      memberships: verifier === 'legacy' ? before : after,
    }),
  })
  const editor = (organization: string): Membership => ({ organization, roles: ['editor'] })

  it.each<[string, readonly Membership[], readonly Membership[], string]>([
    ['a membership more', ['acme'], ['acme', 'globex'], '403 exchange_refused stronger'],
    ['a role more', ['acme'], [editor('acme')], '403 exchange_refused stronger'],
    [
      'a permission more',
      ['acme'],
      [{ organization: 'acme', permissions: ['things:write'] }],
      '403 exchange_refused stronger',
    ],
    ['the same', [editor('acme'), 'globex'], ['globex', editor('acme')], '200'],
    ['less', [editor('acme'), 'globex'], ['acme'], '200'],
    [
      'a permission that a role covered',
      [editor('acme')],
      [{ organization: 'acme', permissions: ['things:write'] }],
      '200',
    ],
  ])('are compared: %s', async (_what, before, after, expected) => {
    const world = createWorld({ options: gives(before, after) as never })
    const reply = await world.browser(`old=${await signedIn(world)}`)
    expect(said(reply)).toBe(expected)
    expect(sessionsOf(world)).toBe(expected === '200' ? 1 : 0)
  })
})

describe('what goes wrong on the way', () => {
  it('is 503 where the minter, or the store that counts, is away, and takes nothing away', async () => {
    let isDown = true
    const away = (own: SessionMinter): SessionMinter => ({
      ...own,
      mint: (asked) => (isDown ? Promise.reject(new Error('away')) : own.mint(asked)),
    })
    const world = createWorld({ minter: away, exchange: { most: 1 } })
    const cookie = `old=${await signedIn(world)}`
    const reply = await world.browser(cookie)
    expect([said(reply), reply.headers.get('retry-after')]).toEqual(['503 verifier_unavailable', '5'])
    expect(await world.use({ cookie })).toBe('legacy ada')
    isDown = false
    expect(said(await world.browser(cookie))).toBe('200')
    const uncounted = createWorld({
      exchange: { exchanges: { take: () => Promise.reject(new Error('away')), giveBack: () => {} } },
    })
    expect(said(await uncounted.browser(`old=${await signedIn(uncounted)}`))).toBe('503 store_unavailable')
    expect(uncounted.shared.server.tables.session).toHaveLength(0)
  })

  it('is 503 where the minter does not answer in time, and what it brings later is ended', async () => {
    const gate = gateway()
    const slow = (own: SessionMinter): SessionMinter => ({
      ...own,
      async mint(asked) {
        await gate.promise
        return own.mint(asked)
      },
    })
    const world = createWorld({ minter: slow, exchange: { timeoutMs: 100 } })
    expect(said(await world.browser(`old=${await signedIn(world)}`))).toBe('503 verifier_unavailable')
    gate.resolve()
    await expect.poll(() => world.events.length).toBeGreaterThan(0)
    await expect.poll(() => world.shared.server.tables.session.length).toBe(0)
  })

  it('answers what the minter itself says, such as a limit of the provider', async () => {
    const limited = (own: SessionMinter): SessionMinter => ({
      ...own,
      mint: () => Promise.reject(new AuthError('rate_limited', { retryAfterSeconds: 9 })),
    })
    const world = createWorld({ minter: limited })
    const reply = await world.browser(`old=${await signedIn(world)}`)
    expect([said(reply), reply.headers.get('retry-after')]).toEqual(['429 rate_limited', '9'])
  })

  it('survives hostile bodies and methods', async () => {
    const world = createWorld({ bodyTokens: true })
    const authorization = `Bearer ${await signedIn(world)}`
    const ask = async (init: RequestInit): Promise<number> =>
      (await world.handle(new Request(`${ORIGIN}/auth/exchange`, { method: 'POST', ...init }))).status
    const typed = { authorization, 'content-type': 'application/json' }
    expect(await ask({ headers: typed, body: '{"tokens":1}' })).toBe(400)
    expect(await ask({ headers: typed, body: '{"__proto__":{"tokens":true},"x":1}' })).toBe(400)
    expect(await ask({ headers: typed, body: '['.repeat(500) })).toBe(400)
    expect(await ask({ headers: typed, body: ' '.repeat(5_000) })).toBe(413)
    expect(await ask({ headers: { ...typed, 'content-type': 'text/plain' }, body: '{}' })).toBe(415)
    expect(await ask({ headers: { authorization: 'Bearer a, Bearer b' } })).toBe(400)
    expect(await ask({ headers: { authorization: `Bearer ${'x'.repeat(9_000)}` } })).toBe(431)
    const get = await world.handle(new Request(`${ORIGIN}/auth/exchange`, { headers: { authorization } }))
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })
})

describe('where nothing can be minted', () => {
  it('answers with the page to sign in at, and who signs in there', async () => {
    const world = createWorld({
      stage: 'new-only',
      minter: () =>
        redirectMinter({
          verifier: 'better-auth',
          url: '/auth/sign-in?x=1',
          loginHint: ({ id }) => `${id}@example.com`,
        }),
    })
    const reply = await world.browser(`old=${await signedIn(world)}`)
    expect(said(reply)).toBe('401 sign_in_required')
    expect(reply.json['login']).toBe('/auth/sign-in?x=1&login_hint=ada%40example.com')
    // It took none of the exchanges away.
    for (let index = 0; index < 5; index++)
      expect(said(await world.browser(`old=${world.old('ada')}`))).toBe('401 sign_in_required')
  })
})
