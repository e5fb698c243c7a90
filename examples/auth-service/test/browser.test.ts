import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describeWith, startChromium, type Browser, type BrowserContext } from '@dualauth/servers'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeCalls } from '../src/calls.js'
import { start, type Running } from '../src/start.js'

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown> | null
}

describeWith('Chromium', 'an auth service, in a browser', () => {
  let browser: Browser
  let server: Server
  let running: Running
  let origin: string

  beforeAll(async () => {
    let listener: RequestListener = () => {}
    server = createServer((request, response) => listener(request, response)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    origin = `http://localhost:${(server.address() as AddressInfo).port}`
    running = await start(undefined, origin)
    const { authService } = running
    authService.get('/', (c) => c.html('<!doctype html><title>things</title>'))
    const handle = getRequestListener(authService.fetch)
    listener = (request, response) => void handle(request, response)
    await makeCalls(running)
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await running?.close()
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  })

  /** What a script of a page gets, in a tab of its own. */
  async function ask(person: BrowserContext, path: string, method = 'GET'): Promise<Answer> {
    const page = await person.newPage()
    await page.goto(`${origin}/`)
    const answer = await page.evaluate(
      `fetch(${JSON.stringify(path)}, { method: ${JSON.stringify(method)}, redirect: 'manual' }).then(async (response) =>
        ({ status: response.status, body: await response.json().catch(() => null) }))`,
    )
    await page.close()
    return answer as Answer
  }

  it('takes Ada from her old session to WorkOS and out again, and shows no token to a script', async () => {
    const ada = await browser.newContext()
    const { cookie } = await running.credentialsOf('ada')
    const pair = cookie['cookie'] as string
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    await ada.addCookies([{ name, value, url: origin, httpOnly: true }])
    expect(await ask(ada, '/me')).toMatchObject({ status: 200, body: { id: 'ada', verifier: 'session' } })

    const exchanged = await ask(ada, '/auth/exchange', 'POST')
    expect(exchanged).toMatchObject({ status: 401, body: { code: 'sign_in_required' } })
    running.signsInAtWorkos('ada')
    const page = await ada.newPage()
    await page.goto(new URL(String(exchanged.body?.['login']), origin).href)
    expect([page.url(), await page.title()]).toEqual([`${origin}/`, 'things'])
    expect(await page.evaluate('document.cookie')).toBe('')
    expect(await ask(ada, '/me')).toMatchObject({ status: 200, body: { id: 'ada', verifier: 'workos' } })

    const tabs = await Promise.all(Array.from({ length: 5 }, () => ask(ada, '/auth/refresh', 'POST')))
    for (const { status, body } of tabs) {
      expect([status, body?.['id']]).toEqual([200, 'ada'])
      expect(JSON.stringify(body)).not.toMatch(/token|eyJ/)
    }
    await ask(ada, '/auth/sign-out', 'POST')
    expect((await ask(ada, '/auth/refresh', 'POST')).status).toBe(401)
    await ada.close()
  })
})
