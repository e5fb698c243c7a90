import { dualAuth, getPrincipal, requireAuth } from '@dualauth/hono'
import { serve } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'
import { jwk as jwkAuth } from 'hono/jwk'
import { createAuth, createCountedAuth } from '../our-auth.js'
import { AUDIENCE, ISSUER } from '../tokens.js'
import { BY_HAND, createAskSubject } from './by-hand.js'
import { HEADERS, WITH_METRICS, type Servers } from './protocol.js'

export const honoServers: Servers = {
  bare: () => {
    const app = new Hono()
    app.get('/me', (c) => c.json({ id: 'user_0000000' }))
    return listen(app)
  },
  limit: () => {
    const app = new Hono()
    app.use(async (c, next) => {
      for (const [name, value] of Object.entries(HEADERS)) c.header(name, value)
      await next()
    })
    app.get('/me', (c) => c.json({ id: 'user_0000000' }))
    return listen(app)
  },
  ours: ({ jwk }) => serveOurs(createAuth({ algorithm: 'RS256', jwk })),
  [WITH_METRICS]: ({ jwk }) => serveOurs(createCountedAuth({ algorithm: 'RS256', jwk })),
  [BY_HAND]: ({ jwk }) => {
    const askSubject = createAskSubject(jwk)
    const app = new Hono<{ Variables: { instance: object; principal: { id: string } } }>()
    app.use((c, next) => {
      c.set('instance', askSubject)
      return next()
    })
    const guard: MiddlewareHandler = async (c, next) =>
      askSubject<Promise<void> | Response>(c.req.raw.headers.get('authorization') ?? undefined, (id) => {
        if (id === null) return c.body(null, 401)
        c.set('principal', { id })
        for (const [name, value] of Object.entries(HEADERS)) c.header(name, value)
        return next()
      })
    app.get('/me', guard, (c) => c.json({ id: c.var.principal.id }))
    return listen(app)
  },
  'hono jwk, static key': ({ jwk }) => {
    const app = new Hono<{ Variables: { jwtPayload: { sub: string } } }>()
    app.use(jwkAuth({ keys: [jwk], alg: ['RS256'], verification: { iss: ISSUER, aud: AUDIENCE } }))
    app.get('/me', (c) => c.json({ id: c.get('jwtPayload').sub }))
    return listen(app)
  },
}

function serveOurs(auth: ReturnType<typeof createAuth>): Promise<number> {
  const app = new Hono()
  app.use(dualAuth(auth))
  app.get('/me', requireAuth(), (c) => c.json({ id: getPrincipal(c, auth).id }))
  return listen(app)
}

function listen(app: { fetch: Hono['fetch'] }): Promise<number> {
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port))
  })
}
