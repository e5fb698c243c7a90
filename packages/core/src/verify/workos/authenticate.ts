import { own, type JsonObject } from '../../route/jwt.js'
import { textOf } from '../mapped-claims.js'
import type { ApiAnswer } from './api-client.js'

export type Grant =
  | { readonly outcome: 'granted'; readonly answer: JsonObject }
  /** This session is over: signing in again is the only way on. */
  | { readonly outcome: 'ended' }
  /** Nobody can tell: an outage, a limit, or a mistake in our own configuration. */
  | { readonly outcome: 'unavailable'; readonly cause: unknown; readonly retryAfterSeconds?: number }

/** What says nothing about the session: these would sign everybody out for a mistake of ours. */
const NOT_THE_SESSION: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_request',
  'rate_limit_exceeded',
  'temporarily_unavailable',
  'server_error',
])

/**
 * Reads the answer to a refresh. Errors come as OAuth's `error` (`invalid_grant`, `sso_required`)
 * or as `code` (`mfa_enrollment` and the other step-ups).
 *
 * @see https://workos.com/docs/reference/authkit/authentication/refresh-token
 */
export function readGrant({ status, body, cause, retryAfterSeconds }: ApiAnswer): Grant {
  if (status === 200) {
    const complete = typeof own(body, 'access_token') === 'string' && typeof own(body, 'refresh_token') === 'string'
    return complete ? { outcome: 'granted', answer: body } : unavailable('misses a token')
  }
  const code = textOf(body, 'error') ?? textOf(body, 'code')
  const ofCaller = status >= 400 && status < 500 && ![401, 407, 408, 425, 429].includes(status)
  if (ofCaller && code !== null && !NOT_THE_SESSION.has(code)) return { outcome: 'ended' }
  return unavailable(status === 0 ? 'got no answer' : `answered ${status}`, cause, retryAfterSeconds)
}

function unavailable(problem: string, cause?: unknown, retryAfterSeconds?: number): Grant {
  const error = new Error(`WorkOS: refreshing a session ${problem}`, cause === undefined ? undefined : { cause })
  return { outcome: 'unavailable', cause: error, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
}
