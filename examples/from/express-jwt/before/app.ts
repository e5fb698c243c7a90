import { randomUUID } from 'node:crypto'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { expressjwt, UnauthorizedError, type Request } from 'express-jwt'
import jwt from 'jsonwebtoken'
import type { Users } from './users.js'

export interface Settings {
  readonly jwtSecret: string
  readonly users: Users
}

export async function createApp({ jwtSecret, users }: Settings): Promise<Express> {
  const loggedOut = new Set<string>()

  const options = {
    secret: jwtSecret,
    algorithms: ['HS256' as const],
    // Older clients send `Token`, newer ones `Bearer`.
    getToken: ({ headers }: Request) => /^(?:Token|Bearer) (.+)$/.exec(headers.authorization ?? '')?.[1],
    isRevoked: async (_req: Request, token: jwt.Jwt | undefined) => {
      const payload = token?.payload as jwt.JwtPayload | undefined
      return loggedOut.has(payload?.jti ?? '')
    },
  }
  const required = expressjwt(options)
  const optional = expressjwt({ ...options, credentialsRequired: false })
  const only =
    (...roles: string[]): RequestHandler =>
    (req: Request, res, next) =>
      roles.includes(req.auth?.['role']) ? next() : void res.status(403).json({ message: 'Forbidden' })

  const app = express()
  app.use(express.json())

  app.post('/login', async (req, res) => {
    const { email, password } = req.body as { email: string; password: string }
    const user = await users.check(email, password)
    if (user === null) return void res.status(401).json({ message: 'Wrong e-mail or password' })
    const { id, role } = user
    res.json({ token: jwt.sign({ id, role }, jwtSecret, { expiresIn: '7d', jwtid: randomUUID() }) })
  })

  app.get('/me', required, (req: Request, res) => {
    const user = users.findById(req.auth?.['id'])
    res.json({ id: user?.id, name: user?.name, role: user?.role })
  })

  app.get('/articles', optional, (req: Request, res) => {
    res.json({ articles: [], for: req.auth?.['id'] ?? 'everybody' })
  })

  app.post('/articles', required, only('editor', 'admin'), (req: Request, res) => {
    res.status(201).json({ by: req.auth?.['id'] })
  })

  app.post('/logout', required, (req: Request, res) => {
    loggedOut.add(req.auth?.jti ?? '')
    res.status(204).end()
  })

  const refuse: ErrorRequestHandler = (error: unknown, _req, res, next) => {
    if (!(error instanceof UnauthorizedError)) return next(error)
    res.status(error.status).json({ message: error.message })
  }
  app.use(refuse)
  return app
}
