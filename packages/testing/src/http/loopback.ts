import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on 127.0.0.1 at a port chosen by the system. It does not keep the process alive. */
export interface Loopback {
  readonly origin: string
  /** Also ends open connections, including hanging ones. */
  close(): Promise<void>
}

export async function startLoopback(listener: RequestListener): Promise<Loopback> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  // A test that fails before `close()` must not hang the whole run.
  server.unref()
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}
