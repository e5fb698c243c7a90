import { AuthError, type AuthError as AnswerableError } from '@dualauth/core'
import {
  announceIn,
  authenticatedRequirement,
  mountedRequest,
  runGuard,
  takeCookies,
  type RequestState,
} from '@dualauth/core/adapter'
import { asAsked, isAnswer, refused, UNCACHED } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'
import { createKey, getKey, listKeys, renameKey, revokeKey, rotateKey, type Asked } from './operations.js'
import { parseApiKeyEndpointsOptions, type ApiKeyEndpointsOptions, type Settings } from './options.js'

type Operation = (asked: Asked) => Promise<Response>

/** What a path takes; the id where it names a key. */
interface Route {
  readonly id: string
  readonly methods: Readonly<Partial<Record<string, Operation>>>
}

/**
 * The management of API keys over HTTP: `GET` and `POST` at the path itself, `GET`, `PATCH` and `DELETE` at `/:id`, and
 * `POST` at `/:id/rotate`.
 *
 * `auth` authenticates the caller, with its origin rule for cookies. Requests that change something bypass every cache.
 * Signed-in users manage their own keys; every other caller needs `permissions`. A new key gets no scope that its
 * creator does not have, and acts for the organization of its creator. The key itself is only in the answer that
 * creates it. No answer is cached.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example app.use('/api-keys', mountHandler(apiKeyEndpoints({ auth, keys: storedApiKeys(query), prefix: 'sk_live_'
 * })))
 */
export function apiKeyEndpoints(options: ApiKeyEndpointsOptions): Endpoints {
  const settings = parseApiKeyEndpointsOptions(options)
  return async (request) => {
    const { state, native, isMounted } = mountedRequest(request)
    const response = await answer(settings, request, state, native)
    // An adapter writes them itself.
    if (!isMounted) {
      for (const field of takeCookies(state, response.headers.getSetCookie(), null))
        response.headers.append('set-cookie', field)
      announceIn(response.headers, state)
    }
    return asAsked(request, response)
  }
}

async function answer(settings: Settings, request: Request, state: RequestState, native: unknown): Promise<Response> {
  const { auth } = settings
  const url = new URL(request.url)
  const route = routeOf(settings.basePath, url.pathname)
  const allow = route === null ? '' : allowed(route)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const operation = route?.methods[method]
  const requirement = authenticatedRequirement([{ fresh: method !== 'GET' }])
  // First of all: a caller that is not authenticated learns nothing, not even which paths exist.
  const verdict = await runGuard(state, auth, request, native, requirement)
  if (verdict.kind === 'preflight') return new Response(null, { status: 204, headers: { allow } })
  if (verdict.kind === 'refuse') return refused(auth, verdict.error, native)
  if (route === null) return refused(auth, new AuthError('resource_not_found'), native)
  if (method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow, 'cache-control': UNCACHED } })
  if (operation === undefined) return refused(auth, new AuthError('method_not_allowed'), native, { allow })
  const { principal, headers } = verdict
  if (principal === null) throw new TypeError('apiKeyEndpoints: nobody was authenticated')
  try {
    const response = await operation({ settings, request, url, principal, id: route.id })
    response.headers.set('vary', headers.vary)
    return response
  } catch (cause) {
    if (!isAnswer(cause)) throw cause
    report(settings, cause)
    return refused(auth, cause, native)
  }
}

function routeOf(basePath: string, pathname: string): Route | null {
  if (pathname !== basePath && !pathname.startsWith(`${basePath}/`)) return null
  const rest = pathname.slice(basePath.length + 1)
  // One slash at the end is a matter of taste.
  const [first = '', second, ...more] = rest.replace(/(?<=[^/])\/$/, '').split('/')
  if (more.length > 0) return null
  if (first === '') return second === undefined ? { id: '', methods: { GET: listKeys, POST: createKey } } : null
  const id = decoded(first)
  if (id === null) return null
  if (second === undefined) return { id, methods: { GET: getKey, PATCH: renameKey, DELETE: revokeKey } }
  return second === 'rotate' ? { id, methods: { POST: rotateKey } } : null
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}

function allowed({ methods }: Route): string {
  const names = Object.keys(methods)
  return [...(names.includes('GET') ? ['HEAD'] : []), ...names, 'OPTIONS'].join(', ')
}

/** Nothing but an outage is told: a refusal is an answer like another. */
function report({ auth, onError }: Settings, error: AnswerableError): void {
  if (error.status !== 503) return
  auth.report({ endpoint: 'api-keys', code: error.code, cause: error.cause ?? error })
  try {
    onError?.(error.cause ?? error)
  } catch {
    // A logger that fails must not turn an answer into another one.
  }
}
