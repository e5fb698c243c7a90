import type { Server } from 'node:http'
import type { DualAuth } from '@dualauth/core'
import { dualAuth, getPrincipal, requireAuth } from '@dualauth/fastify'
import { fastify } from 'fastify'
import { acceptSockets } from './upgrade.js'

export async function startFastify(auth: DualAuth, revalidateMs: number): Promise<Server> {
  const app = fastify()
  await app.register(dualAuth, { auth })
  app.get('/me', { onRequest: requireAuth() }, async (request) => ({ id: getPrincipal(request).id }))
  acceptSockets(app.server, auth, {
    path: '/socket',
    revalidateMs,
    onConnection: (socket, { principal }) => socket.send(`hello ${principal.id}`),
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}
