import { dualAuth, getPrincipal, requireAuth } from '@dualauth/hono'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { jwk as jwkAuth } from 'hono/jwk'
import { createAuth } from '../our-auth.js'
import { AUDIENCE, ISSUER } from '../tokens.js'
import { HEADERS, type Servers } from './protocol.js'

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
  ours: ({ jwk }) => {
    const auth = createAuth({ algorithm: 'RS256', jwk })
    const app = new Hono()
    app.use(dualAuth(auth))
    app.get('/me', requireAuth(), (c) => c.json({ id: getPrincipal(c, auth).id }))
    return listen(app)
  },
  'hono jwk, static key': ({ jwk }) => {
    const app = new Hono<{ Variables: { jwtPayload: { sub: string } } }>()
    app.use(jwkAuth({ keys: [jwk], alg: ['RS256'], verification: { iss: ISSUER, aud: AUDIENCE } }))
    app.get('/me', (c) => c.json({ id: c.get('jwtPayload').sub }))
    return listen(app)
  },
}

function listen(app: { fetch: Hono['fetch'] }): Promise<number> {
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port))
  })
}
