import { createServer } from 'node:http'
import type { DualAuth } from '@dualauth/core'
import { dualAuth, getPrincipal, requireAuth, requirePermission, requireRole } from '@dualauth/express'
import express from 'express'
import { listen, type Running } from '../listen.js'
import { answerTo } from './answer.js'

export function startExpress(auth: DualAuth): Promise<Running> {
  const app = express()
  app.use(dualAuth(auth))

  app.get('/health', (_req, res) => void res.json({ ok: true }))
  app.get('/me', requireAuth(), (req, res) => void res.json(getPrincipal(req)))
  app.get('/things', requirePermission('things:read'), (req, res) => void res.json(answerTo(getPrincipal(req))))
  app.post('/things', requirePermission('things:write'), (req, res) => {
    res.status(201).json(answerTo(getPrincipal(req)))
  })
  app.get('/admin', requireRole('admin'), (req, res) => void res.json(answerTo(getPrincipal(req))))

  return listen(createServer(app))
}
