import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { sendJson } from './exchange.js'

/** How an endpoint answers: correctly, or broken in the ways that real ones break. */
export type AnswerMode =
  | 'ok'
  | 'status-500'
  /** 429 with `Retry-After: 1`. */
  | 'status-429'
  | 'bad-json'
  | 'html'
  /** No answer until the server is closed. */
  | 'hang'
  /** One byte every 5 ms, endlessly. */
  | 'drip'
  | 'redirect'
  /** The right body followed by a megabyte of spaces. */
  | 'oversized'
  /** The same as `oversized`, compressed to a few kilobytes. */
  | 'gzip-bomb'
  /** The connection ends without an answer. */
  | 'reset'

/** An answer written by the test. */
export interface FixedAnswer {
  readonly status: number
  /** Sent as JSON. Default `{}`. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export function sendFixed(response: ServerResponse, { status, body = {}, headers = {} }: FixedAnswer): void {
  sendJson(response, status, body, headers)
}

const PADDED = 1024 * 1024
const DRIP_MS = 5

/** Answers with the JSON body, or as `mode` says. */
export function answer(
  mode: AnswerMode,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  fields: Readonly<Record<string, string>> = {},
): void {
  const json = (content: string | Buffer, headers: Record<string, string> = {}): void =>
    void response.writeHead(200, { 'content-type': 'application/json', ...fields, ...headers }).end(content)
  switch (mode) {
    case 'ok':
      return json(body)
    case 'status-500':
      return void response.writeHead(500).end(body)
    case 'status-429':
      return void response.writeHead(429, { 'retry-after': '1' }).end(body)
    case 'bad-json':
      return json(body.slice(0, -2))
    case 'html':
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')
    case 'hang':
      return
    case 'drip':
      return drip(response)
    case 'redirect':
      return void response.writeHead(302, { location: '/elsewhere' }).end(body)
    case 'oversized':
      return json(body.padEnd(PADDED))
    case 'gzip-bomb':
      return json(gzipSync(body.padEnd(5 * PADDED)), { 'content-encoding': 'gzip' })
    case 'reset':
      return void request.socket.destroy()
  }
}

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), DRIP_MS)
  response.once('close', () => clearInterval(timer))
}
