import { isAuthError, type AuthError, type DualAuth } from '@dualauth/core'

/** Answers are private, and may hold a secret: no cache keeps them. */
export const UNCACHED = 'private, no-store'

/** An answer in JSON. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': UNCACHED, ...headers },
  })
}

/**
 * A refusal as the instance spells it, with the body that the app has chosen.
 *
 * @param native For `formatError`.
 */
export function refused(
  auth: Pick<DualAuth, 'respond'>,
  error: AuthError,
  native: unknown,
  more: Readonly<Record<string, string>> = {},
): Response {
  const { status, headers, body } = auth.respond(error, native)
  const response = new Response(body, { status })
  for (const [name, value] of [...headers, ...Object.entries(more)]) {
    if (name === 'www-authenticate') response.headers.append(name, value)
    else response.headers.set(name, value)
  }
  return response
}

/** Whether an error is an answer to the caller. A mistake of the application is for its error path. */
export function isAnswer(cause: unknown): cause is AuthError {
  return isAuthError(cause) && (cause.status < 500 || cause.status === 503)
}

/** Without its body where only the head was asked for. */
export function asAsked({ method }: Request, response: Response): Response {
  return method === 'HEAD' ? new Response(null, response) : response
}
