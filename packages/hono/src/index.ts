import {
  assertInstance,
  createGuards,
  createState,
  depthOf,
  governing,
  mergeVary,
  principalIn,
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

/** For apps that mount with `app.use()` in a statement of its own, where Hono infers nothing: `new Hono<AuthEnv>()`. */
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
 */
export function dualAuth(auth: DualAuth | FromContext): MiddlewareHandler {
  const fromContext = typeof auth === 'function' ? memoised(auth) : null
  if (fromContext === null) assertInstance(auth, 'dualAuth.auth')
  return async (c, next) => {
    const bound: unknown = fromContext === null ? auth : fromContext(c)
    assertInstance(bound, 'dualAuth.auth')
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
  principal: (c, auth) => principalIn(stateOf(c), auth ?? governing(stateOf(c).mounts, 'getPrincipal')),
})

/** Lets in who is authenticated; 401 for the others. */
export const requireAuth: HonoGuards['requireAuth'] = guards.requireAuth

/** Lets everybody in; a bad header is refused, a bad or expired cookie is anonymous, an outage is 503. */
export const optionalAuth: HonoGuards['optionalAuth'] = guards.optionalAuth

/** `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or `(principal, c) => boolean`. */
export const requirePermission: HonoGuards['requirePermission'] = guards.requirePermission

/** Any of the roles suffices. */
export const requireRole: HonoGuards['requireRole'] = guards.requireRole

/** The caller must act for an organization, or for the one that the request names. */
export const requireOrganization: HonoGuards['requireOrganization'] = guards.requireOrganization

/**
 * The principal that a guard of the governing instance, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard did.
 */
export const getPrincipal: HonoGuards['getPrincipal'] = guards.getPrincipal

/** Like `getPrincipal`, but null for the anonymous under `optionalAuth()` and where no guard ran. */
export const getOptionalPrincipal: HonoGuards['getOptionalPrincipal'] = guards.getOptionalPrincipal

function guard(name: string, requirement: Requirement): MiddlewareHandler {
  return async (c, next) => {
    const state = stateOf(c)
    const verdict = await runGuard(state, governing(state.mounts, name), requestOf(c), c, requirement)
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
