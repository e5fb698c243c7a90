import { AuthError, isAuthError, type SignedOut } from '@dualauth/core'
import { UNCACHED } from '../http/answer.js'
import { inTime } from '../http/in-time.js'
import { bearerOf, endAccessToken } from '../refresh/end-tokens.js'
import { cookiesOf, field, redirect } from './cookies.js'
import { forScripts } from './for-scripts.js'
import type { Settings } from './options.js'
import { pageOfProvider } from './page-of-provider.js'
import { cleared } from './session-cookies.js'
import { MAX_CLEARED } from './state-cookie.js'

/**
 * `POST /sign-out`: ends every session and every token that the cookies of the request hold, on both sides: here at once, for other
 * instances by `revocations`, at the provider by its page for that, and where else the application keeps them. Cookies are
 * cleared whatever fails at the provider.
 *
 * @throws {AuthError} `origin_untrusted`; `store_unavailable`: other instances could not be told, or a session could not be
 * deleted where it is kept, and nothing is cleared.
 */
export async function signOut(settings: Settings, request: Request): Promise<Left> {
  const { redirectUri } = settings
  assertSameOrigin(request, redirectUri)
  const { ended, elsewhere, unjudged } = await endHeld(settings, request)
  const ours = new URL(settings.signedOut, redirectUri)
  const theirs = await pageOfProvider(settings, request, ended, { ours, isStaying: unjudged !== null })
  return { to: theirs ?? ours, cookies: [...clearing(settings, request), ...elsewhere], unjudged }
}

/** How a browser leaves that signs out. */
export interface Left {
  readonly to: URL
  /** `Set-Cookie` fields. */
  readonly cookies: readonly string[]
  /** Not null: more cookies than a browser keeps. They are cleared as the others are, and nobody may be told that all is over. */
  readonly unjudged: AuthError | null
}

/** @param refuse Spells a refusal. */
export async function leave(
  request: Request,
  { to, cookies, unjudged }: Left,
  refuse: (error: AuthError) => Promise<Response>,
): Promise<Response> {
  if (unjudged === null) return forScripts(request, redirect(to, cookies))
  const answer = await refuse(unjudged)
  for (const cookie of cookies) answer.headers.append('set-cookie', cookie)
  return answer
}

/** What the cookies of a request hold, ended. */
interface Held extends Pick<Left, 'unjudged'> {
  readonly ended: readonly SignedOut[]
  /** The cookies that the application wants set. */
  readonly elsewhere: readonly string[]
}

/** @throws {AuthError} `store_unavailable`: something is not ended everywhere, so that no cookie may be cleared. */
export async function endHeld(
  { auth, signOut: end }: Pick<Settings, 'auth' | 'signOut'>,
  request: Request,
): Promise<Held> {
  let unjudged: AuthError | null = null
  const ended = await auth.signOut(request).catch((cause: unknown) => {
    if (!isAuthError(cause) || cause.reason !== 'too_many_cookies') throw new AuthError('store_unavailable', { cause })
    const { code, reason } = cause
    auth.report({ endpoint: 'sign-out', code, reason })
    unjudged = cause
    return endedInPart(cause.cause)
  })
  const answer: unknown = await endElsewhere(end, request)
  return { ended, elsewhere: answer instanceof Response ? answer.headers.getSetCookie() : [], unjudged }
}

/** What was judged before there were too many. */
function endedInPart(cause: unknown): readonly SignedOut[] {
  const { ended } = (cause ?? {}) as { readonly ended?: readonly SignedOut[] }
  return ended ?? []
}

function endElsewhere(end: Settings['signOut'], request: Request): Promise<unknown> {
  return inTime('store_unavailable', () => end?.(request))
}

/**
 * Signs out a client that holds a bearer and no cookie. It proves no origin: no other site holds the token.
 * @returns Null for a browser.
 * @throws {AuthError} `store_unavailable`
 */
export async function signOutBearer(
  { auth, signOut: end }: Pick<Settings, 'auth' | 'signOut'>,
  request: Request,
): Promise<Response | null> {
  const accessToken = bearerOf(request)
  if (accessToken === null || request.headers.has('cookie')) return null
  await endAccessToken(auth, accessToken)
  await endElsewhere(end, request)
  return new Response(null, { status: 204, headers: { 'cache-control': UNCACHED } })
}

/** Who wants somebody signed out from another site needs no cookie for it, only the answer that clears them. */
export function assertSameOrigin({ headers }: Request, { origin }: URL): void {
  const site = headers.get('sec-fetch-site')
  const from = headers.get('origin')
  if (site === 'same-origin' || (from === origin && (site === null || site === 'none'))) return
  throw new AuthError('origin_untrusted')
}

function clearing(settings: Settings, request: Request): readonly string[] {
  const { provider, clearCookies, states, hints, own, redirectUri } = settings
  const isSecure = redirectUri.protocol === 'https:'
  const begun = [...cookiesOf(request).keys()].filter((name) => states.isOwn(name)).slice(0, MAX_CLEARED)
  return [
    ...provider.clear(request).map((cookie) => cookie.field),
    ...cleared(clearCookies, redirectUri),
    ...begun.map((name) => field(name, '', 0, isSecure)),
    hints.cleared,
    own.cleared,
  ]
}
