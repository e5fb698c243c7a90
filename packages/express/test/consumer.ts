// Compiled against the packed package, by every kind of TypeScript project (test/packages).
import express, { type Express } from 'express'
import type { DualAuth } from '@dualauth/core'
import { dualAuth, getPrincipal, requireAuth, requirePermission } from '@dualauth/express'

export function build(auth: DualAuth): Express {
  const app = express()
  app.use(dualAuth(auth))
  app.get('/me', requireAuth(), (request, response) => {
    response.json(getPrincipal(request))
  })
  app.post('/things', requirePermission('things:write'), (_request, response) => {
    response.status(201).end()
  })
  return app
}
