import express, { type Express, type RequestHandler } from 'express'
import type { Store } from 'express-session'
import { createSignIn } from './sign-in.js'
import type { Users } from './users.js'

export interface Settings {
  readonly sessionSecret: string
  readonly store: Store
  readonly users: Users
}

export async function createApp({ sessionSecret, store, users }: Settings): Promise<Express> {
  const ensureLoggedIn: RequestHandler = (req, res, next) =>
    req.isAuthenticated() ? next() : void res.status(401).json({ error: 'Please sign in' })
  const ensureRole =
    (...roles: string[]): RequestHandler =>
    (req, res, next) =>
      roles.includes(req.user?.role ?? '') ? next() : void res.status(403).json({ error: 'Not allowed' })

  const app = express()
  app.use(express.json())
  app.use(createSignIn(sessionSecret, store, users))

  app.get('/me', ensureLoggedIn, (req, res) => {
    const user = users.findById(req.user?.id ?? '')
    res.json({ id: user?.id, name: user?.name, role: user?.role })
  })

  app.get('/orders', (req, res) => {
    res.json({ orders: [], for: req.user?.id ?? 'everybody' })
  })

  app.post('/orders', ensureLoggedIn, ensureRole('editor', 'admin'), (req, res) => {
    res.status(201).json({ by: req.user?.id })
  })

  app.post('/logout', (req, res, next) => {
    req.logout((error) => (error ? next(error) : void res.status(204).end()))
  })

  return app
}
