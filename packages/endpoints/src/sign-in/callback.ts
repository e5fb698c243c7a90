import { AuthError } from '@dualauth/core'
import { cookiesOf, field, redirect } from './cookies.js'
import type { Settings } from './options.js'
import type { PendingSignIn } from './state-cookie.js'

/**
 * `GET /callback`: ends a sign-in that this browser began, and begins its session. The session is judged, and linked, before its
 * cookies are sent, so that whoever may not come in learns why and holds nothing.
 *
 * @throws {AuthError} `sign_in_failed`, `verifier_unavailable`; what `link` refuses, such as `account_conflict`.
 */
export async function finishSignIn(settings: Settings, request: Request): Promise<Response> {
  const { auth, provider, redirectUri, now } = settings
  const callback = new URL(redirectUri)
  callback.search = new URL(request.url).search
  const pending = await pendingOf(settings, request, callback)
  const { state, nonce, codeVerifier, returnTo } = pending
  const cookies = await provider.finish({
    callback,
    redirectUri: redirectUri.href,
    state,
    nonce,
    codeVerifier,
    request,
    now: now(),
  })
  const begun = cookies.map((cookie) => cookie.field)
  const result = await auth.authenticate({ method: 'GET', headers: { cookie: sent(begun) } }, { fresh: true })
  if (!result.ok) throw result.error
  return redirect(new URL(returnTo, redirectUri), [...begun, used(settings, state)])
}

/** A state serves once: its cookie is cleared whatever becomes of the sign-in. */
export function used({ states, redirectUri }: Settings, state: string): string {
  return field(states.nameOf(state), '', 0, redirectUri.protocol === 'https:')
}

async function pendingOf({ states, now }: Settings, request: Request, callback: URL): Promise<PendingSignIn> {
  const [state = '', ...others] = callback.searchParams.getAll('state')
  if (others.length > 0 || !/^[\w-]{43}$/.test(state)) throw new AuthError('sign_in_failed', { reason: 'state' })
  const pending = await states.open(state, cookiesOf(request), now())
  if (pending === null) throw new AuthError('sign_in_failed', { reason: 'state' })
  return pending
}

/** What the browser will send. */
function sent(fields: readonly string[]): string {
  const pairs = fields.map((one) => one.slice(0, one.indexOf(';')))
  return pairs.filter((pair) => pair.indexOf('=') < pair.length - 1).join('; ')
}
