import { AuthError, isAuthError, type DualAuth, type EndpointName } from '@dualauth/core'
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

/** A request, and at which of the routes it arrived. */
export interface Asked {
  readonly request: Request
  /** Below the path where the endpoints are mounted, such as `/me`; empty: it is not below it. */
  readonly route: string
  readonly state: RequestState
  /** The request of the framework, for `formatError`. */
  readonly native: unknown
}

/** Several endpoints below one path. */
export interface Routes {
  /** Where they are mounted, without a slash at the end. */
  readonly basePath: string
  /** The one method of each route. */
  readonly methods: Readonly<Record<string, string>>
  answer(asked: Asked): Promise<Response>
  /** Spells what was refused. */
  failed(asked: Asked, error: AuthError): Promise<Response>
}

/** One handler for all of them, which writes the cookies that `auth` wants set where no adapter does. */
export function routed(routes: Routes): Endpoints {
  const { basePath, methods, failed } = routes
  return async (request) => {
    const { state, native, isMounted } = mountedRequest(request)
    const { pathname } = new URL(request.url)
    const route = pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : ''
    const asked = { request, route, state, native }
    const response = await answer(routes, asked).catch(async (cause: unknown) => {
      if (!isAnswer(cause)) throw cause
      const refusal = await failed(asked, cause)
      if (cause.code === 'method_not_allowed') refusal.headers.set('allow', methods[route] ?? '')
      return refusal
    })
    if (!isMounted)
      for (const cookie of takeCookies(state, response.headers.getSetCookie(), null))
        response.headers.append('set-cookie', cookie)
    return asAsked(request, response)
  }
}

async function answer({ methods, answer: respond }: Routes, asked: Asked): Promise<Response> {
  const { request, route } = asked
  const allowed = Object.hasOwn(methods, route) ? methods[route] : undefined
  if (allowed === undefined) throw new AuthError('resource_not_found')
  // A look at the head of the others would begin or spend a sign-in.
  const method = request.method === 'HEAD' && route === '/me' ? 'GET' : request.method
  if (method === 'OPTIONS')
    return new Response(null, { status: 204, headers: { allow: allowed, 'cache-control': UNCACHED } })
  if (method !== allowed) throw new AuthError('method_not_allowed')
  return respond(asked)
}

/** `GET /me`: who is signed in. */
export async function me(auth: DualAuth, { request, state, native }: Asked): Promise<Response> {
  const verdict = await runGuard(state, auth, request, native, authenticatedRequirement([]))
  if (verdict.kind === 'refuse') return refused(auth, verdict.error, native)
  if (verdict.kind === 'preflight' || verdict.principal === null) throw new TypeError('me: nobody was authenticated')
  return json(200, profileOf(verdict.principal), { vary: verdict.headers.vary })
}

/** Outages, and sign-ins that failed, for operators; what a caller did wrong is only answered. */
export async function reported<T>(
  { auth, verifier }: { readonly auth: DualAuth; readonly verifier: string | null },
  endpoint: EndpointName,
  task: Promise<T>,
): Promise<T> {
  return task.catch((thrown: unknown) => {
    if (!isAuthError(thrown)) throw thrown
    const { code, reason, status, cause } = thrown
    if (status >= 500 || code === 'sign_in_failed') auth.report({ endpoint, code, reason, verifier, cause })
    throw thrown
  })
}
