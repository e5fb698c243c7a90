import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Sent {
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  /** The cookies that it sets, as a browser sends them back. */
  readonly cookie: string
}

export interface Running {
  readonly url: string
  call(method: string, path: string, sent?: Sent): Promise<Answer>
  /** Calls that keep cookies, as a browser does. */
  browser(): Browser
  close(): Promise<void>
}

export interface Browser {
  readonly cookies: Map<string, string>
  call(method: string, path: string, body?: object): Promise<Answer>
}

/** Serves the app on loopback; it is made when its address is known. */
export async function start(create: (url: string) => Promise<RequestListener>): Promise<Running> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  server.on('request', await create(url))
  const running: Running = {
    url,
    async call(method, path, { body, headers = {} } = {}) {
      const json = body === undefined ? {} : { 'content-type': 'application/json' }
      const sent = { method, headers: { origin: url, ...json, ...headers }, redirect: 'manual' as const }
      const response = await fetch(`${url}${path}`, { ...sent, body: body === undefined ? null : JSON.stringify(body) })
      const text = await response.text()
      const fields = response.headers.getSetCookie().map((field) => field.split(';', 1)[0] ?? '')
      const answered = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}
      return { status: response.status, body: answered, cookie: fields.join('; ') }
    },
    browser() {
      const cookies = new Map<string, string>()
      return {
        cookies,
        async call(method, path, body) {
          const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
          const answer = await running.call(method, path, {
            headers: { cookie },
            ...(body === undefined ? {} : { body }),
          })
          for (const [, name, value] of answer.cookie.matchAll(/([^=; ]+)=([^;]*)/g)) {
            if (value === '') cookies.delete(name as string)
            else cookies.set(name as string, value as string)
          }
          return answer
        },
      }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return running
}
