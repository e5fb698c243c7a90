import type { AuthEvent, RevocationFeed } from '@dualauth/core'
import { describe, expect, it } from 'vitest'
import { APPS } from '../apps.js'
import { copyOf, createBrowser } from './browser.js'
import { signOut, worlds } from './world.js'

const open = worlds()
const codeOf = (text: string): unknown => (JSON.parse(text) as { code: unknown }).code

describe.each(Object.keys(APPS))('signing out, mounted in %s', (framework) => {
  it('ends on every door: neither the session nor the token of the old side signs in, also where they were copied', async () => {
    const { origin, host, provider, oldToken, signIn, me } = await open({ framework, clearCookies: ['old'] })
    const browser = createBrowser()
    await signIn(browser)
    browser.cookies(host).set('old', oldToken('ada'))
    const [session, old] = [copyOf(browser, host), copyOf(browser, host)]
    session.cookies(host).delete('old')
    old.cookies(host).delete('session')
    expect([await me(browser), await me(session), await me(old)]).toEqual(['200 ada', '200 ada', '200 ada'])
    const out = await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
    expect(out.status).toBe(303)
    expect(out.headers.get('location')).toMatch(new RegExp(`^${provider.issuer}/session/end\\?`))
    expect([...browser.cookies(host)]).toEqual([])
    expect([await me(session), await me(old)]).toEqual(['401 credential_revoked', '401 credential_revoked'])
  })

  it('ends the refresh token at the provider, and asks no less for signing out where that fails', async () => {
    const ends: AuthEvent[] = []
    const onEvent = (event: AuthEvent): void => void (event.type === 'session_end_failed' && ends.push(event))
    const { origin, provider, signIn } = await open({ framework, instance: { onEvent } })
    const out = async (): Promise<string[]> => {
      const browser = createBrowser()
      await signIn(browser)
      const { refreshToken } = provider
      const { status, headers } = await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
      expect([status, headers.getSetCookie().some((field) => field.startsWith('session=;'))]).toEqual([303, true])
      return [await provider.redeem(refreshToken), ...ends.map(({ type }) => type)]
    }
    expect(await out()).toEqual(['400 invalid_grant'])
    provider.revocation = 503
    expect(await out()).toEqual(['200 tokens', 'session_end_failed'])
  })

  it('is not undone by a refresh that is under way', async () => {
    const { origin, host, provider, clock, signIn, me } = await open({ framework })
    const browser = createBrowser()
    await signIn(browser)
    const [racing, copied] = [copyOf(browser, host), copyOf(browser, host)]
    clock.offset = 400_000
    const late = provider.holdTokens()
    const answer = racing.ask(`${origin}/auth/me`)
    await late.asked
    const out = await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
    expect(out.status).toBe(303)
    late.release()
    const { status, text, headers } = await answer
    expect([status, codeOf(text), headers.getSetCookie()]).toEqual([401, 'credential_revoked', []])
    expect([await me(racing), await me(copied)]).toEqual(['401 credential_revoked', '401 credential_revoked'])
  })

  it('is not done from another site, by a link, by a look, or without a word about the origin', async () => {
    const { origin, signIn, me } = await open({ framework })
    const browser = createBrowser()
    await signIn(browser)
    const ask = async (headers: Record<string, string>, method = 'POST') => {
      const { status, headers: sent } = await browser.ask(`${origin}/auth/sign-out`, { method, headers })
      return [status, sent.getSetCookie().length]
    }
    for (const headers of [
      {},
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${origin}.evil.example` },
      { origin: origin.replace('http:', 'https:') },
      { origin, 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { referer: `${origin}/` },
    ] as Record<string, string>[])
      expect([headers, await ask(headers)]).toEqual([headers, [403, 0]])
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) expect(await ask({ origin }, method)).toEqual([405, 0])
    const options = await browser.ask(`${origin}/auth/sign-out`, { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST'])
    expect(await me(browser)).toBe('200 ada')
    expect((await ask({ 'sec-fetch-site': 'same-origin' }))[0]).toBe(303)
  })
})

describe('signing out at the provider', () => {
  it('asks nobody: the provider knows by the id token whose session ends, and sends the browser back', async () => {
    const { origin, host, provider, signIn, me } = await open()
    const browser = createBrowser()
    await signIn(browser)
    expect((await signOut(browser, origin)).url).toBe(`${origin}/`)
    expect([...browser.cookies(host)]).toEqual([])
    // Its own session is over, too: the next sign-in asks for the password.
    const again = await browser.go(`${origin}/auth/sign-in`)
    expect(again.url).toContain(`${provider.issuer}/interaction/`)
    expect(again.text).toContain('name="login"')
    await signIn(browser, 'bea')
    expect(await me(browser)).toBe('200 bea')
  })

  it('keeps the id token where no other request, no script and no log of cookies sees it', async () => {
    const { origin, host, signIn } = await open()
    const browser = createBrowser()
    const fields: string[] = []
    const watched = { ...browser, ask: browser.ask }
    await signIn(watched)
    const kept = browser.cookies(host).get('dualauth-sign-out') as string
    expect(kept).not.toContain('eyJ')
    expect(atob(kept.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('eyJ')
    const out = await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
    fields.push(...out.headers.getSetCookie().filter((field) => field.startsWith('dualauth-sign-out=')))
    expect(fields).toEqual(['dualauth-sign-out=; Path=/auth/sign-out; Max-Age=0; HttpOnly; SameSite=Strict'])
    expect(new URL(out.headers.get('location') as string).searchParams.get('id_token_hint')).toMatch(/^eyJ/)
  })

  it('shows the id token of that very session only: one that was tossed, or is of a session before, is not sent', async () => {
    const { origin, host, signIn } = await open()
    const [mallory, browser] = [createBrowser(), createBrowser()]
    await signIn(mallory, 'mallory')
    await signIn(browser)
    const [own, tossed] = [browser, mallory].map((one) => one.cookies(host).get('dualauth-sign-out') as string)
    const session = browser.cookies(host).get('session') as string
    const hintOf = async (...kept: (string | undefined)[]) => {
      const cookie = [`session=${session}`, ...kept.map((value) => `dualauth-sign-out=${value}`)].join('; ')
      const { headers } = await createBrowser().ask(`${origin}/auth/sign-out`, {
        method: 'POST',
        headers: { origin, cookie },
      })
      const hint = new URL(headers.get('location') as string).searchParams.get('id_token_hint')
      return hint === null ? null : (JSON.parse(atob(hint.split('.')[1] as string)) as { sub: string }).sub
    }
    expect(await hintOf(tossed)).toBeNull()
    expect(await hintOf('junk', 'a.b', '')).toBeNull()
    expect(await hintOf(tossed, own)).toBe('ada')
  })

  it('names the person as the provider wants it, also where the id token is too large to keep', async () => {
    const { origin, signIn } = await open({
      signingIn: { logoutHintClaim: 'sub', scope: 'openid email large offline_access' },
    })
    const browser = createBrowser()
    await signIn(browser)
    const out = await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
    const { searchParams } = new URL(out.headers.get('location') as string)
    expect(['client_id', 'logout_hint', 'id_token_hint'].map((name) => searchParams.get(name))).toEqual([
      'web',
      'ada',
      null,
    ])
    expect(searchParams.get('post_logout_redirect_uri')).toBe(`${origin}/`)
  })

  it('does not wait for a provider that is away', async () => {
    const { origin, host, provider, clock, signIn, me } = await open()
    const browser = createBrowser()
    await signIn(browser)
    const copied = copyOf(browser, host)
    // Its access token is over, so that the session would have to be refreshed first.
    clock.offset = 400_000
    provider.isDown = true
    const out = await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
    expect(out.status).toBe(303)
    expect(await me(browser)).toBe('401 credential_missing')
    provider.isDown = false
    clock.offset = 4_000_000
    expect(await me(copied)).toBe('401 credential_revoked')
  })
})

describe('signing out of everything else', () => {
  it('ends the session of the old side where it is kept, and sends the cookies that clear it', async () => {
    const ended: string[] = []
    const { origin, host, oldToken, signIn } = await open({
      signOut(request) {
        ended.push(request.headers.get('cookie') ?? '')
        return new Response(null, { headers: { 'set-cookie': 'old=; Path=/; Max-Age=0' } })
      },
    })
    const browser = createBrowser()
    await signIn(browser)
    browser.cookies(host).set('old', oldToken('ada'))
    await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
    expect(ended).toEqual([expect.stringContaining('old=')])
    expect([...browser.cookies(host)]).toEqual([])
  })

  it('ends a session whose access token is over: a copy of its cookie is refreshed for nobody', async () => {
    const { origin, host, clock, signIn, me } = await open()
    const browser = createBrowser()
    await signIn(browser)
    const copied = copyOf(browser, host)
    clock.offset = 400_000
    await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
    expect(await me(copied)).toBe('401 credential_revoked')
  })

  it('ends the genuine session beside cookies of that name that a sibling subdomain tossed', async () => {
    const { origin, host, signIn, me } = await open()
    const browser = createBrowser()
    await signIn(browser)
    const copied = copyOf(browser, host)
    const cookie = [
      'session=a',
      'session=b',
      'session=c',
      'session=d',
      `session=${browser.cookies(host).get('session')}`,
    ]
    const headers = { origin, cookie: cookie.join('; ') }
    const out = await createBrowser().ask(`${origin}/auth/sign-out`, { method: 'POST', headers })
    expect(out.status).toBe(303)
    expect(await me(copied)).toBe('401 credential_revoked')
  })

  it('ends it at the other instances, and clears nothing while they cannot be told', async () => {
    const published: unknown[] = []
    const feed = { isDown: true }
    const revocations: RevocationFeed = {
      publish(revocation) {
        if (feed.isDown) throw new Error('the feed is down')
        published.push(revocation)
      },
      subscribe: () => () => {},
    }
    const { origin, host, oldToken, signIn } = await open({ instance: { revocations } })
    const browser = createBrowser()
    await signIn(browser)
    browser.cookies(host).set('old', oldToken('ada'))
    const before = [...browser.cookies(host)]
    const ask = () => browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })
    const failed = await ask()
    expect([failed.status, codeOf(failed.text)]).toEqual([503, 'store_unavailable'])
    expect([...browser.cookies(host)]).toEqual(before)
    feed.isDown = false
    // Asked again, it tells them, although it is ended here.
    expect((await ask()).status).toBe(303)
    expect(published).toHaveLength(2)
    expect(published).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'session', verifier: 'workforce', subject: 'ada' }),
        { kind: 'credential', sha256: expect.any(String) as string },
      ]),
    )
    expect(JSON.stringify(published)).not.toContain('eyJ')
  })

  it('of nobody is a redirect, and harmless', async () => {
    const { origin } = await open()
    const { status, headers } = await createBrowser().ask(`${origin}/auth/sign-out`, {
      method: 'POST',
      headers: { origin },
    })
    expect([status, headers.get('location')]).toEqual([303, `${origin}/`])
  })
})
