import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from '../src/browser.js'
import { makeCalls } from '../src/calls.js'
import { start, type Running } from '../src/start.js'

function tests(databaseUrl: () => Promise<string | undefined>): void {
  let running: Running
  beforeAll(async () => void (running = await start(await databaseUrl())))
  afterAll(() => running.close())

  it('answers each call as it must, from signing up to signing out', async () => {
    const calls = await makeCalls(running)
    expect(calls.length).toBeGreaterThan(10)
    for (const { shows, expected, seen } of calls) expect(`${shows}: ${seen}`).toBe(`${shows}: ${expected}`)
  })

  it('tells twenty people who come at once apart', async () => {
    const { authUrl, serviceUrl, frontend } = running
    const names = Array.from({ length: 20 }, (_, index) => `Person ${index}`)
    const browsers = await Promise.all(
      names.map(async (name, index) => {
        const browser = openBrowser(frontend)
        const person = { name, email: `person-${index}@example.com`, password: 'correct horse battery' }
        await browser.call('POST', `${authUrl}/api/auth/sign-up/email`, person)
        return browser
      }),
    )
    const seen = await Promise.all(
      browsers.map(async (browser) => {
        const me = await browser.call('GET', `${serviceUrl}/api/me`)
        return ((await me.json()) as { name: string }).name
      }),
    )
    expect(seen).toEqual(names)
  })
}

describe('a second service, on PGlite', () => {
  tests(async () => undefined)
})

describeWith('PostgreSQL', 'a second service, on PostgreSQL', () => {
  let server: PostgresServer
  afterAll(() => server.close())
  tests(async () => {
    server = await startPostgres()
    return server.url
  })
})
