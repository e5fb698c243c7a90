import { createServer, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'

export type KeySetMode =
  | 'ok'
  | 'status-500'
  | 'hang'
  | 'drip'
  | 'bad-json'
  | 'html'
  | 'no-keys'
  | 'redirect'
  | 'oversized'
  | 'gzip-bomb'
  | 'reset'

/** A real key-set endpoint on loopback that can be broken in the ways that real ones break. */
export interface KeySetServer {
  readonly origin: string
  readonly url: string
  mode: KeySetMode
  keys: readonly unknown[]
  /** Further header fields of the answer. */
  headers: Record<string, string>
  /** Requests that arrived. */
  readonly fetches: number
  /** Path of the last request. */
  readonly path: string
  /** Answers what hangs. */
  close(): Promise<void>
}

export async function startKeySetServer(keys: readonly unknown[] = []): Promise<KeySetServer> {
  const state = { mode: 'ok' as KeySetMode, keys, headers: {} as Record<string, string>, fetches: 0, path: '' }
  const server: Server = createServer((request, response) => {
    state.fetches++
    state.path = request.url ?? ''
    const json = (body: string | Buffer, headers: Record<string, string> = {}) =>
      response.writeHead(200, { 'content-type': 'application/json', ...state.headers, ...headers }).end(body)
    const set = JSON.stringify({ keys: state.keys })
    switch (state.mode) {
      case 'ok':
        return json(set)
      case 'status-500':
        return response.writeHead(500).end(set)
      case 'hang':
        return
      case 'drip': {
        // A byte now and then, for ever: no single read takes long.
        response.writeHead(200, { 'content-type': 'application/json' })
        const drops = setInterval(() => response.write(' '), 5)
        return response.once('close', () => clearInterval(drops))
      }
      case 'bad-json':
        return json(set.slice(0, -2))
      case 'html':
        return response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')
      case 'no-keys':
        return json('{"keys":null}')
      case 'redirect':
        return response.writeHead(302, { location: '/elsewhere' }).end(set)
      case 'oversized':
        return json(set.padEnd(600 * 1024, ' '))
      case 'gzip-bomb':
        return json(gzipSync(set.padEnd(5_000_000, ' ')), { 'content-encoding': 'gzip' })
      case 'reset':
        return request.socket.destroy()
    }
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const origin = `http://127.0.0.1:${port}`
  return Object.assign(state, {
    origin,
    url: `${origin}/jwks`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  })
}
