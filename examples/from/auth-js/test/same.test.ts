import { randomBytes } from 'node:crypto'
import { encode } from '@auth/core/jwt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { start, type Browser, type Running } from '../../start.js'
import * as after from '../after/app.js'
import * as before from '../before/app.js'
import { createUsers } from '../before/users.js'
import { signIn, signOut } from './sign-in.js'

const COOKIE = 'authjs.session-token'

describe.each([
  ['before', before],
  ['after', after],
])('%s', (_folder, { createApp }) => {
  const authSecret = randomBytes(32).toString('hex')
  const password = randomBytes(12).toString('hex')
  let app: Running
  beforeAll(async () => {
    const users = await createUsers(password)
    const betterAuthSecret = randomBytes(32).toString('hex')
    app = await start((url) => createApp({ authSecret, betterAuthSecret, url, users }))
  })
  afterAll(() => app.close())

  const signedIn = async (email: string): Promise<Browser> => {
    const browser = app.browser()
    await signIn(browser, email, password)
    return browser
  }
  const session = async (maxAge: number, secret = authSecret): Promise<string> =>
    `${COOKIE}=${await encode({ token: { sub: 'u-1', role: 'editor' }, secret, salt: COOKIE, maxAge })}`

  it('signs in on the page of Auth.js, and answers /me', async () => {
    const browser = await signedIn('ada@example.com')
    expect(await browser.call('GET', '/me')).toMatchObject({
      status: 200,
      body: { id: 'u-1', name: 'Ada', role: 'editor' },
    })
  })

  it('takes a session of before a deployment', async () => {
    const headers = { cookie: await session(3600) }
    expect(await app.call('GET', '/me', { headers })).toMatchObject({ status: 200, body: { id: 'u-1' } })
  })

  it('signs nobody in with a wrong password', async () => {
    const browser = app.browser()
    await signIn(browser, 'ada@example.com', 'wrong')
    expect(await browser.call('GET', '/me')).toMatchObject({ status: 401, body: { error: expect.any(String) } })
  })

  it('lets an editor write, and a reader not', async () => {
    const [ada, grace] = [await signedIn('ada@example.com'), await signedIn('grace@example.com')]
    expect(await ada.call('POST', '/posts', {})).toMatchObject({ status: 201, body: { by: 'u-1' } })
    expect(await grace.call('POST', '/posts', {})).toMatchObject({ status: 403, body: { error: expect.any(String) } })
  })

  it('shows posts to everybody, and knows a visitor who is signed in', async () => {
    const grace = await signedIn('grace@example.com')
    expect(await app.call('GET', '/posts')).toMatchObject({ status: 200, body: { for: 'everybody' } })
    expect(await grace.call('GET', '/posts')).toMatchObject({ status: 200, body: { for: 'u-2' } })
  })

  it.each([
    ['no session', async () => ''],
    ['a session that has expired', () => session(-60)],
    ['a session of another secret', () => session(3600, randomBytes(32).toString('hex'))],
  ])('refuses %s with 401, and the public page stays open', async (_name, cookieOf) => {
    const headers = { cookie: await cookieOf() }
    expect(await app.call('GET', '/me', { headers })).toMatchObject({
      status: 401,
      body: { error: expect.any(String) },
    })
    expect(await app.call('GET', '/posts', { headers })).toMatchObject({ status: 200, body: { for: 'everybody' } })
  })

  it('signs out on the page of Auth.js, and in again', async () => {
    const browser = await signedIn('ada@example.com')
    await signOut(browser)
    expect(await browser.call('GET', '/me')).toMatchObject({ status: 401 })
    await signIn(browser, 'ada@example.com', password)
    expect(await browser.call('GET', '/me')).toMatchObject({ status: 200 })
  })
})
