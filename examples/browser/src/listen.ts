import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on loopback. @param name Of the origin: `localhost`, for which browsers keep secure cookies, or `127.0.0.1`. */
export async function listen(
  server: Server,
  name: 'localhost' | '127.0.0.1',
  port: number = 0,
): Promise<{ readonly origin: string; close(): Promise<void> }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    origin: `http://${name}:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
}
