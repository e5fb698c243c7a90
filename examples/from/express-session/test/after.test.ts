import { randomBytes } from 'node:crypto'
import session from 'express-session'
import memorystore from 'memorystore'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { start, type Running } from '../../start.js'
import * as after from '../after/app.js'
import * as before from '../before/app.js'
import { createUsers } from '../after/users.js'

describe('the app that accepts both', () => {
  const password = randomBytes(12).toString('hex')
  const ada = { email: 'ada@example.com', password }
  let app: Running
  let old: Running
  beforeAll(async () => {
    const [sessionSecret, betterAuthSecret] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
    const store = new (memorystore(session))({})
    const users = await createUsers(password)
    app = await start((url) => after.createApp({ sessionSecret, betterAuthSecret, store, url, users }))
    old = await start(() => before.createApp({ sessionSecret, store, users }))
  })
  afterAll(async () => {
    await app.close()
    await old.close()
  })

  it('keeps everybody signed in who signed in before', async () => {
    const [there, here] = [old.browser(), app.browser()]
    await there.call('POST', '/login', ada)
    for (const [name, value] of there.cookies) here.cookies.set(name, value)
    expect(await here.call('GET', '/me')).toEqual(await there.call('GET', '/me'))
  })

  it('signs the same person in at Better Auth, with the same permissions', async () => {
    const [oldSide, newSide] = [app.browser(), app.browser()]
    await oldSide.call('POST', '/login', ada)
    expect(await newSide.call('POST', '/api/auth/sign-in/email', ada)).toMatchObject({ status: 200 })
    const me = await newSide.call('GET', '/me')
    expect(me.body).toEqual({ id: 'u-1', name: 'Ada', role: 'editor' })
    expect(me.body).toEqual((await oldSide.call('GET', '/me')).body)
    expect(await newSide.call('POST', '/orders', {})).toMatchObject({ status: 201, body: { by: 'u-1' } })

    const grace = app.browser()
    await grace.call('POST', '/api/auth/sign-in/email', { ...ada, email: 'grace@example.com' })
    expect(await grace.call('POST', '/orders', {})).toMatchObject({ status: 403 })
  })

  it('exchanges an old session for one of Better Auth, and the logout of before ends both', async () => {
    const browser = app.browser()
    await browser.call('POST', '/login', ada)
    const oldCookies = [...browser.cookies]
    const exchanged = await browser.call('POST', '/auth/exchange')
    expect(exchanged).toMatchObject({ status: 200, body: { id: 'u-1', verifier: 'better-auth' } })
    const newCookie = { cookie: exchanged.cookie }
    expect(await app.call('GET', '/me', { headers: newCookie })).toMatchObject({ status: 200, body: { id: 'u-1' } })

    await browser.call('POST', '/logout')
    // Better Auth itself has nobody any more, so that a restart brings nobody back.
    const atBetterAuth = await app.call('GET', '/api/auth/get-session', { headers: newCookie })
    expect([atBetterAuth.status, atBetterAuth.body]).toEqual([200, {}])
    expect([...browser.cookies.keys()].filter((name) => name.includes('session'))).toEqual([])
    const copy = { cookie: oldCookies.map(([name, value]) => `${name}=${value}`).join('; ') }
    expect(await browser.call('GET', '/me')).toMatchObject({ status: 401 })
    expect(await app.call('GET', '/me', { headers: copy })).toMatchObject({ status: 401 })
    expect(await app.call('GET', '/me', { headers: newCookie })).toMatchObject({ status: 401 })
  })
})
