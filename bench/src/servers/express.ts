import type { AddressInfo } from 'node:net'
import { dualAuth, getPrincipal, requireAuth } from '@dualauth/express'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { expressjwt, type GetVerificationKey, type Request as JwtRequest } from 'express-jwt'
import { auth as oauth2 } from 'express-oauth2-jwt-bearer'
import { expressJwtSecret } from 'jwks-rsa'
import { createAuth, createCountedAuth } from '../our-auth.js'
import { AUDIENCE, ISSUER } from '../tokens.js'
import { BY_HAND, createAskSubject } from './by-hand.js'
import { HEADERS, WITH_METRICS, type Servers } from './protocol.js'

export const expressServers: Servers = {
  bare: () => {
    const app = express()
    app.get('/me', (_req, res) => void res.json({ id: 'user_0000000' }))
    return listen(app)
  },
  limit: () => {
    const app = express()
    app.use((_req, res, next) => {
      for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value)
      next()
    })
    app.get('/me', (_req, res) => void res.json({ id: 'user_0000000' }))
    return listen(app)
  },
  ours: ({ jwk }) => serveOurs(createAuth({ algorithm: 'RS256', jwk })),
  [WITH_METRICS]: ({ jwk }) => serveOurs(createCountedAuth({ algorithm: 'RS256', jwk })),
  [BY_HAND]: ({ jwk }) => {
    const askSubject = createAskSubject(jwk)
    const guard: RequestHandler = (req, res, next) => {
      void askSubject(req.headers.authorization, (subject) => {
        if (subject === null) return void res.sendStatus(401)
        res.locals['subject'] = subject
        for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value)
        next()
      })
    }
    const app = express()
    // What a mount leaves for its guards.
    app.use((_req, res, next) => {
      res.locals['instance'] = askSubject
      next()
    })
    app.get('/me', guard, (_req, res) => void res.json({ id: res.locals['subject'] as string }))
    return listen(app)
  },
  'express-oauth2-jwt-bearer': ({ keySetUrl }) => {
    const app = express()
    app.use(oauth2({ issuer: ISSUER, audience: AUDIENCE, jwksUri: keySetUrl, tokenSigningAlg: 'RS256' }))
    app.get('/me', (req, res) => void res.json({ id: req.auth?.payload.sub }))
    return listen(app.use(quietly))
  },
  'express-jwt + jwks-rsa': ({ keySetUrl }) => {
    const secret = expressJwtSecret({ jwksUri: keySetUrl, cache: true, rateLimit: true }) as GetVerificationKey
    const app = express()
    app.use(expressjwt({ secret, algorithms: ['RS256'], issuer: ISSUER, audience: AUDIENCE }))
    app.get('/me', (req: JwtRequest, res) => void res.json({ id: req.auth?.sub }))
    return listen(app.use(quietly))
  },
}

function serveOurs(auth: ReturnType<typeof createAuth>): Promise<number> {
  const app = express()
  app.use(dualAuth(auth))
  app.get('/me', requireAuth(), (req, res) => void res.json({ id: getPrincipal(req, auth).id }))
  return listen(app)
}

/** Express prints an error that nobody handles. */
const quietly: ErrorRequestHandler = (error: { status: number }, _req, res, _next) => void res.sendStatus(error.status)

function listen(app: Express): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = app.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    server.once('error', reject)
  })
}
