import { randomBytes } from 'node:crypto'
import type { DualAuthOptions } from '@dualauth/core'
import { afterEach, describe, expect, it } from 'vitest'
import { signInEndpoints, type SignInProvider } from '../../src/index.js'
import { APPS } from '../apps.js'
import { createBrowser, createWorld, fillIn, type World, type WorldOptions } from './world.js'

let world: World | null = null
afterEach(async () => {
  await world?.close()
  world = null
})
const open = async (options?: WorldOptions): Promise<World> => (world = await createWorld(options))

describe.each(Object.keys(APPS))('signing in, mounted in %s', (framework) => {
  it('goes to the provider and back to the page that was asked for, with a session', async () => {
    const { origin, host, signIn, me } = await open({ framework })
    const browser = createBrowser()
    expect(await me(browser)).toBe('401 credential_missing')
    expect((await signIn(browser)).url).toBe(`${origin}/things?page=2`)
    expect(await me(browser)).toBe('200 ada')
    // Nothing is left of the sign-in but what its sign-out needs.
    expect([...browser.cookies(host).keys()]).toEqual(['session', 'dualauth-sign-out', 'dualauth-signed-in'])
  })

  it('is refreshed on demand, where that is due, without a token in the answer', async () => {
    const { origin, host, clock, signIn, me } = await open({ framework })
    const browser = createBrowser()
    await signIn(browser)
    const before = browser.cookies(host).get('session')
    const refresh = (headers: Record<string, string>) =>
      browser.ask(`${origin}/auth/refresh`, { method: 'POST', headers })
    clock.offset = 280_000
    expect((await refresh({ origin: 'https://evil.example' })).status).toBe(403)
    expect(browser.cookies(host).get('session')).toBe(before)
    const { status, text } = await refresh({ origin })
    expect([status, JSON.parse(text)]).toEqual([200, expect.objectContaining({ id: 'ada', verifier: 'workforce' })])
    expect(text).not.toMatch(/token/)
    expect(browser.cookies(host).get('session')).not.toBe(before)
    expect(await me(browser)).toBe('200 ada')
    expect((await browser.ask(`${origin}/auth/refresh`)).headers.get('allow')).toBe('POST')
  })
})

