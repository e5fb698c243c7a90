import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Answered {
  readonly status: number
  /** Process that answered; 0: none did. */
  readonly pid: number
  readonly body: { readonly id?: string; readonly code?: string }
  /** Milliseconds since the epoch. */
  readonly sentAt: number
  readonly tookMs: number
}

const agent = new Agent({ keepAlive: true })

/** Status 0: nobody answered at all. */
export async function ask(url: string, headers: Readonly<Record<string, string>>, body?: unknown): Promise<Answered> {
  const sentAt = Date.now()
  const began = performance.now()
  const sent = body === undefined ? '' : JSON.stringify(body)
  return new Promise((resolve) => {
    const done = (status: number, pid: number, answer: string): void =>
      resolve({ status, pid, body: parse(answer), sentAt, tookMs: performance.now() - began })
    request(url, { method: body === undefined ? 'GET' : 'POST', headers, agent }, (response) => {
      void text(response).then(
        (answer) => done(response.statusCode ?? 0, Number(response.headers['x-instance'] ?? 0), answer),
        () => done(0, 0, ''),
      )
    })
      .once('error', () => done(0, 0, ''))
      .end(sent)
  })
}

function parse(answer: string): Answered['body'] {
  try {
    return JSON.parse(answer) as Answered['body']
  } catch {
    return {}
  }
}
