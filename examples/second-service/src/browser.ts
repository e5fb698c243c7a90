import { once } from 'node:events'
import { WebSocket } from 'ws'

/** A page of the frontend: it has an origin, and its cookies go to both services. */
export interface Browser {
  call(method: string, url: string, body?: object): Promise<Response>
  /** What comes back for a message, or the code with which the socket was closed. */
  socket(url: string): { say(text: string): Promise<string | number>; readonly opened: Promise<number> }
}

export function openBrowser(origin: string, cookies: Map<string, string> = new Map()): Browser {
  const headers = () => ({ origin, cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') })
  return {
    async call(method, url, body) {
      const json = { 'content-type': 'application/json' }
      const init = body === undefined ? { headers: headers() } : { headers: { ...headers(), ...json } }
      const response = await fetch(url, { method, ...init, body: body === undefined ? null : JSON.stringify(body) })
      for (const field of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(field) as unknown as [string, string, string]
        if (value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
      return response
    },
    socket(url) {
      const socket = new WebSocket(url.replace('http', 'ws'), { headers: headers() })
      socket.on('error', () => {})
      const opened = Promise.race([
        once(socket, 'open').then(() => 101),
        once(socket, 'unexpected-response').then(([, response]) => (response as { statusCode: number }).statusCode),
      ])
      return {
        opened,
        async say(text) {
          socket.send(text)
          const answered = once(socket, 'message').then(([data]) => String(data as Buffer))
          return Promise.race([answered, once(socket, 'close').then(([code]) => code as number)])
        },
      }
    },
  }
}
