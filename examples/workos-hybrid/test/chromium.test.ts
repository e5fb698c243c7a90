import { describeWith, startChromium, type Browser, type Page } from '@dualauth/servers'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { populate, type World } from '../src/people.js'
import { start, type Running } from '../src/start.js'

const SLOW_MS = 180_000

describeWith('Chromium', 'the pages, in a real browser', () => {
  let browser: Browser
  let running: Running
  let world: World
  let page: Page

  beforeAll(async () => {
    browser = await startChromium()
    running = await start()
    world = populate(running)
    await running.importAll()
  }, SLOW_MS)
  afterAll(async () => {
    await browser?.close()
    await running?.close()
  })
  beforeEach(async () => {
    const context = await browser.newContext()
    page = await context.newPage()
    return () => context.close()
  })

  const at = (path: string): string => running.url + path
  const heading = (): Promise<string | null> => page.textContent('h1')
  const role = (): Promise<string | null> => page.textContent('.role')
  const pathname = (): string => page.url().replace(running.url, '')
  const signIn = async (name: string): Promise<void> => {
    await page.click('text=Sign in')
    await page.click(`button:has-text("${name}")`)
  }
  /** The webhook of the last thing that happened at WorkOS. */
  const deliver = async (): Promise<number> => {
    const { workos, url } = running
    const delivery = workos.deliver(workos.directory.log.at(-1)!)
    return (await fetch(`${url}/webhooks/workos`, { method: 'POST', ...delivery })).status
  }

  it(
    'let Ada in, show what she may do as it changes, and show nothing after she has signed out',
    async () => {
      const { directory } = running.workos
      await page.goto(at('/profile'))
      expect(await page.textContent('code')).toBe('credential_missing')
      await page.click('text=Sign in')
      expect(new URL(page.url()).origin).toBe(running.workos.origin)
      expect(await heading()).toBe('Sign in')
      await page.click('button:has-text("Ada")')
      expect([pathname(), await heading()]).toEqual(['/profile', 'Your profile'])

      await page.fill('input[name=name]', 'Ada <b>L.</b>')
      await page.click('text=Save')
      expect(await page.inputValue('input[name=name]')).toBe('Ada <b>L.</b>')
      expect(await page.locator('header b').count()).toBe(0)

      await page.click('text=Acme')
      expect([await heading(), await role()]).toEqual(['Acme', 'ADMIN'])
      await page.fill('input[name=title]', 'Analytical engine')
      await page.click('text=Add a project')
      expect(await page.textContent('ul')).toBe('Analytical engine')
      await page.click('text=Globex')
      expect([await heading(), await role(), await page.locator('input[name=title]').count()]).toEqual([
        'Globex',
        'VIEWER',
        0,
      ])

      await page.click('text=Acme')
      directory.update('organization_membership', world.inAcme, { role: { slug: 'viewer' } })
      expect(await deliver()).toBe(200)
      await page.fill('input[name=title]', 'Too late')
      await page.click('text=Add a project')
      expect(await page.textContent('code')).toBe('permission_denied')
      await page.goBack()
      await page.reload()
      expect([await role(), await page.locator('input[name=title]').count()]).toEqual(['VIEWER', 0])

      const cookies = await page.context().cookies(running.url)
      // The other one says only which session is this browser's own.
      const attributes = { httpOnly: true, sameSite: 'Lax' }
      expect(cookies).toMatchObject([
        { name: 'wos-session', ...attributes },
        { name: 'dualauth-signed-in', ...attributes },
      ])
      expect(await page.evaluate('document.cookie')).toBe('')
      await page.click('text=Sign out')
      expect([pathname(), await heading()]).toEqual(['/', 'Projects'])
      expect(await page.context().cookies(running.url)).toEqual([])

      await page.goBack()
      expect(await page.textContent('code')).toBe('credential_missing')
      expect(await page.content()).not.toMatch(/Ada|Acme|Analytical/)
      await page.context().addCookies(cookies)
      await page.goto(at('/profile'))
      expect(await page.textContent('code')).toBe('credential_revoked')
      // Signed out at AuthKit, too: it asks again.
      await page.context().clearCookies({ domain: 'localhost' })
      await page.goto(at('/auth/sign-in'))
      expect(await heading()).toBe('Sign in')
    },
    SLOW_MS,
  )

  it(
    'lead nobody to another site, and take no form of one',
    async () => {
      await page.goto(at('/'))
      await signIn('Bob')
      const attacks = [
        'https://evil.test/',
        '//evil.test',
        '/\\evil.test',
        '/%09/evil.test',
        '/.//evil.test',
        'javascript:alert(1)',
      ]
      for (const attack of attacks) {
        await page.goto(at(`/auth/sign-in?returnTo=${encodeURIComponent(attack)}`))
        expect(new URL(page.url()).origin).toBe(running.url)
      }
      const before = await page.context().cookies(running.url)
      for (const path of ['/auth/sign-out', '/profile']) {
        await page.goto(running.workos.origin)
        await page.setContent(
          `<form method="post" action="${at(path)}"><input name="name" value="Eve"><button>Win</button></form>`,
        )
        await page.click('text=Win')
        expect(await page.textContent('code')).toMatch(/origin_untrusted|credential_missing/)
      }
      expect(await page.context().cookies(running.url)).toEqual(before)
      await page.goto(at('/profile'))
      expect(await page.inputValue('input[name=name]')).toBe('')
    },
    SLOW_MS,
  )
})
