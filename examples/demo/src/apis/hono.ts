import type { DualAuth } from '@dualauth/core'
import { dualAuth, requireAuth, requirePermission, requireRole } from '@dualauth/hono'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { listen, type Running } from '../listen.js'
import { answerTo } from './answer.js'

export function startHono(auth: DualAuth): Promise<Running> {
  const app = new Hono()
  app.use(dualAuth(auth))

  app.get('/health', (c) => c.json({ ok: true }))
  app.get('/me', requireAuth(), (c) => c.json({ ...c.var.principal }))
  app.get('/things', requirePermission('things:read'), (c) => c.json(answerTo(c.var.principal)))
  app.post('/things', requirePermission('things:write'), (c) => c.json(answerTo(c.var.principal), 201))
  app.get('/admin', requireRole('admin'), (c) => c.json(answerTo(c.var.principal)))

  return listen(createAdaptorServer({ fetch: app.fetch }))
}
