import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

/** What stands between a client and PostgreSQL. */
export interface Pooler {
  readonly url: string
  /** The next statement that holds this text reaches the server; its answer does not reach the client. */
  loseAnswerTo(text: string): void
  close(): Promise<void>
}

/** Passes connections on to a server, and refuses those that state a limit for statements, as PgBouncer does. */
export async function startPooler(url: string): Promise<Pooler> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  let lost: string | null = null

  function passOn(client: Socket, server: Socket): void {
    let isLost = false
    client.on('data', (portion: Buffer) => {
      if (lost !== null && portion.includes(lost)) {
        isLost = true
        lost = null
      }
      server.write(portion)
    })
    server.on('data', (portion: Buffer) => {
      if (isLost) client.destroy()
      else client.write(portion)
    })
  }

  const pooler = createServer((client) => {
    const server = connect(Number(port), hostname)
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
    client.once('data', (startup: Buffer) => {
      if (startup.includes('statement_timeout')) return void client.end(refusal())
      server.write(startup)
      passOn(client, server)
    })
  })
  await new Promise<void>((resolve) => void pooler.listen(0, '127.0.0.1', resolve))
  const own = new URL(url)
  own.port = String((pooler.address() as AddressInfo).port)
  return {
    url: own.href,
    loseAnswerTo: (text) => void (lost = text),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => pooler.close(resolve))
    },
  }
}

/** An `ErrorResponse` of the protocol. */
function refusal(): Buffer {
  const fields = 'SFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0'
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, Buffer.from(fields)])
}
