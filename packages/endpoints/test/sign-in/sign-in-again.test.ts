import type { RevocationFeed } from '@dualauth/core'
import { describe, expect, it } from 'vitest'
import { APPS } from '../apps.js'
import { copyOf, createBrowser, type Browser } from './browser.js'
import { fillIn, signOut, worlds, type World } from './world.js'

const OUT = '401 credential_revoked'
/** The id token names the session of the provider, which goes on while nobody goes to its page for signing out. */
const signingIn = { parameters: { prompt: 'consent', claims: '{"id_token":{"sid":null}}' } }

const open = worlds({ signingIn })
/** Here alone: the page of the provider is not reached. */
const out = async (browser: Browser, { origin }: World): Promise<number> =>
  (await browser.ask(`${origin}/auth/sign-out`, { method: 'POST', headers: { origin } })).status
/** Of the provider: its `sid`. */
async function sessionOf(browser: Browser, { auth, host }: World): Promise<string | null> {
  const headers = { cookie: `session=${browser.cookies(host).get('session')}` }
  const result = await auth.authenticate({ method: 'GET', headers })
  return result.ok ? result.principal.sessionId : null
}

describe.each(Object.keys(APPS))('signing in again without a question, mounted in %s', (framework) => {
  it('signs in, although the provider states the session that was signed out, which stays out', async () => {
    const world = await open({ framework })
    const { host, signIn, me } = world
    const browser = createBrowser()
    await signIn(browser)
    const copied = copyOf(browser, host)
    expect(await me(copied)).toBe('200 ada')
    const before = await sessionOf(browser, world)
    expect(await out(browser, world)).toBe(303)
    const asked = await browser.go(`${world.origin}/auth/sign-in?returnTo=/`)
    expect(asked.text).not.toContain('name="password"')
    await fillIn(browser, asked, 'nobody is asked')
    expect([await me(browser), await me(copied)]).toEqual(['200 ada', OUT])
    expect([typeof before, await sessionOf(browser, world)]).toEqual(['string', before])
    const again = copyOf(browser, host)
    expect(await out(browser, world)).toBe(303)
    expect([await me(again), await me(copied)]).toEqual([OUT, OUT])
  })

  it('is not undone by a refresh of the session before that comes late, and does not let it in', async () => {
    const world = await open({ framework })
    const { host, origin, provider, clock, signIn, me } = world
    const browser = createBrowser()
    await signIn(browser)
    const racing = copyOf(browser, host)
    clock.offset = 400_000
    const late = provider.holdTokens()
    const answer = racing.ask(`${origin}/auth/me`)
    await late.asked
    expect(await out(browser, world)).toBe(303)
    late.release()
    const { status, headers } = await answer
    expect([status, headers.getSetCookie()]).toEqual([401, []])
    await signIn(browser)
    expect([await me(browser), await me(racing)]).toEqual(['200 ada', OUT])
    // Its own refresh is one of the new sign-in.
    clock.offset = 800_000
    expect([await me(browser), await me(racing)]).toEqual(['200 ada', OUT])
  })

  it('takes a sign-in that began after the sign-out: one that was under way is refused, and repeated', async () => {
    const world = await open({ framework })
    const { origin, host, provider, signIn, me } = world
    const [browser, other] = [createBrowser(), createBrowser()]
    await signIn(browser)
    const consent = await browser.go(`${origin}/auth/sign-in`)
    // With the tokens, this provider would end what the person agrees to at this moment.
    provider.revocation = 503
    // The sign-out comes from where the pending sign-in is not, such as another device.
    other.cookies(host).set('session', browser.cookies(host).get('session') as string)
    expect(await out(other, world)).toBe(303)
    const refused = await fillIn(browser, consent, 'ada')
    expect([refused.status, refused.text]).toEqual([401, expect.stringContaining('credential_revoked')])
    await signIn(browser)
    expect(await me(browser)).toBe('200 ada')
  })
})

describe('a sign-out that other instances learn of', () => {
  it('leaves the sign-in after it alone there, too', async () => {
    const told: unknown[] = []
    const listeners: ((revocation: unknown) => void)[] = []
    const revocations: RevocationFeed = {
      publish: (revocation) => void told.push(JSON.parse(JSON.stringify(revocation))),
      subscribe: (apply) => {
        listeners.push(apply)
        return () => {}
      },
    }
    const world = await open({ instance: { revocations } })
    const browser = createBrowser()
    await world.signIn(browser)
    const copied = copyOf(browser, world.host)
    expect(await out(browser, world)).toBe(303)
    await world.signIn(browser)
    // An instance that did not sign it out: it knows what the feed carried, once more and late.
    for (const revocation of told) listeners[0]?.(revocation)
    expect([await world.me(browser), await world.me(copied)]).toEqual(['200 ada', OUT])
    expect(told).toEqual([
      expect.objectContaining({ kind: 'session', verifier: 'workforce', issuedBefore: expect.any(Number) }),
    ])
  })

  it('reaches a browser also where the page of the provider ended its session: the next one is another', async () => {
    const world = await open()
    const browser = createBrowser()
    await world.signIn(browser)
    await signOut(browser, world.origin)
    await world.signIn(browser, 'bea')
    expect(await world.me(browser)).toBe('200 bea')
  })
})
