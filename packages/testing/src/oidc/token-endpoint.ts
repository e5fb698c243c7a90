import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, sendFixed, type AnswerMode, type FixedAnswer } from '../http/broken-answers.js'
import { readFields, sendJson } from '../http/exchange.js'
import type { OidcTokens, SignIns } from './sign-ins.js'

/** The token endpoint, to be changed while a test runs. It grants refreshes only. */
export interface TokenControl {
  mode: AnswerMode | FixedAnswer
  /** Laid over the body of a refresh; undefined takes a member away. */
  fields: Readonly<Record<string, unknown>>
  /** Laid over the claims of the id token of a refresh. Null: a refresh brings no id token. Default `{}`. */
  claims: Readonly<Record<string, unknown>> | null
  /** Whether a refresh token is spent by its use. Default true. */
  rotates: boolean
  /** `expires_in`. Default 300. */
  expiresInSeconds: number
  /** Waited before an answer, in real time. Default 0. */
  latencyMs: number
  /** Requests that arrived. */
  readonly calls: number
}

/** The endpoint, and the control over it. */
export interface TokenEndpoint {
  readonly control: TokenControl
  respond(request: IncomingMessage, response: ServerResponse): Promise<void>
}

export function createTokenEndpoint(
  client: { readonly id: string; readonly secret: string },
  signIns: SignIns,
  tokensOf: (grant: { subject: string; claims: Readonly<Record<string, unknown>>; refreshToken: string }) => OidcTokens,
): TokenEndpoint {
  const control = {
    mode: 'ok' as TokenControl['mode'],
    fields: {},
    claims: {} as TokenControl['claims'],
    rotates: true,
    expiresInSeconds: 300,
    latencyMs: 0,
    calls: 0,
  }
  return {
    control,
    async respond(request, response) {
      control.calls++
      const fields = await readFields(request)
      if (control.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, control.latencyMs))
      const { mode } = control
      if (typeof mode === 'object') return sendFixed(response, mode)
      // A broken answer uses up no token: the client may try again.
      if (mode !== 'ok') return answer(mode, request, response, '{}')
      const inForm = fields['client_id'] === client.id && fields['client_secret'] === client.secret
      if (!isBasic(request.headers.authorization, client) && !inForm)
        return sendJson(response, 401, { error: 'invalid_client' })
      if (fields['grant_type'] !== 'refresh_token')
        return sendJson(response, 400, { error: 'unsupported_grant_type', error_description: 'Only refresh_token.' })
      const grant = signIns.refresh(String(fields['refresh_token']), control.rotates)
      if (grant === null) return sendJson(response, 400, { error: 'invalid_grant' })
      sendJson(response, 200, { ...tokensOf(grant), ...control.fields }, { 'cache-control': 'no-store' })
    },
  }
}

/** Clients encode id and secret before they join them. @see RFC 6749 section 2.3.1 */
function isBasic(field: string | undefined, { id, secret }: { readonly id: string; readonly secret: string }): boolean {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(field ?? '') ?? []
  const parts = Buffer.from(encoded, 'base64').toString().split(':')
  return parts.map((part) => new URLSearchParams(`=${part}`).get('')).join(':') === `${id}:${secret}`
}
