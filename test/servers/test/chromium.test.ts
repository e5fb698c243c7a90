import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith, startChromium, type Browser } from '@dualauth/servers'

describeWith('Chromium', 'a browser for tests', () => {
  let browser: Browser
  let server: Server
  let port: number
  /** What each request carried, by path. */
  const seen: Array<{ path: string; host: string; cookie: string | undefined }> = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { host = '', cookie } = request.headers
      seen.push({ path: request.url ?? '', host, cookie })
      response.setHeader('set-cookie', '__Host-session=one; Path=/; Secure; HttpOnly; SameSite=Lax')
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>here</title>')
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
    browser = await startChromium()
  })

  afterAll(async () => {
    await browser?.close()
    await new Promise((resolve) => void server.close(resolve))
  })

  it('keeps a __Host- cookie on http://localhost, apart for each context, and has Web Locks there', async () => {
    const ada = await browser.newContext()
    const page = await ada.newPage()
    await page.goto(`http://localhost:${port}/first`)
    expect(await page.title()).toBe('here')
    expect(await page.evaluate('isSecureContext && typeof navigator.locks.request')).toBe('function')
    await page.goto(`http://localhost:${port}/second`)
    const other = await (await browser.newContext()).newPage()
    await other.goto(`http://localhost:${port}/other`)

    const cookieAt = (path: string): string | undefined => seen.find((request) => request.path === path)?.cookie
    expect([cookieAt('/first'), cookieAt('/second'), cookieAt('/other')]).toEqual([
      undefined,
      '__Host-session=one',
      undefined,
    ])
  })

  it('finds names of .test on this machine, and no other name anywhere', async () => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(`http://app.test:${port}/named`)
    expect(seen.find(({ path }) => path === '/named')?.host).toBe(`app.test:${port}`)
    await expect(page.goto('http://dualauth.example/')).rejects.toThrow(/ERR_NAME_NOT_RESOLVED/)
  })
})
