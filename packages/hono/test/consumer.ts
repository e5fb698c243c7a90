// Compiled against the packed package, by every kind of TypeScript project (test/packages).
import { Hono } from 'hono'
import type { DualAuth } from '@dualauth/core'
import { dualAuth, requireAuth, requirePermission } from '@dualauth/hono'

export function build(auth: DualAuth): Hono {
  const app = new Hono()
  app.use(dualAuth(auth))
  app.get('/me', requireAuth(), (c) => c.json(c.var.principal))
  app.post('/things', requirePermission('things:write'), (c) => c.body(null, 201))
  return app
}
