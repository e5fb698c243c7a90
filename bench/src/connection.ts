import { once } from 'node:events'
import { connect } from 'node:net'

/** One keep-alive connection that carries one request at a time. */
export interface Connection {
  readonly isIdle: boolean
  send(request: Buffer): void
  close(): void
}

const HEAD_END = Buffer.from('\r\n\r\n')

/** Reads as little of an answer as it can, so that the load generator never is the bottleneck. */
export async function openConnection(port: number, onAnswer: (status: number) => void): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let isIdle = true
  let isClosed = false
  let received: Buffer | null = null
  socket.on('data', (chunk) => {
    received = received === null ? chunk : Buffer.concat([received, chunk])
    const status = statusOf(received)
    if (status === null) return
    received = null
    isIdle = true
    onAnswer(status)
  })
  socket.on('error', (error) => {
    if (!isClosed) throw error
  })
  return {
    get isIdle() {
      return isIdle
    },
    send(request) {
      isIdle = false
      socket.write(request)
    },
    close() {
      isClosed = true
      socket.destroy()
    },
  }
}

/** Null until the whole answer is there. */
function statusOf(received: Buffer): number | null {
  const end = received.indexOf(HEAD_END)
  if (end === -1) return null
  const head = received.toString('latin1', 0, end)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)
  if (length === null) throw new Error('an answer without content-length cannot be counted')
  return received.length < end + HEAD_END.length + Number(length[1]) ? null : Number(head.slice(9, 12))
}

/** `GET /me` as the wire carries it. */
export function requestBytes(fields: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`GET /me HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n${lines.join('')}\r\n`)
}

export function bearerRequest(token: string): Buffer {
  return requestBytes({ Authorization: `Bearer ${token}` })
}
