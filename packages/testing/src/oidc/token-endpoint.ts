import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, sendFixed, type AnswerMode, type FixedAnswer } from '../http/broken-answers.js'
import { readFields, sendJson } from '../http/exchange.js'
import type { OidcTokens, SignIns } from './sign-ins.js'

/** Controls the token endpoint while a test runs. It only grants refreshes. */
export interface TokenControl {
  mode: AnswerMode | FixedAnswer
  /** Override members of a refresh answer; undefined removes a member. */
  fields: Readonly<Record<string, unknown>>
  /** Override claims of a refresh's id token. Null: a refresh returns no id token. Default `{}`. */
  claims: Readonly<Record<string, unknown>> | null
  /** Whether using a refresh token spends it. Default true. */
  rotates: boolean
  /** `expires_in`. Default 300. */
  expiresInSeconds: number
  /** Delay before an answer, in real milliseconds. Default 0. */
  latencyMs: number
  /** Number of requests that arrived. */
  readonly calls: number
}

/** The endpoint and its control. */
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
      // A broken answer does not use up a token: the client may try again.
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

/** Clients encode id and secret before joining them. @see RFC 6749 section 2.3.1 */
function isBasic(field: string | undefined, { id, secret }: { readonly id: string; readonly secret: string }): boolean {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(field ?? '') ?? []
  const parts = Buffer.from(encoded, 'base64').toString().split(':')
  return parts.map((part) => new URLSearchParams(`=${part}`).get('')).join(':') === `${id}:${secret}`
}
