import { UNCACHED } from '../http/answer.js'
import { endTokens } from '../refresh/end-tokens.js'
import { readRefreshToken } from '../refresh/read-refresh-token.js'
import { MAX_BODY_BYTES, type Settings } from './options.js'

const BODIES: readonly string[] = ['application/json', 'application/x-www-form-urlencoded']

/**
 * Signs out a client that holds tokens: its refresh token in the body, and the access token in `Authorization` where there is one.
 *
 * @returns Null where the body has no refresh token, as that of a browser.
 * @throws {AuthError} `store_unavailable`: other instances could not be told, or the store could not be asked.
 */
export async function signOutTokens({ auth, body }: Settings, request: Request): Promise<Response | null> {
  const [type = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(';', 1)
  if (body === null || !BODIES.includes(type.trim())) return null
  // A callback of the application may want to read it, too.
  const refreshToken = await readRefreshToken(request.clone(), MAX_BODY_BYTES)
  if (refreshToken === null) return null
  await endTokens({ auth, body }, refreshToken, request)
  return new Response(null, { status: 204, headers: { 'cache-control': UNCACHED } })
}
