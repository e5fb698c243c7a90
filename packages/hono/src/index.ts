import {
  assertCalledAsFactory,
  assertInstance,
  AuthError,
  authenticatedRequirement,
  createState,
  missingMount,
  missingPrincipal,
  optionalRequirement,
  organizationRequirement,
  permissionRequirement,
  principalIn,
  roleRequirement,
  runGuard,
  STATE,
  type AuthRequest,
  type DualAuth,
  type OptionalAuthOptions,
  type PermissionRule,
  type Principal,
  type PrincipalOfAuth,
  type RegisteredPrincipal,
  type Requirement,
  type RequestState,
  type Verdict,
} from '@dualauth/core/adapter'
import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes, routePath } from 'hono/route'

/** For apps that mount with `app.use()` in a statement of its own, where Hono infers nothing: `new Hono<AuthEnv>()`. */
export interface AuthEnv<P extends Principal | null = RegisteredPrincipal> {
  Variables: { principal: P }
}

type Guard<P> = MiddlewareHandler<{ Variables: { principal: P } }>
type FromContext = (c: Context) => DualAuth

/**
 * Binds `auth` to every request that passes; refuses nothing. The innermost mount governs.
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
    stateOf(c).mounts.push({ auth: bound, scope: routePath(c) })
    await next()
  }
}

/** Lets in who is authenticated; 401 for the others. */
export function requireAuth(...args: never[]): Guard<RegisteredPrincipal> {
  return guard('requireAuth', authenticatedRequirement(args))
}

/** Lets everybody in; a bad header is refused, a bad or expired cookie is anonymous, an outage is 503. */
export function optionalAuth(options?: OptionalAuthOptions): Guard<RegisteredPrincipal | null>
export function optionalAuth(...args: unknown[]): Guard<RegisteredPrincipal | null> {
  return guard('optionalAuth', optionalRequirement(args))
}

/** `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or `(principal, c) => boolean`. */
export function requirePermission(rule: PermissionRule<RegisteredPrincipal, Context>): Guard<RegisteredPrincipal>
export function requirePermission(resource: string, action: string): Guard<RegisteredPrincipal>
export function requirePermission(...args: unknown[]): Guard<RegisteredPrincipal> {
  return guard('requirePermission', permissionRequirement(args))
}

/** Any of the roles suffices. */
export function requireRole(...roles: (string | readonly string[])[]): Guard<RegisteredPrincipal> {
  return guard('requireRole', roleRequirement(roles))
}

/** The caller must act for an organization, or for the one that the request names. */
export function requireOrganization(
  of?: (c: Context) => string | null | undefined | Promise<string | null | undefined>,
): Guard<RegisteredPrincipal>
export function requireOrganization(...args: unknown[]): Guard<RegisteredPrincipal> {
  return guard('requireOrganization', organizationRequirement(args))
}

/**
 * The principal that a guard of the governing instance, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard did.
 */
export function getPrincipal(c: Context): RegisteredPrincipal
export function getPrincipal<A extends DualAuth>(c: Context, auth: A): PrincipalOfAuth<A>
export function getPrincipal(c: Context, auth?: DualAuth): Principal {
  const principal = getOptionalPrincipal(c, auth as DualAuth) as Principal | null
  if (principal === null) throw missingPrincipal()
  return principal
}

/** Like `getPrincipal`, but null for the anonymous under `optionalAuth()` and where no guard ran. */
export function getOptionalPrincipal(c: Context): RegisteredPrincipal | null
export function getOptionalPrincipal<A extends DualAuth>(c: Context, auth: A): PrincipalOfAuth<A> | null
export function getOptionalPrincipal(c: Context, auth?: DualAuth): Principal | null {
  return principalIn(stateOf(c), auth ?? governingAuth(c, 'getPrincipal')) ?? null
}

function guard<P>(name: string, requirement: Requirement): Guard<P> {
  return async (c, next) => {
    const state = stateOf(c)
    const verdict = await runGuard(state, governingAuth(c, name), requestOf(c), c, requirement)
    if (verdict.kind === 'preflight') return beforeHandler(c) ? c.body(null, 204) : next()
    if (verdict.kind === 'refuse') return refusal(verdict)
    c.set('principal', verdict.principal as P)
    await next()
    if (!c.res.headers.has('cache-control')) c.header('Cache-Control', verdict.headers.cacheControl)
    vary(c, verdict.headers.vary)
    return
  }
}

function refusal({ answer }: Extract<Verdict, { kind: 'refuse' }>): Response {
  const headers = new Headers()
  for (const [name, value] of answer.headers) headers.append(name, value)
  return new Response(answer.body, { status: answer.status, headers })
}

/** `c.header` copes with the immutable headers of a fetched response. */
function vary(c: Context, fields: string): void {
  const present = c.res.headers.get('vary')
  if (present?.includes('*') === true) return
  const known = (present ?? '').toLowerCase().split(/ *, */)
  const missing = fields.split(', ').filter((field) => field !== '' && !known.includes(field.toLowerCase()))
  if (missing.length > 0) c.header('Vary', [...(present ? [present] : []), ...missing].join(', '))
}

/** Behind Node the raw header pairs still show repeated fields, which a Web `Request` has joined. */
function requestOf(c: Context): AuthRequest {
  const incoming = (c.env as { incoming?: { rawHeaders?: unknown } } | undefined)?.incoming
  return Array.isArray(incoming?.rawHeaders)
    ? { method: c.req.method, rawHeaders: incoming.rawHeaders as string[] }
    : c.req.raw
}

/** In `app.all('/x', guard, handler)` the handler comes next, and a preflight must not reach it. */
function beforeHandler(c: Context): boolean {
  const routes = matchedRoutes(c)
  const here = routes[c.req.routeIndex]
  return routes.slice(c.req.routeIndex + 1).some(({ path, handler }) => path === here?.path && handler.length < 2)
}

function governingAuth(c: Context, name: string): DualAuth {
  const { mounts } = stateOf(c)
  const innermost = mounts.at(-1)
  if (innermost === undefined) throw missingMount(name)
  // A sub-app at the same path that mounts its own instance also sees requests that it hands on.
  if (mounts.some(({ auth, scope }) => auth !== innermost.auth && scope === innermost.scope)) {
    throw new AuthError('middleware_conflict', {
      message: `${name}: two instances are mounted at "${String(innermost.scope)}"; mount each at its own path`,
    })
  }
  return innermost.auth
}

/** Kept with `c.set`, not on `c.req.raw`: middleware such as body-limit replaces that. */
function stateOf(c: Context): RequestState {
  const variables = c as Context<{ Variables: Record<symbol, RequestState | undefined> }>
  let state = variables.get(STATE as never) as RequestState | undefined
  if (state === undefined) variables.set(STATE as never, (state = createState()) as never)
  return state
}

function memoised(create: FromContext): FromContext {
  assertCalledAsFactory('dualAuth', [])
  const instances = new WeakMap<object, DualAuth>()
  return (c) => {
    const env = c.env as object | undefined
    if (typeof env !== 'object' || env === null) return create(c)
    const known = instances.get(env) ?? create(c)
    instances.set(env, known)
    return known
  }
}
