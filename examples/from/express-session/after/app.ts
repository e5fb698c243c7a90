import {
  dualAuth,
  getOptionalPrincipal,
  getPrincipal,
  mountHandler,
  optionalAuth,
  requireAuth,
  requirePermission,
} from '@dualauth/express'
import express, { type Express } from 'express'
import type { Store } from 'express-session'
import { createAuth } from './auth.js'
import { createSignIn } from './sign-in.js'
import type { Users } from './users.js'

export interface Settings {
  readonly sessionSecret: string
  readonly betterAuthSecret: string
  readonly url: string
  readonly store: Store
  readonly users: Users
}

export async function createApp(settings: Settings): Promise<Express> {
  const { sessionSecret, store, users } = settings
  const { auth, server, exchange, signOut } = createAuth(settings)
  await auth.ready()

  const app = express()
  app.use(
    '/api/auth',
    mountHandler((request) => server.handler(request)),
  )
  app.use('/auth/exchange', mountHandler(exchange))
  app.use(express.json())
  app.use(createSignIn(sessionSecret, store, users))
  app.use(dualAuth(auth))

  app.get('/me', requireAuth(), (req, res) => {
    const user = users.findById(getPrincipal(req).id)
    res.json({ id: user?.id, name: user?.name, role: user?.role })
  })

  app.get('/orders', optionalAuth(), (req, res) => {
    res.json({ orders: [], for: getOptionalPrincipal(req)?.id ?? 'everybody' })
  })

  app.post('/orders', requirePermission('orders:write'), (req, res) => {
    res.status(201).json({ by: getPrincipal(req).id })
  })

  // Ends the sessions of both sides.
  app.post('/logout', async (req, res, next) => {
    await signOut(req, (cookie) => res.append('Set-Cookie', cookie))
    req.logout((error) => (error ? next(error) : void res.status(204).end()))
  })

  return app
}
