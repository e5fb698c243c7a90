import type { IncomingMessage, ServerResponse } from 'node:http'
import { readFields, sendJson } from '../http/exchange.js'
import type { WorkosSessions } from './sessions.js'

/** `POST /user_management/sessions/revoke`: ends a session, known or not. */
export function createRevokeEndpoint(
  apiKey: string,
  sessions: WorkosSessions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const fields = await readFields(request)
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return sendJson(response, 401, { message: 'Unauthorized' })
    sessions.end(String(fields['session_id']))
    sendJson(response, 200, {})
  }
}
