import {
  assertCalledAsFactory,
  assertInstance,
  assertMounted,
  createGuards,
  createState,
  depthOf,
  governing,
  mergeVary,
  runGuard,
  STATE,
  takeCookies,
  type AuthRequest,
  type DualAuth,
  type Guards,
  type Principal,
  type RegisteredPrincipal,
  type Requirement,
  type RequestState,
  type Verdict,
} from '@dualauth/core/adapter'
import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { memoised, type FromContext } from './from-context.js'

const WRITE = 'app.use(dualAuth(auth))'

/**
 * For apps that mount with `app.use()` in a statement of its own, where Hono infers nothing: `new Hono<AuthEnv>()`.
 * A promise of the app that nothing checks: without a guard `c.var.principal` is undefined all the same.
 * `getPrincipal(c)` checks it.
 */
export interface AuthEnv<P extends Principal | null = RegisteredPrincipal> {
  Variables: { principal: P }
}

type Guard<P> = MiddlewareHandler<{ Variables: { principal: P } }>

/**
 * Binds `auth` to every request that passes; refuses nothing. The mount with the longest path that
 * leads to the request governs.
 *
 * @param auth An instance, or `(c) => auth` for Workers, which hand out their environment per
 * request; the result is kept per environment.
 * @throws {AuthError} `configuration_invalid`: not an instance.
 * @example
 * app.use(dualAuth(auth))
 */
export function dualAuth(auth: DualAuth | FromContext): MiddlewareHandler
export function dualAuth(...args: unknown[]): MiddlewareHandler {
  assertCalledAsFactory('dualAuth', args, WRITE)
  const [auth] = args
  const fromContext = typeof auth === 'function' ? memoised(auth as FromContext) : null
  if (fromContext === null) assertInstance(auth, 'dualAuth.auth', WRITE)
  return async (c, next) => {
    const bound: unknown = fromContext === null ? auth : fromContext(c)
    assertInstance(bound, 'dualAuth.auth', '(c) => auth')
    const state = stateOf(c)
    state.mounts.push({ auth: bound, depth: depthOf(routePath(c)) })
    await next()
    if (state.cookies.size === 0) return
    for (const field of takeCookies(state, c.res.headers.getSetCookie()))
      c.header('Set-Cookie', field, { append: true })
  }
}

type HonoGuards = Guards<Context, Guard<RegisteredPrincipal>, Guard<RegisteredPrincipal | null>>

const guards: HonoGuards = /* @__PURE__ */ createGuards({
  guard,
  governing: (c, caller) => governing(stateOf(c).mounts, caller),
  state: stateOf,
  write: WRITE,
})

/**
 * Lets in who is authenticated. 401 (or 400, 431) for the others, 403 for an account that is not let in,
 * 503 where nobody can tell. `{ fresh: true }` asks past every cache.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.get('/me', requireAuth(), (c) => c.json({ id: c.var.principal.id }))
 */
export const requireAuth: HonoGuards['requireAuth'] = guards.requireAuth

/**
 * Lets everybody in; a bad header is refused (401), a bad or expired cookie is anonymous, an outage is 503.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.get('/news', optionalAuth(), (c) => c.json({ for: c.var.principal?.id ?? 'everybody' }))
 */
export const optionalAuth: HonoGuards['optionalAuth'] = guards.optionalAuth

/**
 * Lets in who holds a permission: `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or
 * `(principal, c) => boolean`. 401 without a credential, 403 without the permission, 503 where nobody can tell.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.post('/things', requirePermission('things:write'), handler)
 */
export const requirePermission: HonoGuards['requirePermission'] = guards.requirePermission

/**
 * Lets in who holds one of the roles; an API key that is narrowed by scopes holds none. 401 without a
 * credential, 403 without the role, 503 where nobody can tell.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.use('/admin/*', requireRole('admin', 'support'))
 */
export const requireRole: HonoGuards['requireRole'] = guards.requireRole

/**
 * Lets in who acts for an organization, or for the one that the request names. 401 without a
 * credential, 403 for none or another, 503 where nobody can tell.
 * @throws {AuthError} `middleware_missing`: nothing is mounted above.
 * @example
 * app.get('/teams/:id', requireOrganization((c) => c.req.param('id')), handler)
 */
export const requireOrganization: HonoGuards['requireOrganization'] = guards.requireOrganization

/**
 * The principal that a guard of the governing instance, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard did; `middleware_missing`: nothing is mounted above.
 * @example
 * const { id } = getPrincipal(c)
 */
export const getPrincipal: HonoGuards['getPrincipal'] = guards.getPrincipal

/**
 * Like `getPrincipal`, but null for the anonymous, where no guard ran and where nothing is mounted: for
 * loggers, and behind `optionalAuth()`.
 * @example
 * log.info({ path: c.req.path, principal: getOptionalPrincipal(c)?.id })
 */
export const getOptionalPrincipal: HonoGuards['getOptionalPrincipal'] = guards.getOptionalPrincipal

function guard(name: string, requirement: Requirement): MiddlewareHandler {
  return async (c, next) => {
    const state = stateOf(c)
    const auth = governing(state.mounts, name)
    assertMounted(auth, name, WRITE)
    const verdict = await runGuard(state, auth, requestOf(c), c, requirement)
    // Whatever comes next may be a handler, and a preflight that somebody crafted must not reach one.
    if (verdict.kind === 'preflight') return c.body(null, 204)
    if (verdict.kind === 'refuse') return refusal(verdict)
    c.set('principal', verdict.principal)
    await next()
    if (!c.res.headers.has('cache-control')) c.header('Cache-Control', verdict.headers.cacheControl)
    // `c.header` copes with the immutable headers of a fetched response.
    const vary = mergeVary(c.res.headers.get('vary'), verdict.headers.vary)
    if (vary !== null) c.header('Vary', vary)
    return
  }
}

function refusal({ answer }: Extract<Verdict, { kind: 'refuse' }>): Response {
  const headers = new Headers()
  for (const [name, value] of answer.headers) headers.append(name, value)
  return new Response(answer.body, { status: answer.status, headers })
}

/**
 * Behind Node the raw header pairs still show repeated fields, which a Web `Request` has joined. They
 * count only where `c.req.raw` is that very request: not one made anew, and none whose headers
 * somebody has read and perhaps changed.
 */
function requestOf(c: Context): AuthRequest {
  const { raw, method } = c.req
  const incoming = (c.env as { incoming?: { rawHeaders?: unknown } } | undefined)?.incoming
  if (!Array.isArray(incoming?.rawHeaders)) return raw
  const members = Object.getOwnPropertySymbols(raw).map((key) => (raw as unknown as Record<symbol, unknown>)[key])
  if (!members.includes(incoming) || members.some((member) => member instanceof Headers)) return raw
  return { method, rawHeaders: incoming.rawHeaders as string[] }
}

/** Kept with `c.set`, not on `c.req.raw`: middleware such as body-limit replaces that. */
function stateOf(c: Context): RequestState {
  const variables = c as Context<{ Variables: Record<symbol, RequestState | undefined> }>
  let state = variables.get(STATE as never) as RequestState | undefined
  if (state === undefined) variables.set(STATE as never, (state = createState()) as never)
  return state
}
