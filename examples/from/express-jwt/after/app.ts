import { randomUUID } from 'node:crypto'
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
import jwt from 'jsonwebtoken'
import { createAuth } from './auth.js'
import type { Users } from './users.js'

export interface Settings {
  readonly jwtSecret: string
  readonly betterAuthSecret: string
  readonly url: string
  readonly users: Users
}

export async function createApp(settings: Settings): Promise<Express> {
  const { jwtSecret, users } = settings
  const { auth, server, exchange } = createAuth(settings)
  await auth.ready()

  const app = express()
  app.use(
    '/api/auth',
    mountHandler((request) => server.handler(request)),
  )
  app.use('/auth/exchange', mountHandler(exchange))
  app.use(express.json())
  app.use(dualAuth(auth))

  app.post('/login', async (req, res) => {
    const { email, password } = req.body as { email: string; password: string }
    const user = await users.check(email, password)
    if (user === null) return void res.status(401).json({ message: 'Wrong e-mail or password' })
    const { id, role } = user
    res.json({ token: jwt.sign({ id, role }, jwtSecret, { expiresIn: '7d', jwtid: randomUUID() }) })
  })

  app.get('/me', requireAuth(), (req, res) => {
    const user = users.findById(getPrincipal(req).id)
    res.json({ id: user?.id, name: user?.name, role: user?.role })
  })

  app.get('/articles', optionalAuth(), (req, res) => {
    res.json({ articles: [], for: getOptionalPrincipal(req)?.id ?? 'everybody' })
  })

  app.post('/articles', requirePermission('articles:write'), (req, res) => {
    res.status(201).json({ by: getPrincipal(req).id })
  })

  app.post('/logout', requireAuth(), async (req, res) => {
    const { sessionId, verifier } = getPrincipal(req)
    await auth.revoke({ session: sessionId ?? '', verifier })
    res.status(204).end()
  })

  return app
}
