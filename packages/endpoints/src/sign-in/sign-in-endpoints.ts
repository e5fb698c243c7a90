import { AuthError, isAuthError, type EndpointName } from '@dualauth/core'
import {
  authenticatedRequirement,
  mountedRequest,
  runGuard,
  takeCookies,
  type RequestState,
} from '@dualauth/core/adapter'
import { asAsked, isAnswer, json, refused, UNCACHED } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'
import { profileOf } from '../http/profile.js'
import { beginSignIn } from './begin.js'
import { finishSignIn, stateIn, used } from './callback.js'
import { cookiesOf } from './cookies.js'
import { failedPage, wantsPage } from './failed-page.js'
import { forScripts } from './for-scripts.js'
import { parseSignInOptions, type Settings, type SignInEndpointsOptions } from './options.js'
import { signOut } from './sign-out.js'
import { signOutTokens } from './sign-out-tokens.js'

const METHODS: Readonly<Record<string, string>> = {
  '/sign-in': 'GET',
  '/callback': 'GET',
  '/sign-out': 'POST',
  '/me': 'GET',
  '/refresh': 'POST',
}

/**
 * Sign-in for browsers, at the path of `redirectUri` without `/callback`:
 *
 * - `GET /sign-in?returnTo=/page` sends the browser to the provider, or to the old side while the policy says so. It may say
 *   `organization`, `login_hint`, `prompt` and `screen`.
 * - `GET /callback` is where the provider sends it back: it begins the session and goes on to `returnTo`, which is a page of this site.
 * - `POST /sign-out` ends the sessions of both sides, here and at the provider, and clears their cookies. With `bodyTokens`, a refresh token
 *   in the body ends what came of its sign-in.
 * - `GET /me` answers who is signed in.
 * - `POST /refresh` does the same after refreshing the session where that is due; with `bodyTokens` it replaces refresh tokens, too, as
 *   `refreshEndpoint` does.
 *
 * What is refused is a problem document, or, for a browser that goes to a page (`Accept: text/html`), a plain page without
 * scripts; `formatError` of the instance replaces both.
 *
 * State, nonce and PKCE bind each sign-in to the browser that began it, in a signed cookie that lives ten minutes. The session is a
 * sealed cookie; no token reaches a script.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @example
 * app.use('/auth', mountHandler(signInEndpoints({ auth, provider, redirectUri: 'https://app.example.com/auth/callback', secrets })))
 */
export function signInEndpoints(options: SignInEndpointsOptions): Endpoints {
  const settings = parseSignInOptions(options)
  return async (request) => {
    const { state, native, isMounted } = mountedRequest(request)
    const response = await answer(settings, request, state, native).catch((cause: unknown) => {
      if (!isAnswer(cause)) throw cause
      return failed(settings, request, cause, native)
    })
    if (!isMounted)
      for (const cookie of takeCookies(state, response.headers.getSetCookie(), null))
        response.headers.append('set-cookie', cookie)
    return asAsked(request, response)
  }
}

async function answer(settings: Settings, request: Request, state: RequestState, native: unknown): Promise<Response> {
  const { pathname } = new URL(request.url)
  const route = pathname.startsWith(`${settings.basePath}/`) ? pathname.slice(settings.basePath.length) : ''
  const allowed = METHODS[route]
  if (allowed === undefined) throw new AuthError('resource_not_found')
  // A look at the head of the others would begin or spend a sign-in.
  const method = request.method === 'HEAD' && route === '/me' ? 'GET' : request.method
  if (method === 'OPTIONS')
    return new Response(null, { status: 204, headers: { allow: allowed, 'cache-control': UNCACHED } })
  if (method !== allowed) throw new AuthError('method_not_allowed')
  switch (route) {
    case '/sign-in':
      return reported(settings, 'sign-in', beginSignIn(settings, request))
    case '/callback':
      return reported(settings, 'callback', finishSignIn(settings, request))
    case '/sign-out':
      return (
        (await signOutTokens(settings, request)) ??
        forScripts(request, await reported(settings, 'sign-out', signOut(settings, request)))
      )
    case '/refresh':
      return settings.refresh(request, { state, native })
    default:
      return me(settings, request, state, native)
  }
}

/** Outages, and sign-ins that failed; what a caller did wrong is only answered. */
async function reported<T>({ auth, provider }: Settings, endpoint: EndpointName, task: Promise<T>): Promise<T> {
  return task.catch((thrown: unknown) => {
    if (!isAuthError(thrown)) throw thrown
    const { code, reason, status, cause } = thrown
    if (status >= 500 || code === 'sign_in_failed')
      auth.report({ endpoint, code, reason, verifier: provider.verifier, cause })
    throw thrown
  })
}

async function me({ auth }: Settings, request: Request, state: RequestState, native: unknown): Promise<Response> {
  const verdict = await runGuard(state, auth, request, native, authenticatedRequirement([]))
  if (verdict.kind === 'refuse') return refused(auth, verdict.error, native)
  if (verdict.kind === 'preflight' || verdict.principal === null)
    throw new TypeError('signInEndpoints: nobody was authenticated')
  return json(200, profileOf(verdict.principal), { vary: verdict.headers.vary })
}

async function failed(settings: Settings, request: Request, error: AuthError, native: unknown): Promise<Response> {
  const { basePath, states, home } = settings
  const answer = refused(settings.auth, error, native)
  const { pathname, searchParams } = new URL(request.url)
  const route = pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : ''
  if (error.code === 'method_not_allowed') answer.headers.set('allow', METHODS[route] ?? '')
  const state = route === '/callback' ? stateIn(searchParams) : null
  // An outage may be over when the page is loaded again; the code is then as good as it was.
  if (state !== null && error.status !== 503) answer.headers.append('set-cookie', used(settings, state))
  if (FOR_CLIENTS.includes(route) || !isProblem(answer) || !wantsPage(request)) return answer
  const pending = state === null ? null : await states.open(state, cookiesOf(request), settings.now())
  const returnTo = pending?.returnTo ?? settings.returnTo(searchParams.get('returnTo'))
  const again = `${basePath}/sign-in${returnTo === home ? '' : `?${new URLSearchParams({ returnTo })}`}`
  return failedPage(answer, error, { again: SIGNING_IN.includes(route) ? again : null, home })
}

/** Nobody goes there to look at a page. */
const FOR_CLIENTS: readonly string[] = ['/me', '/refresh']
/** Of signing out, and of what is not there, signing in is no way on. */
const SIGNING_IN: readonly string[] = ['/sign-in', '/callback']

/** What the application has spelled itself, by `formatError`, is sent as it is. */
function isProblem({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('application/problem+json') === true
}
