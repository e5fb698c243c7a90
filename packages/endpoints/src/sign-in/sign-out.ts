import { AuthError, type DualAuth } from '@dualauth/core'
import { cookiesOf, field, redirect } from './cookies.js'
import type { Settings } from './options.js'

/**
 * `POST /sign-out`: ends every session that the request holds, on both sides: here at once, for other instances by `revocations`, at
 * the provider by its page for that, and what else the application ends. Cookies are cleared whatever fails at the provider.
 *
 * @throws {AuthError} `origin_untrusted`; `store_unavailable`: other instances could not be told, and nothing is cleared.
 */
export async function signOut(settings: Settings, request: Request): Promise<Response> {
  const { auth, provider, redirectUri } = settings
  assertSameOrigin(request, redirectUri)
  const sessions = await sessionsOf(auth, request)
  for (const { verifier, session } of sessions)
    await auth.revoke({ session, verifier }).catch((cause: unknown) => {
      throw new AuthError('store_unavailable', { cause })
    })
  await auth.endSession(request).catch((cause: unknown) => {
    throw new AuthError('store_unavailable', { cause })
  })
  await settings.signOut?.(request)
  const isSecure = redirectUri.protocol === 'https:'
  const cookies = cookiesOf(request)
  const fields = [
    ...provider.clear(request).map((cookie) => cookie.field),
    ...settings.clearCookies.map((name) => field(name, '', 0, isSecure || name.startsWith('__'))),
    ...[...cookies.keys()].filter((name) => settings.states.isOwn(name)).map((name) => field(name, '', 0, isSecure)),
  ]
  const ours = new URL(settings.signedOut, redirectUri)
  const atProvider = sessions.find(({ verifier }) => verifier === provider.verifier)
  const theirs =
    atProvider === undefined
      ? null
      : // The session here is over; a provider that is away must not keep the browser.
        await provider.signOutUrl({ sessionId: atProvider.session, returnTo: ours.href }).catch(() => null)
  return redirect(theirs ?? ours, fields)
}

/** Who wants somebody signed out from another site needs no cookie for it, only the answer that clears them. */
function assertSameOrigin({ headers }: Request, { origin }: URL): void {
  const site = headers.get('sec-fetch-site')
  const from = headers.get('origin')
  if (site === 'same-origin' || from === origin) return
  throw new AuthError('origin_untrusted')
}

/** Each cookie is judged by itself: the request as a whole is one of them. */
async function sessionsOf(
  auth: DualAuth,
  request: Request,
): Promise<readonly { readonly verifier: string; readonly session: string }[]> {
  const found: { verifier: string; session: string }[] = []
  const whole = request.headers.get('cookie') ?? ''
  for (const name of cookieNames(auth)) {
    const cookie = whole
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(`${name}=`) || pair.startsWith(`${name}.`))
      .join('; ')
    if (cookie === '') continue
    // One that would have to be refreshed first is a session all the same; what comes of it is ended with it.
    const result = await auth.authenticate({ method: 'GET', headers: { cookie } }, { refresh: true })
    if (result.ok && result.principal.sessionId !== null)
      found.push({ verifier: result.principal.verifier, session: result.principal.sessionId })
  }
  return found
}

function cookieNames({ shapes }: DualAuth): ReadonlySet<string> {
  return new Set(shapes.flatMap(({ carriage }) => carriage.cookies))
}
