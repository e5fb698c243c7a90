import type { DualAuth } from '@dualauth/core'
import { dualAuth, getPrincipal } from '@dualauth/fastify'
import { fastify } from 'fastify'
import type { Running } from '../listen.js'
import { answerTo } from './answer.js'

export async function startFastify(auth: DualAuth): Promise<Running> {
  const app = fastify({ forceCloseConnections: true })
  await app.register(dualAuth, { auth, default: 'deny' })

  app.get('/health', { config: { auth: false } }, () => ({ ok: true }))
  app.get('/me', (request) => getPrincipal(request))
  app.get('/things', { config: { auth: { permission: 'things:read' } } }, (request) => answerTo(getPrincipal(request)))
  app.post('/things', { config: { auth: { permission: 'things:write' } } }, (request, reply) =>
    reply.code(201).send(answerTo(getPrincipal(request))),
  )
  app.get('/admin', { config: { auth: { role: 'admin' } } }, (request) => answerTo(getPrincipal(request)))

  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, close: () => app.close() }
}
