import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as after from '../after/app.js'
import { createUsers } from '../after/users.js'
import * as before from '../before/app.js'
import { start, type Running } from '../../start.js'

describe('the app that accepts both', () => {
  const password = randomBytes(12).toString('hex')
  let app: Running
  let old: Running
  beforeAll(async () => {
    const [jwtSecret, betterAuthSecret] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
    const users = await createUsers(password)
    app = await start((url) => after.createApp({ jwtSecret, betterAuthSecret, url, users }))
    old = await start(() => before.createApp({ jwtSecret, users }))
  })
  afterAll(async () => {
    await app.close()
    await old.close()
  })

  const oldLogin = async (email: string): Promise<string> => {
    const answer = await app.call('POST', '/login', { body: { email, password } })
    return `Bearer ${answer.body['token'] as string}`
  }
  const newLogin = async (email: string): Promise<string> => {
    const answer = await app.call('POST', '/api/auth/sign-in/email', { body: { email, password } })
    expect(answer.status).toBe(200)
    return answer.cookie
  }

  it('takes a token that the app of before has issued', async () => {
    const { body } = await old.call('POST', '/login', { body: { email: 'ada@example.com', password } })
    const headers = { authorization: `Token ${body['token'] as string}` }
    expect(await app.call('GET', '/me', { headers })).toEqual(await old.call('GET', '/me', { headers }))
    expect(await app.call('GET', '/me', { headers })).toMatchObject({ status: 200 })
  })

  it('signs the same person in at Better Auth, with the password of before', async () => {
    const authorization = await oldLogin('ada@example.com')
    const cookie = await newLogin('ada@example.com')
    const [old, fresh] = [
      await app.call('GET', '/me', { headers: { authorization } }),
      await app.call('GET', '/me', { headers: { cookie } }),
    ]
    expect(fresh.body).toEqual({ id: 'u-1', name: 'Ada', role: 'editor' })
    expect(fresh.body).toEqual(old.body)
  })

  it('gives the same permissions on both sides', async () => {
    const write = async (email: string) =>
      app.call('POST', '/articles', { body: {}, headers: { cookie: await newLogin(email) } })
    expect(await write('ada@example.com')).toMatchObject({ status: 201, body: { by: 'u-1' } })
    expect(await write('grace@example.com')).toMatchObject({ status: 403 })
  })

  it('exchanges an old token for a session of Better Auth, and a logout ends both', async () => {
    const authorization = await oldLogin('ada@example.com')
    const exchanged = await app.call('POST', '/auth/exchange', { headers: { authorization }, body: { tokens: false } })
    expect(exchanged).toMatchObject({ status: 200, body: { id: 'u-1', verifier: 'better-auth' } })
    const { cookie } = exchanged
    expect(await app.call('GET', '/me', { headers: { cookie } })).toMatchObject({ status: 200, body: { id: 'u-1' } })

    expect(await app.call('POST', '/logout', { headers: { cookie } })).toMatchObject({ status: 204 })
    expect(await app.call('GET', '/me', { headers: { cookie } })).toMatchObject({ status: 401 })
    expect(await app.call('GET', '/me', { headers: { authorization } })).toMatchObject({ status: 401 })
  })
})
