import type { Server } from 'node:http'
import type { DualAuth } from '@dualauth/core'
import { dualAuth, getPrincipal, requireAuth } from '@dualauth/express'
import express from 'express'
import { acceptSockets } from './upgrade.js'

export function startExpress(auth: DualAuth, revalidateMs: number): Server {
  const app = express()
  app.use(dualAuth(auth))
  app.get('/me', requireAuth(), (req, res) => {
    res.json({ id: getPrincipal(req).id })
  })
  const server = app.listen(0, '127.0.0.1')
  acceptSockets(server, auth, {
    path: '/socket',
    revalidateMs,
    onConnection: (socket, { principal }) => socket.send(`hello ${principal.id}`),
  })
  return server
}
