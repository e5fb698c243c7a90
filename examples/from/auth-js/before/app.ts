import { ExpressAuth, getSession } from '@auth/express'
import express, { type Express, type RequestHandler } from 'express'
import { authConfig } from './sign-in.js'
import type { Users } from './users.js'

export interface Settings {
  readonly authSecret: string
  readonly users: Users
}

interface SessionUser {
  readonly id: string
  readonly role: string
}

export async function createApp({ authSecret, users }: Settings): Promise<Express> {
  const config = authConfig(authSecret, users)

  const currentUser: RequestHandler = async (req, res, next) => {
    const session = await getSession(req, config)
    res.locals['user'] = session?.user
    next()
  }
  const requireUser: RequestHandler = (_req, res, next) =>
    res.locals['user'] === undefined ? void res.status(401).json({ error: 'Not signed in' }) : next()
  const requireRole =
    (...roles: string[]): RequestHandler =>
    (_req, res, next) =>
      roles.includes((res.locals['user'] as SessionUser).role)
        ? next()
        : void res.status(403).json({ error: 'Not allowed' })

  const app = express()
  app.use('/auth', ExpressAuth(config))
  app.use(express.json())
  app.use(currentUser)

  app.get('/me', requireUser, (_req, res) => {
    const user = users.findById((res.locals['user'] as SessionUser).id)
    res.json({ id: user?.id, name: user?.name, role: user?.role })
  })

  app.get('/posts', (_req, res) => {
    res.json({ posts: [], for: (res.locals['user'] as SessionUser | undefined)?.id ?? 'everybody' })
  })

  app.post('/posts', requireUser, requireRole('editor', 'admin'), (_req, res) => {
    res.status(201).json({ by: (res.locals['user'] as SessionUser).id })
  })

  return app
}
