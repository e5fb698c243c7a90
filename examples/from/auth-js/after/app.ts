import { ExpressAuth } from '@auth/express'
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
import { createAuth } from './auth.js'
import { authConfig } from './sign-in.js'
import type { Users } from './users.js'

export interface Settings {
  readonly authSecret: string
  readonly betterAuthSecret: string
  readonly url: string
  readonly users: Users
}

export async function createApp(settings: Settings): Promise<Express> {
  const { authSecret, users } = settings
  const { auth, server, exchange, signOut } = createAuth(settings)
  await auth.ready()

  const app = express()
  app.use(
    '/api/auth',
    mountHandler((request) => server.handler(request)),
  )
  app.use('/auth/exchange', mountHandler(exchange))
  // The sign-out that the pages know ends the sessions of both sides.
  app.post('/auth/signout', async (req, res, next) => {
    await signOut(req, (cookie) => res.append('Set-Cookie', cookie))
    next()
  })
  app.use('/auth', ExpressAuth(authConfig(authSecret, users)))
  app.use(express.json())
  app.use(dualAuth(auth))

  app.get('/me', requireAuth(), (req, res) => {
    const user = users.findById(getPrincipal(req).id)
    res.json({ id: user?.id, name: user?.name, role: user?.role })
  })

  app.get('/posts', optionalAuth(), (req, res) => {
    res.json({ posts: [], for: getOptionalPrincipal(req)?.id ?? 'everybody' })
  })

  app.post('/posts', requirePermission('posts:write'), (req, res) => {
    res.status(201).json({ by: getPrincipal(req).id })
  })

  return app
}
