// Runs a snippet that starts a server, unchanged: the port that it asks for becomes an ephemeral one.
import { once } from 'node:events'
import { Server as HttpServer } from 'node:http'
import { type AddressInfo, Server } from 'node:net'
import { pathToFileURL } from 'node:url'

export interface Running {
  readonly url: string
  close(): Promise<void>
}

/** Imports the file and waits for the server that it starts. */
export async function start(file: string): Promise<Running> {
  const servers: Server[] = []
  const { listen } = Server.prototype
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    servers.push(this)
    const callback = args.find((argument) => typeof argument === 'function')
    return listen.call(this, { port: 0, host: '127.0.0.1' }, callback as () => void)
  } as typeof listen
  try {
    await import(/* @vite-ignore */ pathToFileURL(file).href)
  } finally {
    Server.prototype.listen = listen
  }
  const [server] = servers
  if (server === undefined) throw new Error(`${file} starts no server`)
  if (!server.listening) await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const each of servers) {
        if (each instanceof HttpServer) each.closeAllConnections()
        await new Promise((resolve) => each.close(resolve))
      }
    },
  }
}
