import type { JsonObject } from '../../../route/jwt.js'
import { textOf } from '../../../verify/jwt/mapped-claims.js'

/** Null if the claims contain no WorkOS session id. */
export function sessionIdIn(claims: JsonObject): string | null {
  const sessionId = textOf(claims, 'sid')
  return sessionId?.startsWith('session_') === true ? sessionId : null
}
