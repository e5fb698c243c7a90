import { dualAuth, getPrincipal, optionalAuth, requireAuth } from '@dualauth/hono'
import { upgradeWebSocket } from '@hono/node-server'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { Auth } from './auth.js'

/** The second service: it signs nobody in, and knows everybody whom Better Auth has signed in. */
export function createService(auth: Auth, frontend: string): Hono {
  const app = new Hono()
  app.use(cors({ origin: frontend, credentials: true }))
  app.use(dualAuth(auth))

  app.get('/api/me', requireAuth(), (c) => c.json(getPrincipal(c, auth).claims.user))

  app.get('/api/orchestrator', optionalAuth(), (c) => c.json({ status: 'idle', for: c.var.principal?.id ?? null }))

  app.post('/api/notes', requireAuth(), (c) => c.json({ by: c.var.principal.id }, 201))

  app.get(
    '/ws',
    requireAuth(),
    upgradeWebSocket((c) => ({
      async onMessage(event, socket) {
        // The socket outlives the request: the session may have ended since.
        const now = await auth.authenticate(c.req.raw, { fresh: true })
        if (!now.ok) return socket.close(now.error.status < 500 ? 4001 : 1013, now.error.code)
        socket.send(`${now.principal.id}: ${String(event.data)}`)
      },
    })),
  )
  return app
}
