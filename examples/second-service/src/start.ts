import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openDatabase } from '@dualauth/postgres'
import { serve } from '@hono/node-server'
import { WebSocketServer } from 'ws'
import { createAuthServer } from './auth-server.js'
import { createAuth } from './auth.js'
import { createService } from './service.js'

export interface Running {
  readonly authUrl: string
  readonly serviceUrl: string
  readonly frontend: string
  close(): Promise<void>
}

/** Both services on loopback. In production each is a process of its own, with the same secret and database. */
export async function start(databaseUrl?: string, frontend = 'http://localhost:5175'): Promise<Running> {
  const secret = process.env['BETTER_AUTH_SECRET'] ?? randomBytes(32).toString('hex')
  const { query, pool, close } = await openDatabase(databaseUrl)

  const auth = createAuth(query, secret, frontend)
  const service = await listen(createService(auth, frontend))

  // Better Auth wants to know its address.
  const first = await listen({ fetch: async (request) => authServer.fetch(request) })
  const authServer = await createAuthServer(pool, secret, first.url, frontend)

  return {
    authUrl: first.url,
    serviceUrl: service.url,
    frontend,
    async close() {
      await Promise.all([first.close(), service.close()])
      await auth.close()
      await close()
    },
  }
}

async function listen({ fetch }: { fetch(request: Request, env: object): Response | Promise<Response> }) {
  const sockets = new WebSocketServer({ noServer: true })
  const server = serve({ fetch, port: 0, hostname: '127.0.0.1', websocket: { server: sockets as never } }) as Server
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
