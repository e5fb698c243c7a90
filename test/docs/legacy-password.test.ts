// The login script of the page, run as Auth0 runs one: a function with a callback, and a few globals.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createContext, runInContext } from 'node:vm'
import { legacyPasswordEndpoint } from '@dualauth/endpoints'
import { createPasswords } from '@dualauth/passwords'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { textOf } from './snippets.js'

const SECRET = 'a-secret-of-the-provider-and-this-side'
const [, script = ''] = /```js\n(async function login[\s\S]+?)```/.exec(textOf('docs/passwords.md')) ?? []

class WrongUsernameOrPasswordError extends Error {}

let server: Server
let away = false
beforeAll(async () => {
  const passwords = createPasswords()
  const hash = await passwords.hashPassword('correct horse')
  const endpoint = legacyPasswordEndpoint({
    dialect: 'script',
    passwords,
    find(identifier) {
      if (away) throw new Error('the database is away')
      return identifier === 'ada@example.com'
        ? { id: 'ada', hash, email: identifier, emailVerified: true, name: 'Ada' }
        : null
    },
    secrets: [SECRET],
  })
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const headers = new Headers(req.headers as Record<string, string>)
    const response = await endpoint(
      new Request('http://127.0.0.1/check', { method: 'POST', headers, body: Buffer.concat(chunks) }),
    )
    res.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text())
  }
  server = createServer((req, res) => void answer(req, res)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
})
afterAll(() => void server.close())

/** What the script says to Auth0: an error, or a profile. */
async function login(email: string, password: string, configuration: object = {}): Promise<[unknown, unknown]> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sandbox = createContext({
    WrongUsernameOrPasswordError,
    Error,
    fetch,
    AbortSignal,
    configuration: { OLD_SIDE_URL: url, OLD_SIDE_SECRET: SECRET, ...configuration },
  })
  type Login = (email: string, password: string, callback: (error: unknown, profile?: unknown) => void) => void
  const run = runInContext(`${script}; login`, sandbox) as Login
  return new Promise((resolve) => run(email, password, (error, profile) => resolve([error, profile])))
}

it('hands the profile to Auth0 where the password is right', async () => {
  const profile = { user_id: 'ada', email: 'ada@example.com', email_verified: true, name: 'Ada' }
  expect(await login('ada@example.com', 'correct horse')).toEqual([null, profile])
})

it('says that a password is wrong, and of nobody the same', async () => {
  for (const email of ['ada@example.com', 'nobody@example.com']) {
    const [error] = await login(email, 'guess')
    expect(error).toBeInstanceOf(WrongUsernameOrPasswordError)
  }
})

it('never says so where it cannot be told', async () => {
  const errors = [
    await login('ada@example.com', 'correct horse', { OLD_SIDE_SECRET: 'another-secret' }),
    await login('ada@example.com', 'correct horse', { OLD_SIDE_URL: 'http://127.0.0.1:1' }),
  ]
  away = true
  errors.push(await login('ada@example.com', 'correct horse'))
  away = false
  for (const [error] of errors) {
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(WrongUsernameOrPasswordError)
    expect(String(error)).not.toContain('horse')
  }
})
