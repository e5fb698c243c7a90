import { randomBytes } from 'node:crypto'
import session from 'express-session'
import memorystore from 'memorystore'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { start, type Browser, type Running } from '../../start.js'
import * as after from '../after/app.js'
import * as before from '../before/app.js'
import { createUsers } from '../before/users.js'

const DAY_MS = 86_400_000

describe.each([
  ['before', before],
  ['after', after],
])('%s', (_folder, { createApp }) => {
  const password = randomBytes(12).toString('hex')
  let app: Running
  beforeAll(async () => {
    const users = await createUsers(password)
    const [sessionSecret, betterAuthSecret] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
    const store = new (memorystore(session))({})
    app = await start((url) => createApp({ sessionSecret, betterAuthSecret, store, url, users }))
  })
  afterAll(() => app.close())
  afterEach(() => void vi.useRealTimers())

  const signedIn = async (email: string): Promise<Browser> => {
    const browser = app.browser()
    expect(await browser.call('POST', '/login', { email, password })).toMatchObject({ status: 200 })
    return browser
  }

  it('signs in with the password, and answers /me', async () => {
    const ada = await signedIn('ada@example.com')
    expect(await ada.call('GET', '/me')).toMatchObject({
      status: 200,
      body: { id: 'u-1', name: 'Ada', role: 'editor' },
    })
  })

  it('refuses a wrong password', async () => {
    const browser = app.browser()
    const answer = await browser.call('POST', '/login', { email: 'ada@example.com', password: 'wrong' })
    expect(answer.status).toBe(401)
    expect(await browser.call('GET', '/me')).toMatchObject({ status: 401, body: { error: expect.any(String) } })
  })

  it('lets an editor write, and a reader not', async () => {
    const [ada, grace] = [await signedIn('ada@example.com'), await signedIn('grace@example.com')]
    expect(await ada.call('POST', '/orders', {})).toMatchObject({ status: 201, body: { by: 'u-1' } })
    expect(await grace.call('POST', '/orders', {})).toMatchObject({ status: 403, body: { error: expect.any(String) } })
  })

  it('shows orders to everybody, and knows a visitor who is signed in', async () => {
    const grace = await signedIn('grace@example.com')
    expect(await app.call('GET', '/orders')).toMatchObject({ status: 200, body: { for: 'everybody' } })
    expect(await grace.call('GET', '/orders')).toMatchObject({ status: 200, body: { for: 'u-2' } })
  })

  it('refuses a session that has expired', async () => {
    const ada = await signedIn('ada@example.com')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS + 1000 })
    expect(await ada.call('GET', '/me')).toMatchObject({ status: 401, body: { error: expect.any(String) } })
    expect(await ada.call('GET', '/orders')).toMatchObject({ status: 200, body: { for: 'everybody' } })
  })

  it('keeps a session that is used', async () => {
    const ada = await signedIn('ada@example.com')
    const begun = Date.now()
    for (const days of [0.75, 1.5]) {
      vi.useFakeTimers({ toFake: ['Date'], now: begun + days * DAY_MS })
      expect(await ada.call('GET', '/me')).toMatchObject({ status: 200 })
    }
  })

  it('refuses a cookie that another secret signed', async () => {
    const ada = await signedIn('ada@example.com')
    const [name, value] = [...ada.cookies][0] as [string, string]
    const headers = { cookie: `${name}=${value.slice(0, -4)}AAAA` }
    expect(await app.call('GET', '/me', { headers })).toMatchObject({ status: 401 })
  })

  it('logs out, and a copy of the cookie is worth nothing', async () => {
    const ada = await signedIn('ada@example.com')
    const copy = app.browser()
    for (const [name, value] of ada.cookies) copy.cookies.set(name, value)
    expect(await ada.call('POST', '/logout')).toMatchObject({ status: 204 })
    expect(await ada.call('GET', '/me')).toMatchObject({ status: 401 })
    expect(await copy.call('GET', '/me')).toMatchObject({ status: 401 })
    await ada.call('POST', '/login', { email: 'ada@example.com', password })
    expect(await ada.call('GET', '/me')).toMatchObject({ status: 200 })
  })
})
