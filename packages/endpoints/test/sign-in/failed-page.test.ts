import { answerWith } from '@dualauth/core'
import { afterEach, describe, expect, it } from 'vitest'
import { APPS } from '../apps.js'
import { createBrowser, createWorld, type World, type WorldOptions } from './world.js'

let world: World | null = null
afterEach(async () => {
  await world?.close()
  world = null
})
const open = async (options?: WorldOptions): Promise<World> => (world = await createWorld(options))

/** What browsers send when somebody goes to a page. */
const PAGE = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
const CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

describe.each(Object.keys(APPS))('what a person sees, mounted in %s', (framework) => {
  it('who stops at the provider sees a page that leads on, and that says nothing of the provider', async () => {
    const { origin, provider } = await open({ framework })
    const browser = createBrowser(PAGE)
    const page = await browser.go(`${origin}/auth/sign-in?returnTo=/things%3Fa=1%26b=2`)
    const abort = /href="([^"]+\/abort)"/.exec(page.text)?.[1] as string
    const stopped = await browser.go(new URL(abort, page.url).href)
    expect([stopped.status, stopped.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8'])
    expect(stopped.headers.get('content-security-policy')).toBe(CSP)
    expect(stopped.headers.get('cache-control')).toBe('private, no-store')
    expect(stopped.text).toContain('<a href="/auth/sign-in?returnTo=%2Fthings%3Fa%3D1%26b%3D2">')
    expect(stopped.text).toContain('sign_in_failed')
    expect(stopped.text).not.toMatch(/<script|<style|<link|<img|<form|\son\w+=/i)
    expect(stopped.text).not.toContain(new URL(provider.issuer).host)
    // The state of that sign-in is used, as with JSON.
    expect([...browser.cookies(new URL(origin).host)]).toEqual([])
  })
})

describe('a refusal', () => {
  it.each([
    ['a browser', PAGE.accept, 'text/html'],
    ['HTML alone', 'TEXT/HTML', 'text/html'],
    ['a client of JSON', 'application/json', 'application/problem+json'],
    ['a client that takes anything', '*/*', 'application/problem+json'],
    ['a client that says nothing', '', 'application/problem+json'],
    ['one that prefers JSON', 'text/html;q=0.5, application/json', 'application/problem+json'],
    ['one that prefers problem documents', 'application/problem+json, text/html;q=0.9', 'application/problem+json'],
    ['one that wants no HTML', 'text/html;q=0, */*', 'application/problem+json'],
    ['junk', 'text/html;q=x', 'application/problem+json'],
  ])('to %s is what it takes', async (_name, accept, type) => {
    const { origin } = await open()
    const { status, headers } = await createBrowser().ask(`${origin}/auth/callback`, { headers: { accept } })
    expect([status, headers.get('content-type')?.split(';')[0]]).toEqual([400, type])
  })

  it('repeats nothing of what a stranger wrote into the address', async () => {
    const { origin } = await open()
    const wild = new URLSearchParams({
      state: 'A'.repeat(43),
      error: '"><script>alert(1)</script>',
      error_description: '<b>call 0800</b>',
      returnTo: '/"><script>alert(2)</script>',
    })
    for (const path of ['callback', 'sign-in/<script>', '"><script>alert(3)</script>']) {
      const { headers, text } = await createBrowser().ask(`${origin}/auth/${path}?${wild}`, { headers: PAGE })
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(text).not.toMatch(/<script|<b>|0800/)
    }
  })

  it('leads nobody to another site', async () => {
    const { origin, provider } = await open()
    provider.isDown = true
    const { status, text } = await createBrowser().ask(`${origin}/auth/sign-in?returnTo=//evil.example`, {
      headers: PAGE,
    })
    expect(status).toBe(503)
    expect([...text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual(['/auth/sign-in', '/'])
  })

  it('of somebody who may not come in says why, and keeps its status', async () => {
    const { host, signIn } = await open({ link: () => ({ id: 'gone', active: false }) })
    const browser = createBrowser(PAGE)
    const page = await signIn(browser)
    expect([page.status, page.headers.get('content-type')]).toEqual([403, 'text/html; charset=utf-8'])
    expect(page.text).toContain('account_deactivated')
    expect([...browser.cookies(host)]).toEqual([])
  })

  it('of signing out from another site is a page without a way to sign in again', async () => {
    const { origin } = await open()
    const headers = { ...PAGE, origin: 'https://evil.example' }
    const { status, text } = await createBrowser().ask(`${origin}/auth/sign-out`, { method: 'POST', headers })
    expect([status, text.includes('/auth/sign-in')]).toEqual([403, false])
  })

  it('to a question who is signed in is never a page', async () => {
    const { origin } = await open()
    const { status, headers } = await createBrowser().ask(`${origin}/auth/me`, { headers: PAGE })
    expect([status, headers.get('content-type')]).toEqual([401, 'application/problem+json; charset=utf-8'])
  })

  it('that the application spells itself is sent as it is', async () => {
    const formatError = () => answerWith({ contentType: 'text/html; charset=utf-8', body: '<h1>Ours</h1>' })
    const { origin } = await open({ instance: { formatError } })
    const { text, headers } = await createBrowser().ask(`${origin}/auth/callback`, { headers: PAGE })
    expect([text, headers.get('content-security-policy')]).toEqual(['<h1>Ours</h1>', null])
  })
})
