import * as z from 'zod/mini'
import { plainError } from '../../../errors/plain-error.js'
import type { JsonObject } from '../../../route/jwt.js'
import { textOf } from '../../../verify/jwt/mapped-claims.js'
import type { NoGrant } from '../../../verify/sealed-session/renewal.js'
import type { ApiAnswer } from '../api-client.js'

export type WorkosGrant = { readonly outcome: 'granted'; readonly answer: JsonObject } | NoGrant

/** The rest of the answer goes into the seal unchanged. */
const grant = z.looseObject({ access_token: z.string(), refresh_token: z.string() })

/** Errors that mean the session is over. Any other error may come from a proxy and would sign everybody out. */
const OVER: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'invalid_grant',
  'sso_required',
  'mfa_enrollment',
  'mfa_challenge',
  'email_verification_required',
  'organization_selection_required',
  'organization_authentication_methods_required',
  'invalid_organization_id',
])

/**
 * Reads the answer to a refresh. Errors come as OAuth's `error` (`invalid_grant`, `sso_required`)
 * or as `code` (`mfa_enrollment` and the other step-ups).
 *
 * @see https://workos.com/docs/reference/authkit/authentication/refresh-token
 */
export function readGrant({ status, body, answered, cause, retryAfterSeconds }: ApiAnswer): WorkosGrant {
  if (status === 200) {
    const granted = z.safeParse(grant, body)
    if (granted.success) return { outcome: 'granted', answer: granted.data }
    return unavailable(`${answered}, without a usable \`${granted.error.issues[0]?.path.join('.')}\``)
  }
  const code = textOf(body, 'error') ?? textOf(body, 'code')
  if ((status === 400 || status === 403) && code !== null && OVER.has(code)) return { outcome: 'ended' }
  const hint = status === 401 ? '; check `apiKey`' : ''
  return unavailable(`${answered}${hint}`, cause, retryAfterSeconds)
}

function unavailable(problem: string, cause?: unknown, retryAfterSeconds?: number): NoGrant {
  const error = plainError(`WorkOS: refreshing a session: ${problem}`, cause)
  return { outcome: 'unavailable', cause: error, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
}
