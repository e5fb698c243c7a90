import { AuthError, type AuthEvent } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { afterEach, describe, expect, it } from 'vitest'
import {
  betterAuthSignOut,
  sessionEndpoints,
  type SessionEndpointsOptions,
  type SigningOutInstance,
} from '../../src/index.js'
import { APPS, listen } from '../apps.js'
import { createWorld, everybody, type WorldOptions } from '../exchange/world.js'
import { createBrowser, type Browser, type Page } from './browser.js'

let close = async (): Promise<void> => {}
afterEach(() => close())

/** An API that moves from its own JWTs to Better Auth, whose people sign in on pages of the application. */
async function open(framework: string, given: WorldOptions = {}, more: Partial<SessionEndpointsOptions> = {}) {
  let handle: (request: Request) => Promise<Response> = () => Promise.reject(new Error('not mounted yet'))
  const app = await listen(await APPS[framework]!('/auth', (request) => handle(request)))
  const { origin } = app
  const world = createWorld({ stage: 'prefer-new', options: { trustedOrigins: [origin] }, ...given })
  const { server } = world.shared
  const sessions = sessionEndpoints({
    auth: world.auth,
    url: `${origin}/auth`,
    signIn: '/login',
    oldSignIn: '/old/login',
    signOut: betterAuthSignOut(server as unknown as SigningOutInstance),
    clearCookies: ['old'],
    ...more,
  })
  handle = (request) => (request.url.endsWith('/exchange') ? world.handle(request) : sessions(request))
  close = async () => {
    await world.auth.close()
    await app.close()
  }
  await world.join('ada')
  const { host } = new URL(origin)
  const fields = { origin, 'sec-fetch-site': 'same-origin', connection: 'close' }
  const post = (browser: Browser, route: string, headers: Record<string, string> = {}): Promise<Page> =>
    browser.ask(`${origin}/auth${route}`, { method: 'POST', headers: { ...fields, ...headers } })
  return {
    world,
    origin,
    server,
    sessions,
    post,
    browser(old?: string): Browser {
      const browser = createBrowser()
      if (old !== undefined) browser.cookies(host).set('old', old)
      return browser
    },
    copy(browser: Browser): Browser {
      const copied = createBrowser()
      for (const [name, value] of browser.cookies(host)) copied.cookies(host).set(name, value)
      return copied
    },
    cookies: (browser: Browser): string[] => [...browser.cookies(host).keys()],
    async me(browser: Browser): Promise<string> {
      const { status, text } = await browser.ask(`${origin}/auth/me`, { headers: { connection: 'close' } })
      const { id, verifier, code } = JSON.parse(text) as Record<string, string>
      return `${status} ${code ?? `${id} by ${verifier}`}`
    },
  }
}

describe.each(Object.keys(APPS))('the endpoints around sessions beside Better Auth, in %s', (framework) => {
  it('know a person of the old side, of the new one, and nobody after signing out of either', async () => {
    const { world, browser, copy, me, post, cookies, server } = await open(framework)
    const old = browser(world.old('ada'))
    expect(await me(old)).toBe('200 ada by legacy')
    const moving = browser(world.old('ada', { sid: 's2' }))
    expect((await post(moving, '/exchange')).status).toBe(200)
    expect(await me(moving)).toBe('200 ada by better-auth')
    expect((await post(moving, '/refresh')).status).toBe(200)

    const [oldCopy, newCopy] = [copy(old), copy(moving)]
    for (const one of [old, moving]) expect((await post(one, '/sign-out')).status).toBe(303)
    expect([cookies(old), cookies(moving), server.tables.session]).toEqual([[], [], []])
    for (const one of [old, moving]) expect(await me(one)).toBe('401 credential_missing')
    for (const one of [oldCopy, newCopy]) expect(await me(one)).toBe('401 credential_revoked')
  })
})

