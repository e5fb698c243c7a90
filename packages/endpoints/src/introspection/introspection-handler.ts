import { AuthError, type Principal } from '@dualauth/core'
import { mountedRequest } from '@dualauth/core/adapter'
import { isAnswer, json, refused } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'
import { inTime } from '../http/in-time.js'
import { fieldOf, readForm } from '../http/read-form.js'
import { authenticateCaller } from './authenticate-caller.js'
import { createClientCheck, type CheckClient } from './client-secrets.js'
import { parseIntrospectionHandlerOptions, type IntrospectionHandlerOptions, type Settings } from './options.js'

const ALLOWED = 'POST, OPTIONS'
/** Nothing says why: a caller learns nothing about tokens that it may not know. */
const INACTIVE = { active: false }

/**
 * Tells other services whether a token is active and whose it is: `POST` with `token` as a form, by RFC 7662. It
 * verifies every bearer that `auth` accepts, old side and new: the application's own tokens, sessions as bearers, API
 * keys.
 *
 * Callers authenticate as one of `clients`, or with a credential of `auth` that is not a cookie and has `permission`. A
 * token that has expired, is revoked, is refused by the policy, belongs to a deactivated account, or is not for this
 * caller gets only `{ "active": false }`. An outage is 503 and says nothing about the token. Answers are never cached.
 * A check counts as a use of an API key.
 *
 * The answer names the account by the application's own id (`sub`), and has `token_type`, `exp`, `iat`, `sid`, `scope`
 * (of an API key; otherwise the direct permissions), `organization`, `roles`, `kind` and `verifier`.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example app.use('/auth/introspect', mountHandler(introspectionHandler({ auth, clients: [{ id: 'billing', secrets:
 * [secret] }] })))
 */
export function introspectionHandler(options: IntrospectionHandlerOptions): Endpoints {
  const settings = parseIntrospectionHandlerOptions(options)
  const isClient = createClientCheck(settings.clients)
  return async (request) => {
    const { native } = mountedRequest(request)
    try {
      return await answer(settings, isClient, request)
    } catch (cause) {
      if (!isAnswer(cause)) throw cause
      const response = refused(settings.auth, cause, native)
      if (cause.code === 'method_not_allowed') response.headers.set('allow', ALLOWED)
      if (cause.status === 401 && settings.clients.length > 0)
        response.headers.append('www-authenticate', 'Basic realm="introspection", charset="UTF-8"')
      return response
    }
  }
}

async function answer(settings: Settings, isClient: CheckClient, request: Request): Promise<Response> {
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow: ALLOWED } })
  if (request.method !== 'POST') throw new AuthError('method_not_allowed')
  const caller = await authenticateCaller(settings, isClient, request)
  const token = fieldOf(await readForm(request, settings.maxBodyBytes), 'token')
  if (token === null) throw new AuthError('request_invalid', { detail: 'token is missing' })
  const principal = await principalOf(settings, token)
  const { mayKnow, describe } = settings
  const isKnown =
    principal !== null && (await inTime('account_unavailable', () => mayKnow?.(principal, caller))) !== false
  if (!isKnown) return json(200, INACTIVE)
  const more = await inTime('account_unavailable', () => describe?.(principal, caller))
  return json(200, { ...more, ...described(principal) })
}

/** @throws {AuthError} An outage, or a limit. */
async function principalOf({ auth, fresh, mayKnow }: Settings, token: string): Promise<Principal | null> {
  const request = { method: 'GET', headers: { authorization: `Bearer ${token}` } }
  // The host and the path are the introspection's own: they name no organization of the token.
  const result = await auth.authenticate(request, { fresh, organization: () => undefined })
  if (result.ok) return result.principal
  // Whoever may not know of a token must not learn from its limit that it is genuine.
  const isTold = result.error.code === 'rate_limited' && mayKnow === undefined
  if (result.error.status >= 500 || isTold) throw result.error
  return null
}

function described(principal: Principal): Readonly<Record<string, unknown>> {
  const { id, kind, verifier, organization, roles, permissions, scopes, sessionId, expiresAt, issuedAt } = principal
  const scope = (scopes ?? permissions).filter(isScope).join(' ')
  return {
    active: true,
    sub: id,
    token_type: 'Bearer',
    ...(scope !== '' && { scope }),
    ...(expiresAt !== null && { exp: expiresAt }),
    ...(issuedAt !== null && { iat: issuedAt }),
    ...(sessionId !== null && { sid: sessionId }),
    ...(organization !== null && { organization }),
    roles,
    kind,
    verifier,
  }
}

/** @see RFC 6749 section 3.3 */
function isScope(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)
}
