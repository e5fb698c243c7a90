import type { IncomingMessage, ServerResponse } from 'node:http'

const MAX_BODY = 64 * 1024

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** The fields of a JSON or form body; none if it is neither. */
export async function readFields(request: IncomingMessage): Promise<Record<string, unknown>> {
  try {
    const text = await readText(request)
    if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true)
      return Object.fromEntries(new URLSearchParams(text))
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  } catch {
    // Junk, or the client hung up; then nobody reads the answer.
    return {}
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request as AsyncIterable<Buffer>) {
    text += part.toString()
    if (text.length > MAX_BODY) throw new RangeError('the body is too large')
  }
  return text
}
