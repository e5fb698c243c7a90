// Sessions that a real Express app makes, with and without Passport, in each of the usual stores.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createDatabase, describeWith, startRedis, type RedisServer } from '@dualauth/servers'
import connectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDualAuth, expressSession, type ExpressSessionOptions } from '../../../src/index.js'
import { outcome } from '../../support/outcome.js'
import { request } from '../../support/requests.js'

declare module 'express-session' {
  interface SessionData {
    views: number
    userId: number
  }
}

// Its types are those of the newest.
const require = createRequire(import.meta.url)
const session17 = require('express-session-1.17') as typeof session

const SECRET = randomBytes(32).toString('hex')
const OLD_SECRET = randomBytes(32).toString('hex')

interface Opened {
  readonly store: session.Store
  close(): Promise<unknown>
}

let redis: RedisServer
const STORES: Record<string, (library: typeof session) => Promise<Opened>> = {
  MemoryStore: async (library) => ({ store: new library.MemoryStore(), close: async () => {} }),
  async 'connect-redis'() {
    const client = createClient({ url: redis.url })
    await client.connect()
    return { store: new RedisStore({ client }), close: () => client.close() }
  },
  async 'connect-pg-simple'(library) {
    const pool = new Pool({ connectionString: await createDatabase() })
    const store = new (connectPgSimple(library))({ pool, createTableIfMissing: true, pruneSessionInterval: false })
    return { store, close: () => pool.end() }
  },
}

/** The old side: a login with Passport and one without, a visitor's counter, and both ways out. */
async function startApp(library: typeof session, store: session.Store, secret: string | string[], cookie = {}) {
  const people = new passport.Passport()
  people.serializeUser((user, done) => done(null, user))
  people.deserializeUser((user: Express.User, done) => done(null, user))
  const app = express()
  app.use(library({ secret, store, resave: false, saveUninitialized: false, cookie }))
  app.use(people.session())
  app.get('/visit', (req, res) => {
    req.session.views = (req.session.views ?? 0) + 1
    res.end()
  })
  app.get('/login', (req, res, next) => {
    const user = JSON.parse(String(req.query['user'])) as Express.User
    req.login(user, (error: unknown) => (error === undefined ? res.end() : next(error)))
  })
  app.get('/own-login', (req, res) => {
    req.session.userId = 12
    res.end()
  })
  app.get('/logout', (req, res, next) => req.logout((error: unknown) => (error == null ? res.end() : next(error))))
  app.get('/destroy', (req, res, next) =>
    req.session.destroy((error: unknown) => (error == null ? res.end() : next(error))),
  )
  const server: Server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  /** @returns the cookie that a browser sends from then on. */
  async function get(path: string, sent = ''): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie: sent } })
    expect(answer.status).toBe(200)
    return answer.headers.getSetCookie()[0]?.split(';')[0] ?? sent
  }
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { get, close }
}

const login = (user: unknown): string => `/login?user=${encodeURIComponent(JSON.stringify(user))}`

function api(store: session.Store, more: Partial<ExpressSessionOptions> = {}, now = Date.now) {
  return createDualAuth({
    verifiers: [expressSession({ name: 'express', secrets: [SECRET, OLD_SECRET], store, ...more })],
    now,
  })
}
const said = (auth: ReturnType<typeof api>, cookie: string) => outcome(auth, request({ cookie }))

describeWith('Redis', 'sessions of a real Express app', () => {
  beforeAll(async () => void (redis = await startRedis()))
  afterAll(() => redis.close())

  describe.each(
    Object.entries(STORES).flatMap(([store, open]) => [
      { store, open, version: '1.19', library: session },
      { store, open, version: '1.17', library: session17 },
    ]),
  )('express-session $version over $store', ({ open, library }) => {
    let opened: Opened
    let app: Awaited<ReturnType<typeof startApp>>
    beforeAll(async () => {
      opened = await open(library)
      app = await startApp(library, opened.store, [SECRET, OLD_SECRET])
    })
    afterAll(async () => {
      await app.close()
      await opened.close()
    })

    it.each<[unknown, string]>([
      ['u-1', 'u-1'],
      [7, '7'],
      [{ id: 'u-2', name: 'Ada' }, 'u-2'],
    ])('accepts what Passport serialised: %j', async (user, id) => {
      expect(await said(api(opened.store), await app.get(login(user)))).toBe(`200 ${id} by express`)
    })

    it('accepts a login without Passport, by `subject`', async () => {
      const auth = api(opened.store, {
        subject: ({ userId }) => userId as number | undefined,
        claims: ({ views }) => ({ views: views ?? 0 }),
      })
      const visitor = await app.get('/visit')
      expect(await said(auth, visitor)).toBe('401 credential_missing')
      const cookie = await app.get('/own-login', visitor)
      const result = await auth.authenticate(request({ cookie }))
      expect(result).toMatchObject({ principal: { id: '12', claims: { views: 1 } } })
    })

    it('knows nobody behind a visitor', async () => {
      expect(await said(api(opened.store), await app.get('/visit'))).toBe('401 credential_missing')
    })

    it('ends a session at once, at either way out', async () => {
      for (const way of ['/logout', '/destroy']) {
        const auth = api(opened.store)
        const cookie = await app.get(login('u-1'))
        expect(await said(auth, cookie)).toBe('200 u-1 by express')
        await app.get(way, cookie)
        expect(await said(auth, cookie)).toBe('401 credential_revoked')
      }
    })

    it('takes a cookie that the secret before signed, and none of another secret', async () => {
      const before = await startApp(library, opened.store, OLD_SECRET)
      const other = await startApp(library, opened.store, randomBytes(32).toString('hex'))
      try {
        const auth = api(opened.store)
        expect(await said(auth, await before.get(login('u-1')))).toBe('200 u-1 by express')
        expect(await said(auth, await other.get(login('u-1')))).toBe('401 credential_invalid')
      } finally {
        await before.close()
        await other.close()
      }
    })

    it('lets the store say when a session is over, as the app does', async () => {
      const short = await startApp(library, opened.store, SECRET, { maxAge: 60_000 })
      try {
        const cookie = await short.get(login('u-1'))
        const now = Date.now()
        const result = await api(opened.store).authenticate(request({ cookie }))
        const seconds = (result.ok ? result.principal.expiresAt : null) ?? 0
        expect(Math.abs(seconds - (now + 60_000) / 1000)).toBeLessThan(10)
        // Stores of Redis and PostgreSQL leave `cookie.expires` as it was, of a session that is in use.
        const later = api(opened.store, {}, () => now + 90_000)
        expect(await said(later, cookie)).toBe('200 u-1 by express')
      } finally {
        await short.close()
      }
    })
  })

  it('cannot tell while Redis is away', async () => {
    const own = await startRedis()
    const client = createClient({ url: own.url, disableOfflineQueue: true, socket: { reconnectStrategy: false } })
    client.on('error', () => {})
    await client.connect()
    const store = new RedisStore({ client })
    const app = await startApp(session, store, SECRET)
    const cookie = await app.get(login('u-1'))
    const auth = api(store)
    expect(await said(auth, cookie)).toBe('200 u-1 by express')
    await expect(auth.ready()).resolves.toBeUndefined()
    await own.close()
    expect(await said(auth, cookie)).toBe('503 verifier_unavailable')
    await expect(auth.ready()).rejects.toThrow()
    await app.close()
  })
})
