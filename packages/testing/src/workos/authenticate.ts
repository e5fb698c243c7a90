import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, sendFixed, type AnswerMode, type FixedAnswer } from '../http/broken-answers.js'
import { readFields, sendJson } from '../http/exchange.js'
import type { Codes } from './codes.js'
import type { WorkosSession, WorkosSessions } from './sessions.js'

/** How a refresh ends: correctly, refused permanently, or broken temporarily. */
export type RefreshMode = AnswerMode | 'invalid_grant' | 'sso_required' | 'mfa_enrollment'

/** Controls `POST /user_management/authenticate` while a test runs. */
export interface RefreshControl {
  mode: RefreshMode | FixedAnswer
  /** Override members of a refresh answer, such as `{ impersonator: { email, reason } }`. */
  fields: Readonly<Record<string, unknown>>
  /** How long a used refresh token still returns the same pair, in milliseconds. Default 0: it is refused at once. */
  graceMs: number
  /** Delay before an answer, in real milliseconds. Default 0. */
  latencyMs: number
  /** Number of requests that arrived. */
  readonly calls: number
}

/** The endpoint and its control. */
export interface AuthenticateEndpoint {
  readonly control: RefreshControl
  respond(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** WorkOS answers have two shapes: OAuth's and its own. */
const REFUSALS: Partial<Record<RefreshMode, readonly [status: number, body: object]>> = {
  invalid_grant: [400, { error: 'invalid_grant', error_description: 'The refresh token is invalid or was used.' }],
  sso_required: [403, { error: 'sso_required', error_description: 'The organization requires single sign-on.' }],
  mfa_enrollment: [403, { code: 'mfa_enrollment', message: 'The user must enroll in MFA.' }],
}

export function createAuthenticateEndpoint(
  clientId: string,
  apiKey: string,
  sessions: WorkosSessions,
  codes: Codes,
): AuthenticateEndpoint {
  const control = { mode: 'ok' as RefreshControl['mode'], fields: {}, graceMs: 0, latencyMs: 0, calls: 0 }

  function refuse(response: ServerResponse, mode: RefreshMode): void {
    const [status, body] = REFUSALS[mode] as readonly [number, object]
    sendJson(response, status, body)
  }

  return {
    control,
    async respond(request, response) {
      control.calls++
      const fields = await readFields(request)
      if (control.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, control.latencyMs))
      const { mode } = control
      if (typeof mode === 'object') return sendFixed(response, mode)
      if (mode in REFUSALS) return refuse(response, mode)
      // A broken answer does not use up a token: the client may try again.
      if (mode !== 'ok') return answer(mode as AnswerMode, request, response, '{}')
      if (fields['client_id'] !== clientId || fields['client_secret'] !== apiKey)
        return sendJson(response, 401, { error: 'invalid_client', error_description: 'Invalid client secret.' })
      if (fields['grant_type'] === 'authorization_code') {
        const signIn = codes.redeem(fields['code'], fields['code_verifier'])
        if (signIn === null) return refuse(response, 'invalid_grant')
        return sendJson(response, 200, { ...bodyOf(sessions.signIn(signIn)), ...control.fields })
      }
      if (fields['grant_type'] !== 'refresh_token')
        return sendJson(response, 400, { error: 'unsupported_grant_type', error_description: 'No such grant.' })
      const organization = (fields['organization_id'] as string | undefined) ?? null
      const session = sessions.refresh(String(fields['refresh_token']), organization, control.graceMs)
      if (session === null) return refuse(response, 'invalid_grant')
      sendJson(response, 200, { ...bodyOf(session), ...control.fields })
    },
  }
}

function bodyOf({ user, organizationId, accessToken, refreshToken }: WorkosSession): object {
  return {
    user,
    ...(organizationId === null ? {} : { organization_id: organizationId }),
    access_token: accessToken,
    refresh_token: refreshToken,
    authentication_method: 'Password',
  }
}
