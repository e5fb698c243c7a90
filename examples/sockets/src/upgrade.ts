import type { Server } from 'node:http'
import type { DualAuth } from '@dualauth/core'
import { WebSocketServer, type WebSocket } from 'ws'
import { endWithCredential, refusal, type Connection } from './connection.js'

export interface SocketOptions {
  readonly path: string
  readonly revalidateMs: number
  onConnection(socket: WebSocket, connection: Connection): void
}

/** WebSockets beside the routes of any server on node:http, such as Express and Fastify. */
export function acceptSockets(server: Server, auth: DualAuth, options: SocketOptions): void {
  const sockets = new WebSocketServer({
    noServer: true,
    // Never the offered subprotocol that is the credential.
    handleProtocols: (_offered, request) => protocols.get(request) ?? false,
  })
  const protocols = new WeakMap<object, string | null>()
  server.on('upgrade', (request, socket, head) => {
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== options.path) return void socket.destroy()
    socket.on('error', () => socket.destroy())
    void auth.authenticateUpgrade(request).then((result) => {
      if (!result.ok) return void socket.end(refusal(auth, result))
      protocols.set(request, result.protocol)
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('close', endWithCredential(webSocket, result, options.revalidateMs))
        options.onConnection(webSocket, result)
      })
    })
  })
}
