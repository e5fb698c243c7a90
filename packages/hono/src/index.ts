import { createGuards, governing, type Guards, type Principal, type RegisteredPrincipal } from '@dualauth/core/adapter'
import type { Context, MiddlewareHandler } from 'hono'
import { guard } from './guard.js'
import { stateOf, WRITE } from './mount.js'

export { dualAuth } from './mount.js'
export { mountHandler } from './mount-handler.js'

/**
 * For apps that mount with `app.use()` in a statement of its own, where Hono infers nothing: `new Hono<AuthEnv>()`.
 * A promise of the app that nothing checks: without a guard `c.var.principal` is undefined all the same.
 * `getPrincipal(c)` checks it.
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
 * Lets in who is authenticated. 401 (or 400, 431) for the others, 403 for an account that is not let in, 503 for an
 * outage. `{ fresh: true }` bypasses every cache.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/me', requireAuth(), (c) => c.json({ id: c.var.principal.id }))
 */
export const requireAuth: HonoGuards['requireAuth'] = guards.requireAuth

/**
 * Lets everybody in; a bad header is refused (401), a bad or expired cookie is anonymous, an outage is 503.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/news', optionalAuth(), (c) => c.json({ for: c.var.principal?.id ?? 'everybody' }))
 */
export const optionalAuth: HonoGuards['optionalAuth'] = guards.optionalAuth

/**
 * Lets in who holds a permission: `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or
 * `(principal, c) => boolean`. 401 without a credential, 403 without the permission, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.post('/things', requirePermission('things:write'), handler)
 */
export const requirePermission: HonoGuards['requirePermission'] = guards.requirePermission

/**
 * Lets in who holds one of the roles; an API key that is narrowed by scopes holds none. 401 without a credential, 403
 * without the role, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.use('/admin/*', requireRole('admin', 'support'))
 */
export const requireRole: HonoGuards['requireRole'] = guards.requireRole

/**
 * Lets in who acts for an organization, or for the one that the request names. 401 without a credential, 403 for none
 * or another, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/teams/:id', requireOrganization((c) => c.req.param('id')), handler)
 */
export const requireOrganization: HonoGuards['requireOrganization'] = guards.requireOrganization

/**
 * The principal that a guard of the governing instance, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard did; `middleware_missing`: no `dualAuth` is mounted above.
 * @example const { id } = getPrincipal(c)
 */
export const getPrincipal: HonoGuards['getPrincipal'] = guards.getPrincipal

/**
 * Like `getPrincipal`, but null for the anonymous, where no guard ran and where nothing is mounted: for
 * loggers, and behind `optionalAuth()`.
 * @example
 * log.info({ path: c.req.path, principal: getOptionalPrincipal(c)?.id })
 */
export const getOptionalPrincipal: HonoGuards['getOptionalPrincipal'] = guards.getOptionalPrincipal
