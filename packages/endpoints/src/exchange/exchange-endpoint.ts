import { AuthError, type DualAuth, type ExchangeResult } from '@dualauth/core'
import { mountedRequest } from '@dualauth/core/adapter'
import { object, optionError, parseOptions, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { isAnswer, json, refused } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'
import { parseBody } from '../http/parse-body.js'
import { readJson } from '../http/read-json.js'

/** The options of `exchangeEndpoint`. */
export interface ExchangeEndpointOptions {
  /** The instance; one of its migrations has the option `exchange`. */
  readonly auth: DualAuth
  /**
   * True: clients whose old credential came in a header get tokens in the body, in the form of RFC 6749 section 5.1.
   * Default false: everybody gets cookies, which scripts cannot read.
   */
  readonly bodyTokens?: boolean
}

const schema = object({
  auth: withMethods<DualAuth>(['exchange', 'respond'], 'what createDualAuth() returned'),
  bodyTokens: z._default(z.boolean(), false),
})

type Settings = z.output<typeof schema>

const ALLOWED = 'POST, OPTIONS'
const MAX_BODY_BYTES = 1_024
const wish = z.strictObject({ tokens: z.exactOptional(z.boolean('true or false')) })

/**
 * Exchanges the credential of a request, in any carrier, for a session of the new side: `POST`, with no body or with `{
 * "tokens": false }`.
 *
 * A browser gets cookies, and 200 with `{ id, organization, roles, permissions, verifier, expiresAt }` of its session;
 * so does a browser that is already on the new side. With `bodyTokens`, a client whose credential came in a header gets
 * `{ access_token, token_type, expires_in, refresh_token }`, unless it asks for cookies with `{ "tokens": false }`.
 *
 * Refusals: 401 `sign_in_required` if no session can be created, with the sign-in page in `login`; 403
 * `exchange_refused` with a `reason`; 403 `origin_untrusted`; 429 `rate_limited`; 401 like every route. An outage is
 * 503, and the old credential stays valid. It answers at any path where it is mounted.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example app.use('/auth/exchange', mountHandler(exchangeEndpoint({ auth })))
 */
export function exchangeEndpoint(options: ExchangeEndpointOptions): Endpoints {
  const settings = parseOptions(schema, options, 'exchangeEndpoint')
  if (settings.auth.migrations.length === 0)
    throw optionError('exchangeEndpoint.auth', 'must be an instance with the option `migration`')
  return async (request) => {
    const { native } = mountedRequest(request)
    try {
      return await answer(settings, request, native)
    } catch (cause) {
      if (!isAnswer(cause)) throw cause
      return refused(settings.auth, cause, native, cause.code === 'method_not_allowed' ? { allow: ALLOWED } : {})
    }
  }
}

async function answer({ auth, bodyTokens }: Settings, request: Request, native: unknown): Promise<Response> {
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow: ALLOWED } })
  if (request.method !== 'POST') throw new AuthError('method_not_allowed')
  const { tokens } = parseBody(wish, await readJson(request, MAX_BODY_BYTES))
  if (tokens === true && !bodyTokens)
    throw new AuthError('request_invalid', { detail: 'tokens: this application does not issue any' })
  // A cookie in a browser stays a cookie.
  const result = await auth.exchange(request, { tokens: tokens ?? (bodyTokens ? 'unless-cookie' : false) })
  const response = result.ok ? json(200, shown(result)) : refused(auth, result.error, native)
  for (const { field } of result.cookies) response.headers.append('set-cookie', field)
  return response
}

/** The body that a browser or another client gets. @see RFC 6749 section 5.1 */
function shown({ tokens, principal }: Extract<ExchangeResult, { readonly ok: true }>): object {
  const { id, organization, roles, permissions, verifier, expiresAt } = principal
  if (tokens === null) return { id, organization, roles, permissions, verifier, expiresAt }
  const { accessToken, expiresIn, refreshToken } = tokens
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
  }
}
