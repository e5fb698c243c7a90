import type { AddressInfo } from 'node:net'
import { dualAuth, getPrincipal, requireAuth } from '@dualauth/express'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { auth as oauth2 } from 'express-oauth2-jwt-bearer'
import { createAuth, type Contenders } from '../contender.js'
import { AUDIENCE, ISSUER } from '../tokens.js'

export const contenders: Contenders = {
  bare: () => {
    const app = express()
    app.get('/me', (_req, res) => void res.json({ id: 'user_00000' }))
    return listen(app)
  },
  ours: (setup) => {
    const auth = createAuth(setup)
    const app = express()
    app.use(dualAuth(auth))
    app.get('/me', requireAuth(), (req, res) => void res.json({ id: getPrincipal(req, auth).id }))
    return listen(app)
  },
  peer: ({ keySetUrl }) => {
    const app = express()
    app.use(oauth2({ issuer: ISSUER, audience: AUDIENCE, jwksUri: keySetUrl, tokenSigningAlg: 'RS256' }))
    app.get('/me', (req, res) => void res.json({ id: req.auth?.payload.sub }))
    app.use(quietly)
    return listen(app)
  },
}

/** Express prints an error that nobody handles. */
const quietly: ErrorRequestHandler = (error: { status: number }, _req, res, _next) => void res.sendStatus(error.status)

function listen(app: Express): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = app.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    server.once('error', reject)
  })
}
