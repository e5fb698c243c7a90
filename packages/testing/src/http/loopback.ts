import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on 127.0.0.1, at a port that the system chose. It does not keep the process alive. */
export interface Loopback {
  readonly origin: string
  /** Ends open connections too, those that hang included. */
  close(): Promise<void>
}

export async function startLoopback(listener: RequestListener): Promise<Loopback> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  // A test that failed before its `close()` must not hang the whole run.
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
