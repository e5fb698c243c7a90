import type { Server } from 'node:http'
import type { DualAuth } from '@dualauth/core'
import { dualAuth, getPrincipal, requireAuth } from '@dualauth/hono'
import { serve, upgradeWebSocket, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { WebSocketServer } from 'ws'
import { endWithCredential, type Connection } from './connection.js'

interface Env {
  Bindings: HttpBindings
  Variables: { connection: Connection }
}

/** Refuses the handshake like any request, or hands the connection to the upgrade helper. */
const requireUpgrade = (auth: DualAuth) =>
  createMiddleware<Env>(async (c, next) => {
    const result = await auth.authenticateUpgrade(c.env.incoming)
    if (result.ok) {
      c.set('connection', result)
      return next()
    }
    const { status, headers, body } = auth.respond(result.error)
    return new Response(body, { status, headers: [...headers] as [string, string][] })
  })

export function startHono(auth: DualAuth, revalidateMs: number): Server {
  const app = new Hono<Env>()
  app.use(dualAuth(auth))
  app.get('/me', requireAuth(), (c) => c.json({ id: getPrincipal(c).id }))
  app.get(
    '/socket',
    requireUpgrade(auth),
    upgradeWebSocket((c) => {
      const connection = c.get('connection') as Connection
      let stop = (): void => {}
      return {
        onOpen(_event, socket) {
          stop = endWithCredential(socket, connection, revalidateMs)
          socket.send(`hello ${connection.principal.id}`)
        },
        onClose: () => stop(),
      }
    }),
  )
  // Under `exactOptionalPropertyTypes` the types of `ws` and of the server differ in an option's `undefined`.
  const server = new WebSocketServer({
    noServer: true,
    // `ws` would answer with the first that is offered, which may be the credential.
    handleProtocols: (offered) => [...offered].find((protocol) => !protocol.startsWith('bearer.')) ?? false,
  })
  const websocket = { server: server as never }
  return serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', websocket }) as Server
}
