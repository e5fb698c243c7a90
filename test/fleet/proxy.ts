import { once } from 'node:events'
import { Agent, createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What stands in front of the instances: one after the other, and the next one where one does not answer. */
export interface Proxy {
  readonly url: string
  close(): Promise<void>
}

/** What a real proxy knows of its caller: the address. Here callers name it. */
export const CALLER = 'x-caller-address'

export async function startProxy(targets: readonly string[]): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true })
  let turn = 0

  function pass(to: string, from: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const { method, url = '/', headers } = from
    const { [CALLER]: address, connection: _, ...kept } = headers
    const passed = { ...kept, 'x-forwarded-for': String(address ?? '127.0.0.1') }
    return new Promise((resolve, reject) => {
      request(new URL(url, to), { method, headers: passed, agent }, resolve).once('error', reject).end(body)
    })
  }

  const server = createServer((from, answer) => {
    void (async () => {
      const body = await buffer(from)
      const first = turn++
      for (let tried = 0; tried < targets.length; tried++) {
        try {
          const passed = await pass(targets[(first + tried) % targets.length] as string, from, body)
          const content = await buffer(passed)
          return void answer.writeHead(passed.statusCode ?? 502, passed.headers).end(content)
        } catch {
          // The next one, as proxies do by default.
        }
      }
      answer.writeHead(502).end()
    })()
  })
  // Else it may close a connection just when somebody asks on it.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
