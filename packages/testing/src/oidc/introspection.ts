import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, type AnswerMode } from '../http/broken-answers.js'
import { readFields, sendJson } from '../http/exchange.js'

/** Controls the introspection endpoint (RFC 7662) while a test runs. */
export interface IntrospectionControl {
  mode: AnswerMode
  /** Number of requests that arrived. */
  readonly calls: number
}

/** The endpoint and its control. */
export interface IntrospectionEndpoint {
  readonly control: IntrospectionControl
  respond(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** Callers must send the client id and secret, in the header or in the form. */
export function createIntrospectionEndpoint(
  client: { readonly id: string; readonly secret: string },
  lookUp: (token: string) => object | null,
): IntrospectionEndpoint {
  const control = { mode: 'ok' as AnswerMode, calls: 0 }
  const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
  return {
    control,
    async respond(request, response) {
      control.calls++
      const fields = await readFields(request)
      const inForm = fields['client_id'] === client.id && fields['client_secret'] === client.secret
      if (request.headers.authorization !== basic && !inForm)
        return sendJson(response, 401, { error: 'invalid_client' })
      const claims = lookUp(String(fields['token']))
      const body = claims === null ? { active: false } : { active: true, ...claims }
      answer(control.mode, request, response, JSON.stringify(body))
    },
  }
}
