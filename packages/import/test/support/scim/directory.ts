import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listening } from './listening.js'

/** A directory that somebody else has written. */
export interface ScimServer {
  readonly url: string
  readonly token: string
  /** Everything that it holds; left out where it hands that out page by page. */
  readonly all?: (path: string) => readonly ScimBody[]
  readonly close: () => Promise<void>
}

/** What is done to a request. `commits`: the directory gets it, and has done it. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly commits?: boolean }
  | { readonly mode: 'reset' | 'hang' | 'half'; readonly commits?: boolean }

/** A request, as it arrived. */
export interface Asked {
  readonly method: string
  readonly path: string
}

/** A directory behind a network that fails. */
export interface Directory {
  /** Of the network. */
  readonly url: string
  readonly token: string
  readonly requests: Asked[]
  /** Asked for each request. */
  fails: (asked: Asked) => Fault | null
  /** As somebody else asks, around the network. */
  readonly ask: (method: string, path: string, body?: object) => Promise<{ status: number; body: ScimBody }>
  /** Everything under a path. */
  readonly all: (path: string) => Promise<readonly ScimBody[]>
  readonly close: () => Promise<void>
}

export type ScimBody = Readonly<Record<string, unknown>> & { readonly id: string }

export async function behindNetwork(server: ScimServer): Promise<Directory> {
  const { pathname: base } = new URL(server.url)
  const requests: Asked[] = []
  const { origin, close } = await listening(createServer((request, response) => void pass(request, response)))
  const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    fetch(`${server.url}${path}`, { method, headers, redirect: 'manual', ...(body && { body }) })
  const directory: Directory = {
    url: `${origin}${base}`,
    token: server.token,
    requests,
    fails: () => null,
    async ask(method, path, body) {
      const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/scim+json' }
      const answer = await send(method, path, headers, body === undefined ? undefined : JSON.stringify(body))
      const text = await answer.text()
      return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as ScimBody }
    },
    async all(path) {
      if (server.all !== undefined) return server.all(path)
      const found: ScimBody[] = []
      for (let total = Infinity; found.length < total;) {
        const { body } = await directory.ask('GET', `${path}?startIndex=${found.length + 1}&count=100`)
        const { totalResults, Resources = [] } = body as unknown as { totalResults: number; Resources?: ScimBody[] }
        found.push(...Resources)
        total = Resources.length === 0 ? 0 : totalResults
      }
      return found
    },
    async close() {
      await close()
      await server.close()
    },
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request
    const path = url.slice(base.length)
    const asked = { method, path }
    requests.push(asked)
    const fault = directory.fails(asked)
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part as string
    const headers = Object.fromEntries(
      ['authorization', 'content-type', 'accept', 'if-match'].flatMap((name) =>
        typeof request.headers[name] === 'string' ? [[name, request.headers[name]]] : [],
      ),
    )
    const isSent = fault === null || fault.commits === true
    const answer = isSent ? await send(method, path, headers, body === '' ? undefined : body) : null
    const text = (await answer?.text()) ?? ''
    if (fault === null) {
      const type = answer!.headers.get('content-type')
      response.writeHead(answer!.status, type === null ? {} : { 'content-type': type }).end(text)
    } else if ('status' in fault) response.writeHead(fault.status, fault.headers).end()
    else if (fault.mode === 'reset') request.socket.destroy()
    else if (fault.mode === 'half') {
      response.writeHead(200, { 'content-type': 'application/scim+json', 'content-length': '100000' })
      response.write(text.slice(0, text.length / 2), () => request.socket.destroy())
    }
  }

  return directory
}
