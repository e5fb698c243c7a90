import { fileURLToPath } from 'node:url'
import { describeWith, startChromium, type Browser, type BrowserContext, type Page } from '@dualauth/servers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { signInAs } from '../src/sign-in.js'
import { startExample, type Example } from '../src/start.js'

const tsconfig = fileURLToPath(new URL('../../../tsconfig.base.json', import.meta.url))
const WAIT = { timeout: 60_000 }
/** `TABS=100` takes a minute more. */
const TABS = Number(process.env['TABS'] ?? 25)
// A browser on a busy machine is slow.
vi.setConfig({ testTimeout: 120_000 })

describeWith('Chromium', 'a page in a real browser', () => {
  let browser: Browser
  let example: Example
  let ada: BrowserContext

  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    example = await startExample({ tsconfig })
    ada = await browser.newContext()
  })
  afterEach(async () => {
    await ada?.close()
    await example?.close()
  })

  const text = (page: Page, selector: string): Promise<string | null> => page.textContent(selector, WAIT)
  const shows = (page: Page, words: string): Promise<unknown> => page.getByText(words).waitFor(WAIT)

  async function openPage(): Promise<Page> {
    const page = await ada.newPage()
    await page.goto(example.origin, WAIT)
    return page
  }

  async function signIn(): Promise<Page> {
    const page = await openPage()
    page.setDefaultTimeout(WAIT.timeout)
    await signInAs(page, 'ada')
    return page
  }

  it('signs in at the provider, and keeps no token where a script could read it', async () => {
    const page = await signIn()
    expect(new URL(page.url()).origin).toBe(example.origin)
    await page.click('#load')
    await shows(page, 'another thing')
    expect(await page.evaluate('[document.cookie, localStorage.length, sessionStorage.length]')).toEqual(['', 0, 0])
    expect((await ada.cookies()).find(({ name }) => name === '__Host-session')).toMatchObject({
      httpOnly: true,
      secure: true,
    })
  })

  it('refreshes once for many tabs that all fire requests when the session has expired, and signs none of them out', async () => {
    const first = await signIn()
    const tabs = [first]
    while (tabs.length < TABS) tabs.push(await openPage())
    await Promise.all(tabs.map((tab) => shows(tab, 'Signed in as ada, by workforce.')))
    example.pass(61)
    const before = example.provider.refreshes
    await Promise.all(
      tabs.map((tab) => tab.evaluate(`for (let i = 0; i < 3; i++) document.querySelector('#load').click()`)),
    )
    await Promise.all(tabs.map((tab) => shows(tab, 'another thing')))
    expect(example.provider.refreshes - before).toBe(1)
    const statuses = await Promise.all(tabs.map((tab) => text(tab, '#status')))
    expect(new Set(statuses)).toEqual(new Set(['Signed in as ada, by workforce.']))
  }, 300_000)

  it('signs nobody out while the provider is away, says so, and goes on when it is back', async () => {
    const page = await signIn()
    const other = await openPage()
    await shows(other, 'Signed in as ada, by workforce.')
    example.pass(61)
    example.provider.isDown = true
    await page.click('#load')
    await shows(page, 'We cannot check your sign-in at the moment.')
    expect([await text(page, '#status'), await text(other, '#status')]).toEqual(
      Array(2).fill('Signed in as ada, by workforce.'),
    )
    example.provider.isDown = false
    // Longer than what the 503 asked for.
    example.pass(61)
    await page.clock.install()
    await page.clock.fastForward(61_000)
    await page.click('#load')
    await shows(page, 'another thing')
    expect(await page.isHidden('#trouble')).toBe(true)
  })

  it('signs out all tabs with one, here and at the provider', async () => {
    const page = await signIn()
    const other = await openPage()
    await shows(other, 'Signed in as ada, by workforce.')
    await page.click('#sign-out')
    await shows(other, 'Nobody is signed in.')
    expect(await other.getAttribute('body', 'data-change')).toBe('signed-out elsewhere')
    await page.waitForURL(`${example.provider.issuer}/session/end**`, WAIT)
    expect((await ada.cookies()).filter(({ name }) => name === '__Host-session')).toEqual([])
  })

  it('shows the banner that the policy has now, at each stage', async () => {
    const sunset = '2027-03-01T00:00:00Z'
    const seen: Record<string, string | null> = {}
    const announcement = { sunset, banner: true, documentation: 'https://app.example.com/move' }
    for (const [stage, next] of [
      ['off', {}],
      ['shadow', {}],
      ['dual', { announcement }],
      ['prefer-new', { announcement }],
      ['new-only', { announcement }],
      ['retired', { announcement }],
    ] as const) {
      await example.publish({ stage, announcement: {}, ...next })
      // Cacheable for 30 seconds: another person has no copy.
      const context = await browser.newContext()
      const page = await context.newPage()
      const answered = page.waitForResponse('**/auth/migration', WAIT)
      await page.goto(example.origin, WAIT)
      await answered
      await shows(page, 'Nobody is signed in.')
      seen[stage] = (await page.isHidden('#banner')) ? null : await text(page, '#banner')
      await context.close()
    }
    expect(seen).toEqual({
      off: null,
      shadow: null,
      dual: 'The old sign-in ends on March 1, 2027. What changes?',
      'prefer-new': 'The old sign-in ends on March 1, 2027. What changes?',
      'new-only': 'The old sign-in has ended. What changes?',
      retired: 'The old sign-in has ended. What changes?',
    })
  })

  it('takes a person of the old side along, and never asks her to sign in', async () => {
    // Browsers keep the stage for 30 seconds; a route that is watched is not kept.
    await ada.route('**/auth/migration', (route) => route.continue())
    const old = await openAsOld()
    await shows(old, 'Signed in as ada, by legacy.')
    await example.publish({ stage: 'prefer-new' })
    const page = await openAsOld()
    await shows(page, 'Signed in as ada, by workforce.')
    await page.click('#load')
    await shows(page, 'another thing')
    // The tab that was open has heard of it.
    await shows(old, 'Signed in as ada, by workforce.')
  })

  it('exchanges an old session at the call that is refused, where the stage was new-only already', async () => {
    const page = await openAsOld()
    await shows(page, 'Signed in as ada, by legacy.')
    await example.publish({ stage: 'new-only' })
    await page.click('#load')
    await shows(page, 'another thing')
    await shows(page, 'Signed in as ada, by workforce.')
  })

  async function openAsOld(): Promise<Page> {
    const context = ada
    if ((await context.cookies()).length === 0)
      await context.addCookies([{ name: 'old', value: example.oldToken('ada'), url: example.origin, httpOnly: true }])
    return openPage()
  }
})
