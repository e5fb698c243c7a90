import type { AddressInfo } from 'node:net'

export interface Running {
  readonly url: string
  close(): Promise<void>
}

/** What Node's HTTP servers have in common. */
interface Listener {
  listen(port: number, host: string, listening: () => void): unknown
  once(event: 'error', failed: (error: Error) => void): unknown
  address(): AddressInfo | string | null
  close(closed: () => void): unknown
  closeAllConnections?(): void
}

/** Starts a server on loopback; port 0 lets the system choose a free one. */
export async function listen(server: Listener, port = 0): Promise<Running> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections?.()
      }),
  }
}