describe('the endpoints around sessions', () => {
  it('sign a phone out by its bearer: of Better Auth there and here, and of the old side', async () => {
    const { world, browser, post, server, origin, sessions } = await open('hono')
    const [moving, other] = [browser(world.old('ada')), browser(world.old('ada', { n: 2 }))]
    for (const one of [moving, other]) expect((await post(one, '/exchange')).status).toBe(200)
    const tokenOf = (one: Browser): string => {
      const [, token = ''] =
        [...one.cookies(new URL(origin).host)].find(([name]) => name.endsWith('session_token')) ?? []
      return decodeURIComponent(token)
    }
    const signOut = async (token: string): Promise<readonly [number, readonly string[]]> => {
      const headers = { authorization: `Bearer ${token}` }
      const { status, headers: sent } = await sessions(
        new Request(`${origin}/auth/sign-out`, { method: 'POST', headers }),
      )
      return [status, sent.getSetCookie()]
    }
    const phone = tokenOf(moving)
    expect(await world.use({ authorization: `Bearer ${phone}` })).toBe('better-auth ada')
    expect(await signOut(phone)).toEqual([204, []])
    expect(await world.use({ authorization: `Bearer ${phone}` })).toBe('credential_revoked')
    expect(server.tables.session).toHaveLength(1)
    expect(await world.atBetterAuth('', { authorization: `Bearer ${phone}` })).toBeNull()
    expect(await world.use({ authorization: `Bearer ${tokenOf(other)}` })).toBe('better-auth ada')
    const old = world.old('ada', { sid: 's9' })
    expect(await signOut(old)).toEqual([204, []])
    expect(await world.use({ authorization: `Bearer ${old}` })).toBe('credential_revoked')
  })

  it('lead to the page of the side that issues, and on to a page of this site only', async () => {
    const { world, browser, origin } = await open('hono', {
      policy: { rollout: { ...everybody(0), unit: 'identifier' } },
    })
    const page = async (query: string): Promise<string | null> => {
      const { status, headers } = await browser().ask(`${origin}/auth/sign-in${query}`)
      expect(status).toBe(303)
      return (headers.get('location') as string).replace(origin, '')
    }
    expect(await page('?returnTo=/things')).toBe('/old/login?returnTo=%2Fthings')
    await world.publish({ rollout: { ...everybody(10_000), unit: 'identifier' } })
    expect(await page('?returnTo=/things&login_hint=ada')).toBe('/login?returnTo=%2Fthings')
    expect(await page('?returnTo=//evil.example')).toBe('/login?returnTo=%2F')
    expect(await page('?returnTo=/auth/sign-out')).toBe('/login?returnTo=%2F')
  })

  it('sign nobody out for another site, and tell a script where to go on', async () => {
    const { world, browser, post, me } = await open('hono', {}, { signedOut: '/bye' })
    const ada = browser(world.old('ada'))
    const refused = await post(ada, '/sign-out', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([403, 'origin_untrusted'])
    expect(await me(ada)).toBe('200 ada by legacy')
    const out = await post(ada, '/sign-out', { accept: 'application/json' })
    expect([out.status, new URL(JSON.parse(out.text).location).pathname]).toEqual([200, '/bye'])
  })

  it('keep every cookie while the session cannot be ended where it is kept', async () => {
    let isDown = true
    const signOut = (): void => {
      if (isDown) throw new AuthError('store_unavailable')
    }
    const { world, browser, post, cookies } = await open('hono', {}, { signOut })
    const ada = browser(world.old('ada'))
    expect((await post(ada, '/sign-out')).status).toBe(503)
    expect(cookies(ada)).toEqual(['old'])
    isDown = false
    expect((await post(ada, '/sign-out')).status).toBe(303)
    expect(cookies(ada)).toEqual([])
  })

  it.each([
    ['a browser', 'text/html', 'text/html; charset=utf-8'],
    ['a script', 'application/json', 'application/problem+json; charset=utf-8'],
  ])(
    'clear all of more cookies than a browser keeps, and tell %s that some were not judged',
    async (_of, accept, type) => {
      const events: AuthEvent[] = []
      const onEvent = (event: AuthEvent): void => void (event.type === 'endpoint_failed' && events.push(event))
      const { sessions, world, origin } = await open('hono', { options: { onEvent } })
      const forger = createLegacyIssuer()
      const tokens = Array.from({ length: 181 }, (_, n) => forger.sign({ userId: 'ada', n }))
      const cookie = [world.old('ada'), ...tokens].map((token) => `old=${token}`).join('; ')
      const headers = { cookie, accept, origin, 'sec-fetch-site': 'same-origin' }
      const out = await sessions(new Request(`${origin}/auth/sign-out`, { method: 'POST', headers }))
      expect([out.status, out.headers.get('content-type')]).toEqual([400, type])
      expect(await out.text()).toContain('credential_malformed')
      expect(out.headers.getSetCookie().some((field) => field.startsWith('old=; '))).toBe(true)
      const failure = { endpoint: 'sign-out', code: 'credential_malformed', reason: 'too_many_cookies' }
      expect(events).toEqual([expect.objectContaining(failure)])
    },
  )

  it('show a person a page, and answer other methods and addresses as what they are', async () => {
    const { browser, origin, post } = await open('hono')
    const html = { accept: 'text/html', connection: 'close' }
    const missing = await browser().ask(`${origin}/auth/callback`, { headers: html })
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
    const wrong = await post(browser(), '/me')
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET'])
  })

  it('name a wrong option at the start', async () => {
    const { world } = await open('hono')
    const given = { auth: world.auth, url: 'https://app.example.com/auth', signIn: '/login' }
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ url: 'auth' }, /^sessionEndpoints\.url/],
      [{ url: 'https://app.example.com/auth?x=1' }, /^sessionEndpoints\.url/],
      [{ url: 'http://app.example.com/auth' }, /^sessionEndpoints\.url/],
      [{ signIn: 'https://' }, /^sessionEndpoints\.signIn/],
      [{ home: 'https://evil.example' }, /^sessionEndpoints\.home/],
      [{ clearCookies: ['a=b'] }, /^sessionEndpoints\.clearCookies/],
      [{ provider: {} }, /^sessionEndpoints\.provider/],
    ]
    for (const [wrong, message] of cases)
      expect(() => sessionEndpoints({ ...given, ...wrong } as SessionEndpointsOptions)).toThrow(
        expect.objectContaining({ code: 'configuration_invalid', message: expect.stringMatching(message) as string }),
      )
  })
})
