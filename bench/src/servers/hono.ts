import { dualAuth, getPrincipal, requireAuth } from '@dualauth/hono'
import { createPublicKey } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono, type Context, type MiddlewareHandler, type Next } from 'hono'
import { jwk as jwkAuth } from 'hono/jwk'
import { jwtVerify } from 'jose'
import { createAuth, createCountedAuth } from '../our-auth.js'
import { AUDIENCE, ISSUER } from '../tokens.js'
import { HEADERS, WITH_METRICS, type Servers } from './protocol.js'

/** The least that a mount and a guard come to: two middlewares, a look into a map, and the two fields. */
const BY_HAND = 'two middlewares by hand'

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
    // A token is verified once, and then looked up: without an end, without a revocation, and without a bound on the map.
    const seen = new Map<string, string>()
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const app = new Hono<{ Variables: { instance: object; principal: { id: string } } }>()
    app.use((c, next) => {
      c.set('instance', seen)
      return next()
    })
    const guard: MiddlewareHandler = (c, next) => {
      const token = c.req.raw.headers.get('authorization')?.slice(7) ?? ''
      const subject = seen.get(token)
      if (subject === undefined) return firstSight(c, next, token)
      c.set('principal', { id: subject })
      for (const [name, value] of Object.entries(HEADERS)) c.header(name, value)
      return next()
    }
    const firstSight = async (c: Context, next: Next, token: string): Promise<Response | undefined> => {
      const claims = await jwtVerify(token, key, { algorithms: ['RS256'], issuer: ISSUER, audience: AUDIENCE }).catch(
        () => null,
      )
      if (claims === null) return c.body(null, 401)
      seen.set(token, claims.payload.sub as string)
      c.set('principal', { id: claims.payload.sub as string })
      await next()
      return undefined
    }
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
