import type { AuthError } from '@dualauth/core'
import { refused } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'
import { beginSignIn } from './begin.js'
import { finishSignIn, stateIn, used } from './callback.js'
import { cookiesOf } from './cookies.js'
import { shown } from './failed-page.js'
import { parseSignInOptions, type Settings, type SignInEndpointsOptions } from './options.js'
import { me, reported, routed, type Asked } from './routed.js'
import { leave, signOut } from './sign-out.js'
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
 * - `GET /sign-in?returnTo=/page` sends the browser to the provider, or to the old side while the policy says so.
 *   Further parameters: `organization`, `login_hint`, `prompt` and `screen`.
 * - `GET /callback` is where the provider sends the browser back. It starts the session and redirects to `returnTo`, a
 *   page of this site.
 * - `POST /sign-out` ends the sessions of both sides, here and at the provider, and clears their cookies. With
 *   `bodyTokens`, a refresh token in the body ends everything from its sign-in.
 * - `GET /me` answers who is signed in.
 * - `POST /refresh` does the same after refreshing the session, if that is due. With `bodyTokens`, it also replaces
 *   refresh tokens, like `refreshEndpoint`.
 *
 * A refusal is a problem document, or, for a browser that opens a page (`Accept: text/html`), a plain page without
 * scripts; `formatError` of the instance replaces both.
 *
 * State, nonce and PKCE bind each sign-in to the browser that started it, in a signed cookie that lives ten minutes.
 * The session is a sealed cookie; no token reaches a script.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example app.use('/auth', mountHandler(signInEndpoints({ auth, provider, redirectUri:
 * 'https://app.example.com/auth/callback', secrets })))
 */
export function signInEndpoints(options: SignInEndpointsOptions): Endpoints {
  const settings = parseSignInOptions(options)
  return routed({
    basePath: settings.basePath,
    methods: METHODS,
    answer: (asked) => answer(settings, asked),
    failed: (asked, error) => failed(settings, asked, error),
  })
}

async function answer(settings: Settings, asked: Asked): Promise<Response> {
  const { auth, provider } = settings
  const { request, route } = asked
  const told = { auth, verifier: provider.verifier }
  switch (route) {
    case '/sign-in':
      return reported(told, 'sign-in', beginSignIn(settings, request))
    case '/callback':
      return reported(told, 'callback', finishSignIn(settings, request))
    case '/sign-out':
      return (
        (await signOutTokens(settings, request)) ??
        leave(request, await reported(told, 'sign-out', signOut(settings, request)), (error) =>
          failed(settings, asked, error),
        )
      )
    case '/refresh':
      return settings.refresh(request, asked)
    default:
      return me(auth, asked)
  }
}

async function failed(settings: Settings, asked: Asked, error: AuthError): Promise<Response> {
  const { auth, basePath, states, home } = settings
  const { request, route, native } = asked
  const answer = refused(auth, error, native)
  const { searchParams } = new URL(request.url)
  const state = route === '/callback' ? stateIn(searchParams) : null
  // An outage may be over when the page is loaded again; the code is then as good as it was.
  if (state !== null && error.status !== 503) answer.headers.append('set-cookie', used(settings, state))
  const returnTo = async (): Promise<string> => {
    const pending = state === null ? null : await states.open(state, cookiesOf(request), settings.now())
    return pending?.returnTo ?? settings.returnTo(searchParams.get('returnTo'))
  }
  return shown(asked, error, answer, { basePath, home, returnTo })
}