describe('a sign-in', () => {
  it('is of the browser that began it: its callback is nothing to another one', async () => {
    const { origin, signIn, me } = await open()
    const [mallory, victim] = [createBrowser(), createBrowser()]
    const page = await fillIn(mallory, await mallory.go(`${origin}/auth/sign-in`), 'mallory').catch(() => null)
    expect(page?.url).toBe(`${origin}/`)
    // A callback that mallory kept for the victim.
    const begun = await mallory.ask(`${origin}/auth/sign-in`)
    const state = new URL(begun.headers.get('location') as string).searchParams.get('state') as string
    const answer = await victim.ask(`${origin}/auth/callback?code=x&state=${state}`)
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'sign_in_failed'])
    expect(await me(victim)).toBe('401 credential_missing')
    await signIn(victim)
    expect(await me(victim)).toBe('200 ada')
  })

  // A provider that was broken into would send people to the callback of another one, with a code of its own.
  it('is of the callback and the provider that it was begun for, also where others have the same secrets', async () => {
    const secrets = [randomBytes(32).toString('base64url')]
    let provider: SignInProvider | null = null
    const { origin, auth, handle } = await open({ secrets, wrap: (own) => (provider = own) })
    const others = signInEndpoints({
      auth,
      provider: provider as unknown as SignInProvider,
      redirectUri: `${origin}/others/callback`,
      secrets,
    })
    const begun = await others(new Request(`${origin}/others/sign-in`))
    const state = new URL(begun.headers.get('location') as string).searchParams.get('state') as string
    const cookie = begun.headers
      .getSetCookie()
      .map((field) => field.split(';', 1)[0])
      .join('; ')
    const answer = await handle(new Request(`${origin}/auth/callback?code=x&state=${state}`, { headers: { cookie } }))
    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ reason: 'state' })])
  })

  it('begins where the host of a request names its organization', async () => {
    const organization: DualAuthOptions['organization'] = (request) =>
      (request.target().host as string).startsWith('acme.') ? 'acme' : undefined
    const { signIn, me } = await open({ instance: { organization } })
    const browser = createBrowser()
    await signIn(browser)
    expect(await me(browser)).toBe('200 ada')
  })

  it('serves once: a callback that is loaded again begins nothing', async () => {
    const { origin, provider } = await open()
    const browser = createBrowser()
    let callback = ''
    const page = await browser.go(`${origin}/auth/sign-in`)
    const watched = {
      ...browser,
      go: async (url: string, init?: RequestInit) => {
        let at = await browser.ask(url, init)
        for (let next = at.headers.get('location'); next !== null; next = at.headers.get('location')) {
          if (next.startsWith(`${origin}/auth/callback`)) callback = next
          at = await browser.ask(new URL(next, at.url).href)
        }
        return at
      },
    }
    await fillIn(watched, page, 'ada')
    expect(callback).toContain('iss=')
    const again = await browser.ask(callback)
    expect([again.status, JSON.parse(again.text).code]).toEqual([400, 'sign_in_failed'])
    expect(again.text).not.toContain(provider.issuer)
  })

  it('is over after ten minutes', async () => {
    const { origin, clock } = await open()
    const browser = createBrowser()
    const page = await browser.go(`${origin}/auth/sign-in`)
    clock.offset = 600_001
    expect((await fillIn(browser, page, 'ada')).status).toBe(400)
  })

  it.each([
    ['another state', { state: 'A'.repeat(43) }],
    ['no state', { state: null }],
    ['another issuer (RFC 9207)', { iss: 'https://evil.example' }],
    ['a code of nobody', { code: 'guessed' }],
    ['no code', { code: null }],
  ])('with %s is refused, and says nothing of the provider', async (_name, change: Record<string, string | null>) => {
    const { origin, provider, me } = await open()
    const browser = createBrowser()
    const begun = await browser.ask(`${origin}/auth/sign-in`)
    const state = new URL(begun.headers.get('location') as string).searchParams.get('state') as string
    const parameters = { code: 'x', state, iss: provider.issuer, ...change }
    const sent = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== null)
    const answer = await browser.ask(`${origin}/auth/callback?${new URLSearchParams(sent)}`)
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'sign_in_failed'])
    expect(answer.text).not.toContain(provider.issuer)
    expect(await me(browser)).toBe('401 credential_missing')
  })

  it('that the person stops ends with an answer, and another one may begin', async () => {
    const { origin, signIn, me } = await open()
    const browser = createBrowser()
    const page = await browser.go(`${origin}/auth/sign-in`)
    const abort = /href="([^"]+\/abort)"/.exec(page.text)?.[1] as string
    const stopped = await browser.go(new URL(abort, page.url).href)
    expect([stopped.status, JSON.parse(stopped.text).code]).toEqual([400, 'sign_in_failed'])
    await signIn(browser)
    expect(await me(browser)).toBe('200 ada')
  })

  it('is 503 for everybody who comes while the provider is away', async () => {
    const { origin, provider } = await open()
    provider.isDown = true
    const asked = Array.from({ length: 5 }, () => createBrowser().ask(`${origin}/auth/sign-in`))
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([503, 503, 503, 503, 503])
  })

  it('is neither begun nor spent by a look at its head', async () => {
    const { origin } = await open()
    const browser = createBrowser()
    for (const path of ['sign-in', 'callback'])
      expect((await browser.ask(`${origin}/auth/${path}`, { method: 'HEAD' })).status).toBe(405)
    expect((await browser.ask(`${origin}/auth/me`, { method: 'HEAD' })).status).toBe(401)
  })

  it('is 503 while the provider is away, and goes on when it is back', async () => {
    const { origin, provider, signIn, me } = await open()
    const browser = createBrowser()
    provider.isDown = true
    const away = await browser.ask(`${origin}/auth/sign-in`)
    expect([away.status, JSON.parse(away.text).code]).toEqual([503, 'verifier_unavailable'])
    provider.isDown = false
    await signIn(browser)
    expect(await me(browser)).toBe('200 ada')
  })

  it('of five tabs works in each; of more, the oldest ones end', async () => {
    const { origin, host } = await open()
    const browser = createBrowser()
    for (let tab = 0; tab < 12; tab++) await browser.ask(`${origin}/auth/sign-in`)
    expect(browser.cookies(host).size).toBe(5)
  })

  it('of somebody who may not come in gives no session, and says why', async () => {
    const link = (subject: string) => (subject === 'gone' ? { id: 'gone', active: false } : null)
    const { host, signIn } = await open({ link })
    for (const [login, code] of [
      ['gone', 'account_deactivated'],
      ['stranger', 'identity_unlinked'],
    ] as const) {
      const browser = createBrowser()
      const page = await signIn(browser, login)
      expect([page.status, JSON.parse(page.text).code]).toEqual([403, code])
      expect([...browser.cookies(host)]).toEqual([])
    }
  })

  it('goes to the old side while the policy says so, with the page that was asked for', async () => {
    const { origin } = await open({ stage: 'dual', oldSignIn: '/old-login?theme=dark' })
    const { headers } = await createBrowser().ask(`${origin}/auth/sign-in?returnTo=/a%26b&login_hint=ada@example.com`)
    expect(headers.get('location')).toBe(`${origin}/old-login?theme=dark&returnTo=%2Fa%26b`)
  })
})

describe('where a sign-in leads', () => {
  it.each([
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    ['/.//evil.example', '/'],
    ['/%09/evil.example', '/%09/evil.example'],
    ['/\t/evil.example', '/'],
    ['/a/../../b', '/b'],
    ['', '/'],
    ['/auth/sign-in?returnTo=/x', '/'],
    ['/x/../auth/callback', '/'],
    [`/${'x'.repeat(2_000)}`, '/'],
    ['/things?next=https://evil.example#top', '/things?next=https://evil.example#top'],
  ])('%s ends at %s', async (returnTo, expected) => {
    const { origin, signIn } = await open()
    const page = await signIn(createBrowser(), 'ada', `/auth/sign-in?${new URLSearchParams({ returnTo })}`)
    expect(page.url).toBe(new URL(expected, origin).href)
  })
})

/** Its sessions belong to no verifier here: every sign-in would end in a refusal. */
const strange = { verifier: 'work-force', authorizationUrl() {}, finish() {}, signOutUrl() {}, clear() {} }

it.each([
  ['signInEndpoints.redirectUri', { redirectUri: 'https://app.example.com/auth' }],
  ['signInEndpoints.redirectUri', { redirectUri: 'http://app.example.com/auth/callback' }],
  ['signInEndpoints.redirectUri', { redirectUri: 'https://app.example.com/a;b/callback' }],
  ['signInEndpoints.secrets[0]', { secrets: ['short'] }],
  ['signInEndpoints.home', { home: '//evil.example' }],
  ['signInEndpoints.oldSignIn', { oldSignIn: '/old' }],
  ['signInEndpoints.provider.verifier', { provider: strange }],
  ['signInEndpoints', { callbackUrl: 'x' }],
])('names a wrong option: %s', async (path, options) => {
  const error = await createWorld(options as never).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'configuration_invalid' })
  expect((error as Error).message.startsWith(path)).toBe(true)
})
