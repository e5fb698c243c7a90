import { createGuards, governing, type Guards, type Principal, type RegisteredPrincipal } from '@dualauth/core/adapter'
import type { Context, MiddlewareHandler } from 'hono'
import { guard } from './guard.js'
import { stateOf, WRITE } from './mount.js'

export { dualAuth } from './mount.js'
export { mountHandler } from './mount-handler.js'

/**
 * For apps that mount with `app.use()` in a separate statement, where Hono cannot infer types: `new Hono<AuthEnv>()`.
 * Nothing checks this type: without a guard, `c.var.principal` is still undefined. `getPrincipal(c)` does check.
 */
export interface AuthEnv<P extends Principal | null = RegisteredPrincipal> {
  Variables: { principal: P }
}

type Guard<P> = MiddlewareHandler<{ Variables: { principal: P } }>

type HonoGuards = Guards<Context, Guard<RegisteredPrincipal>, Guard<RegisteredPrincipal | null>>

const guards: HonoGuards = /* @__PURE__ */ createGuards({
  guard,
  governing: (c, caller) => governing(stateOf(c).mounts, caller),
  state: stateOf,
  write: WRITE,
})

/**
 * Lets authenticated callers in. 401 (or 400, 431) for others, 403 for an account that is not let in, 503 for an
 * outage. `{ fresh: true }` bypasses every cache.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/me', requireAuth(), (c) => c.json({ id: c.var.principal.id }))
 */
export const requireAuth: HonoGuards['requireAuth'] = guards.requireAuth

/**
 * Lets everybody in. An invalid header is refused (401), an invalid or expired cookie counts as anonymous, an outage is
 * 503.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/news', optionalAuth(), (c) => c.json({ for: c.var.principal?.id ?? 'everybody' }))
 */
export const optionalAuth: HonoGuards['optionalAuth'] = guards.optionalAuth

/**
 * Lets callers with a permission in: `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or
 * `(principal, c) => boolean`. 401 without a credential, 403 without the permission, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.post('/things', requirePermission('things:write'), handler)
 */
export const requirePermission: HonoGuards['requirePermission'] = guards.requirePermission

/**
 * Lets callers with one of the roles in. An API key with scopes has no role. 401 without a credential, 403 without the
 * role, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.use('/admin/*', requireRole('admin', 'support'))
 */
export const requireRole: HonoGuards['requireRole'] = guards.requireRole

/**
 * Lets callers in that act for an organization, or for the one that the request names. 401 without a credential, 403
 * for none or another, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/teams/:id', requireOrganization((c) => c.req.param('id')), handler)
 */
export const requireOrganization: HonoGuards['requireOrganization'] = guards.requireOrganization

/**
 * The principal that a guard of the instance for this route, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard let anybody in; `middleware_missing`: no `dualAuth` is mounted
 *   above.
 * @example const { id } = getPrincipal(c)
 */
export const getPrincipal: HonoGuards['getPrincipal'] = guards.getPrincipal

/**
 * Like `getPrincipal`, but null for anonymous callers, if no guard ran, and if nothing is mounted. For loggers, and
 * after `optionalAuth()`.
 * @example log.info({ path: c.req.path, principal: getOptionalPrincipal(c)?.id })
 */
export const getOptionalPrincipal: HonoGuards['getOptionalPrincipal'] = guards.getOptionalPrincipal
