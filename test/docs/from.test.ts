// The guides of docs/from: what the old library accepts, the block after accepts, too, for the same caller.
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileOf, SNIPPETS } from './snippets.js'

const secret = randomBytes(32).toString('hex')
const ambient = {
  env: { JWT_SECRET: secret, BETTER_AUTH_SECRET: randomBytes(32).toString('hex') },
  query: async () => [],
  accounts: {
    find: async (_verifier: string, _issuer: string, subject: string) => ({ id: subject }),
    findOwner: async (id: string) => ({ id }),
  },
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
function sign(claims: object, key: string = secret): string {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}

type Ask = (headers: Record<string, string>) => Promise<{ status: number; body: string }>

interface FastifyLike {
  inject(request: object): Promise<{ statusCode: number; body: string }>
}
interface HonoLike {
  request(path: string, init: object): Promise<Response> | Response
}

/** Asks an app of Express, Hono or Fastify for /me. */
function asker(app: RequestListener | FastifyLike | HonoLike): Ask {
  return async (headers) => {
    if ('inject' in app) {
      const { statusCode, body } = await app.inject({ url: '/me', headers })
      return { status: statusCode, body }
    }
    if (typeof app !== 'function') {
      const response = await app.request('/me', { headers })
      return { status: response.status, body: await response.text() }
    }
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/me`, { headers })
    const body = await response.text()
    server.closeAllConnections()
    server.close()
    return { status: response.status, body }
  }
}

const guides = SNIPPETS.filter(({ page, name }) => page.startsWith('docs/from/') && name === 'before.ts')

describe('the guides', () => {
  beforeAll(() => void Object.assign(globalThis, ambient))
  afterAll(() => {
    for (const name of Object.keys(ambient)) Reflect.deleteProperty(globalThis, name)
  })

  it('are one for each library that checks JWTs', () => {
    expect(guides.map(({ page }) => page)).toEqual(
      ['express-jwt', 'fastify-jwt', 'hono-jwt', 'jsonwebtoken', 'passport-jwt'].map((name) => `docs/from/${name}.md`),
    )
  })

  it.each(guides.map(({ page }) => page))('%s answers the same callers before and after', async (page) => {
    const load = async (name: string): Promise<Ask> => {
      const { app } = (await import(/* @vite-ignore */ pathToFileURL(fileOf(page, name)).href)) as { app: HonoLike }
      return asker(app)
    }
    const [before, after] = [await load('before.ts'), await load('after.ts')]
    const seconds = Math.floor(Date.now() / 1000)
    const caller = { sub: 'u-1', userId: 'u-1' }
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
    const good = bearer(sign({ ...caller, iat: seconds, exp: seconds + 60 }))
    expect(await before(good)).toEqual({ status: 200, body: '{"id":"u-1"}' })
    expect(await after(good)).toEqual(await before(good))
    for (const headers of [
      {},
      bearer(sign({ ...caller, exp: seconds - 60 })),
      bearer(sign({ ...caller, exp: seconds + 60 }, randomBytes(32).toString('hex'))),
    ])
      expect([(await before(headers)).status, (await after(headers)).status]).toEqual([401, 401])
  })
})
