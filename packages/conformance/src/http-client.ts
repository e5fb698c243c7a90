import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'

export interface Call {
  readonly method?: string
  readonly path: string
  /** A list sends the field several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  json(): Record<string, unknown>
}

/** One request over a real socket; `fetch` would join repeated fields and drop forbidden ones. */
export function send(origin: string, { method = 'GET', path, headers = {}, body }: Call): Promise<Reply> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, method, path, headers: headers as Record<string, string | string[]>, agent: false },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headersDistinct as Reply['headers'],
            text,
            json: () => JSON.parse(text) as Record<string, unknown>,
          })
        })
      },
    )
    outgoing.setTimeout(5_000, () => outgoing.destroy(new Error(`no answer to ${method} ${path} within 5 s`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** An answer as it arrives. */
export interface ArrivingReply {
  /** Before anything of the body. */
  headers(): Promise<Reply>
  /** The next chunk. */
  next(): Promise<string>
  /** What is left, to the end. */
  rest(): Promise<string>
}

/** Asks, and gives the answer piece by piece. */
export function partsOf(origin: string, path: string): ArrivingReply {
  const { hostname, port } = new URL(origin)
  const incoming = new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request({ hostname, port, path, agent: false }, resolve)
    outgoing.setTimeout(5_000, () => outgoing.destroy(new Error(`nothing came of ${path} within 5 s`)))
    outgoing.on('error', reject)
    outgoing.end()
  })
  const chunks = incoming.then((message) => message.setEncoding('utf8')[Symbol.asyncIterator]())
  // Met by whoever waits for a part.
  chunks.catch(() => {})
  const next = async (): Promise<string | null> => {
    const { done, value } = await (await chunks).next()
    return done === true ? null : String(value)
  }
  return {
    async headers() {
      const { statusCode: status = 0, headersDistinct: headers } = await incoming
      return { status, headers, text: '', json: () => ({}) }
    },
    next: async () => (await next()) ?? '',
    async rest() {
      let text = ''
      for (let chunk = await next(); chunk !== null; chunk = await next()) text += chunk
      return text
    },
  }
}

/** All values of a header, joined; empty when absent. */
export function header(reply: Reply, name: string): string {
  return [reply.headers[name] ?? []].flat().join(', ')
}

/** Asks and hangs up once the server has started to work on it. */
export function hangUp(origin: string, head: readonly string[], started: Promise<void>): Promise<void> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(`${head.join('\r\n')}\r\n\r\n`))
    socket.on('error', reject)
    socket.on('close', () => resolve())
    started.then(() => socket.destroy(), reject)
  })
}
