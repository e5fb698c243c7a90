import { UNCACHED } from '../http/answer.js'
import { endTokens } from '../refresh/end-tokens.js'
import { readRefreshToken } from '../refresh/read-refresh-token.js'
import { MAX_BODY_BYTES, type Settings } from './options.js'
import { signOutBearer } from './sign-out.js'

const BODIES: readonly string[] = ['application/json', 'application/x-www-form-urlencoded']

/**
 * Signs out a client that holds tokens: its refresh token in the body, and the access token in `Authorization`, or either of them.
 *
 * @returns Null for a browser: the body has no refresh token, and there is a cookie, or no bearer.
 * @throws {AuthError} As `endTokens`.
 */
export async function signOutTokens(settings: Settings, request: Request): Promise<Response | null> {
  const { auth, body } = settings
  const refreshToken = body === null ? null : await refreshTokenIn(request)
  if (body === null || refreshToken === null) return signOutBearer(settings, request)
  await endTokens({ auth, body }, refreshToken, request)
  return new Response(null, { status: 204, headers: { 'cache-control': UNCACHED } })
}

async function refreshTokenIn(request: Request): Promise<string | null> {
  const [type = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(';', 1)
  if (!BODIES.includes(type.trim())) return null
  // A callback of the application may want to read it, too.
  return readRefreshToken(request.clone(), MAX_BODY_BYTES).catch((cause: unknown) => {
    request.body?.cancel().catch(() => {})
    throw cause
  })
}
