import type { AuthError, DualAuth } from '@dualauth/core'
import { assertEndpointUrl } from '@dualauth/core/adapter'
import { functionOption, object, optionError, parseOptions, text, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { refused } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'
import { createRefresh } from '../refresh/refresh-endpoint.js'
import { hintsOf, oldPage, pageAt } from './begin.js'
import { redirect } from './cookies.js'
import { shown } from './failed-page.js'
import { cookieName, MAX_BODY_BYTES, oldSignInOf, pageOption, path, type EndElsewhere } from './options.js'
import { safeReturnTo } from './return-to.js'
import { me, reported, routed, type Asked } from './routed.js'
import { cleared, sessionCookiesIn } from './session-cookies.js'
import { assertSameOrigin, endHeld, leave, signOutBearer, type Left } from './sign-out.js'

/** The options of `sessionEndpoints`. */
export interface SessionEndpointsOptions {
  /** The instance that verifies the sessions of both sides. */
  readonly auth: DualAuth
  /**
   * The URL where the endpoints are mounted, as browsers see it, such as `https://app.example.com/auth`. `https`, or
   * `http` on loopback.
   */
  readonly url: string
  /** Your sign-in page, as a path or URL. It gets the parameter `returnTo`, a path of this site. */
  readonly signIn: string
  /**
   * The sign-in page of the old side. People go there while the policy says that the old side issues. Default:
   * everybody goes to `signIn`.
   */
  readonly oldSignIn?: string
  /** The path to go to if `returnTo` is missing or on another site. Default `/`. */
  readonly home?: string
  /** Where people go after signing out: a path. Default `home`. */
  readonly signedOut?: string
  /** Name of the migration that decides which side issues. Required if the instance has several. */
  readonly migration?: string
  /**
   * Ends a session where it is stored, such as `betterAuthSignOut(instance)`. The cookies of a `Response` that it
   * returns are sent along.
   */
  readonly signOut?: EndElsewhere
  /** Cookies to clear at sign-out besides those that the verifiers of `auth` read, by name. Default: none. */
  readonly clearCookies?: readonly string[]
}

const schema = object({
  auth: withMethods<DualAuth>(
    ['authenticate', 'guard', 'signOut', 'revoke', 'issuerFor', 'respond', 'report'],
    'what createDualAuth() returned',
  ),
  url: z.string('a URL such as https://app.example.com/auth').check(z.refine((value) => URL.canParse(value))),
  signIn: text,
  oldSignIn: z.exactOptional(text),
  home: z._default(path, '/'),
  signedOut: z.exactOptional(path),
  migration: z.exactOptional(text),
  signOut: z.exactOptional(functionOption<EndElsewhere>()),
  clearCookies: z._default(z.array(cookieName), []),
})

const METHODS: Readonly<Record<string, string>> = {
  '/sign-in': 'GET',
  '/sign-out': 'POST',
  '/me': 'GET',
  '/refresh': 'POST',
}

/**
 * The endpoints around a session, for an app with its own sign-in pages, as with Better Auth. They serve both sides of
 * a migration:
 *
 * - `GET /sign-in?returnTo=/page` leads to your sign-in page, or to that of the old side while the policy says so.
 * - `POST /sign-out` ends every session and every token in the cookies of the request, here and with `signOut`, and
 *   clears the cookies. A client with a bearer and no cookie gets 204 and needs no proof of origin.
 * - `GET /me` answers who is signed in.
 * - `POST /refresh` does the same after refreshing the session, if that is due.
 *
 * If people sign in at an OpenID provider or at WorkOS, use `signInEndpoints`, which includes the sign-in.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example app.use('/auth', mountHandler(sessionEndpoints({ auth, url: 'https://app.example.com/auth', signIn:
 * '/login', signOut })))
 */
export function sessionEndpoints(options: SessionEndpointsOptions): Endpoints {
  const settings = settingsOf(options)
  const { auth, url, basePath, home } = settings
  const told = { auth, verifier: null }
  const refresh = createRefresh({ auth, body: null, maxBodyBytes: MAX_BODY_BYTES, now: Date.now })
  const returnToOf = (request: Request): string =>
    safeReturnTo(new URL(request.url).searchParams.get('returnTo'), new URL(`${basePath}/callback`, url), home)
  const failed = (asked: Asked, error: AuthError): Promise<Response> => {
    const answer = refused(auth, error, asked.native)
    return shown(asked, error, answer, { basePath, home, returnTo: async () => returnToOf(asked.request) })
  }
  const signedOut = async (asked: Asked): Promise<Response> => {
    const { request } = asked
    const bearer = await signOutBearer(settings, request)
    return bearer ?? leave(request, await signOut(settings, request), (error) => failed(asked, error))
  }
  return routed({
    basePath,
    methods: METHODS,
    async answer(asked) {
      const { request, route } = asked
      if (route === '/me') return me(auth, asked)
      if (route === '/refresh') return refresh(request, asked)
      if (route === '/sign-out') return reported(told, 'sign-out', signedOut(asked))
      const returnTo = returnToOf(request)
      const hints = hintsOf(new URL(request.url).searchParams)
      const old = await reported(told, 'sign-in', oldPage(settings, hints, returnTo))
      return redirect(old ?? pageAt(settings.signIn, returnTo), [])
    },
    failed,
  })
}

type Settings = ReturnType<typeof settingsOf>

/** @throws {AuthError} `configuration_invalid`, naming the option. */
function settingsOf(options: unknown) {
  const { url: mountedAt, signIn, oldSignIn, ...parsed } = parseOptions(schema, options, 'sessionEndpoints')
  const url = new URL(mountedAt)
  if (url.search !== '' || url.hash !== '')
    throw optionError('sessionEndpoints.url', 'must have neither a query nor a fragment')
  assertEndpointUrl(mountedAt, 'sessionEndpoints.url')
  return {
    ...parsed,
    url,
    basePath: url.pathname.replace(/\/$/, ''),
    signedOut: parsed.signedOut ?? parsed.home,
    signIn: pageOption(signIn, url, 'sessionEndpoints.signIn'),
    oldSignIn: oldSignInOf(parsed.auth, oldSignIn, url, 'sessionEndpoints'),
  }
}

async function signOut(settings: Settings, request: Request): Promise<Left> {
  const { auth, url, signedOut, clearCookies } = settings
  assertSameOrigin(request, url)
  const { elsewhere, unjudged } = await endHeld(settings, request)
  const names = [...new Set([...clearCookies, ...sessionCookiesIn(auth, request)])]
  return { to: new URL(signedOut, url), cookies: [...cleared(names, url), ...elsewhere], unjudged }
}
