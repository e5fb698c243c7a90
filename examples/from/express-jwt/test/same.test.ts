import { randomBytes } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as after from '../after/app.js'
import * as before from '../before/app.js'
import { createUsers } from '../before/users.js'
import { start, type Running } from '../../start.js'

describe.each([
  ['before', before],
  ['after', after],
])('%s', (_folder, { createApp }) => {
  const jwtSecret = randomBytes(32).toString('hex')
  const password = randomBytes(12).toString('hex')
  let app: Running
  beforeAll(async () => {
    const users = await createUsers(password)
    const betterAuthSecret = randomBytes(32).toString('hex')
    app = await start((url) => createApp({ jwtSecret, betterAuthSecret, url, users }))
  })
  afterAll(() => app.close())

  const login = async (email: string): Promise<string> => {
    const answer = await app.call('POST', '/login', { body: { email, password } })
    return `Bearer ${answer.body['token'] as string}`
  }

  it('signs in with the password, and answers /me', async () => {
    const authorization = await login('ada@example.com')
    const me = await app.call('GET', '/me', { headers: { authorization } })
    expect(me).toMatchObject({ status: 200, body: { id: 'u-1', name: 'Ada', role: 'editor' } })
  })

  it('takes the scheme Token of older clients', async () => {
    const authorization = (await login('ada@example.com')).replace('Bearer', 'Token')
    expect(await app.call('GET', '/me', { headers: { authorization } })).toMatchObject({ status: 200 })
  })

  it('refuses a wrong password', async () => {
    const body = { email: 'ada@example.com', password: 'wrong' }
    expect(await app.call('POST', '/login', { body })).toMatchObject({
      status: 401,
      body: { message: expect.any(String) },
    })
  })

  it('lets an editor write, and nobody else', async () => {
    const as = async (email: string) =>
      app.call('POST', '/articles', { body: {}, headers: { authorization: await login(email) } })
    expect(await as('ada@example.com')).toMatchObject({ status: 201, body: { by: 'u-1' } })
    expect(await as('grace@example.com')).toMatchObject({ status: 403, body: { message: expect.any(String) } })
  })

  it('shows articles to everybody, and knows a caller who is signed in', async () => {
    const authorization = await login('grace@example.com')
    expect(await app.call('GET', '/articles')).toMatchObject({ status: 200, body: { for: 'everybody' } })
    expect(await app.call('GET', '/articles', { headers: { authorization } })).toMatchObject({ body: { for: 'u-2' } })
  })

  it.each([
    ['no token', () => undefined],
    [
      'a token that has expired',
      () => jwt.sign({ id: 'u-1', role: 'editor', jti: 'old' }, jwtSecret, { expiresIn: -60 }),
    ],
    ['a token of another secret', () => jwt.sign({ id: 'u-1', role: 'editor' }, randomBytes(32), { expiresIn: 60 })],
    ['a token without a signature', () => jwt.sign({ id: 'u-1', role: 'editor' }, '', { algorithm: 'none' })],
  ])('refuses %s with 401 and a message', async (_name, mint) => {
    const token = mint()
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    expect(await app.call('GET', '/me', { headers })).toMatchObject({
      status: 401,
      body: { message: expect.any(String) },
    })
  })

  it('logs out one token, and leaves the others', async () => {
    const [one, other] = [await login('ada@example.com'), await login('ada@example.com')]
    expect(await app.call('POST', '/logout', { headers: { authorization: one } })).toMatchObject({ status: 204 })
    expect(await app.call('GET', '/me', { headers: { authorization: one } })).toMatchObject({ status: 401 })
    expect(await app.call('GET', '/me', { headers: { authorization: other } })).toMatchObject({ status: 200 })
  })
})
