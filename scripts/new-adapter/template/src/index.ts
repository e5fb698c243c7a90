import { createGuards, type Guards } from '@dualauth/core/adapter'
import type { Handler, Request } from './framework.js'
import { guard } from './guard.js'
import { governingAuth, stateOf, WRITE } from './mount.js'

export { dualAuth } from './mount.js'
export { mountHandler } from './mount-handler.js'

type OwnGuards = Guards<Request, Handler>

const guards: OwnGuards = /* @__PURE__ */ createGuards<Request, Handler>({
  guard,
  governing: governingAuth,
  state: stateOf,
  write: WRITE,
})

/**
 * Lets authenticated callers in. 401 (or 400, 431) for others, 403 for an account that is not let in, 503 for an
 * outage. `{ fresh: true }` bypasses every cache.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example
 * app.get('/me', requireAuth(), (req, res) => res.json(getPrincipal(req)))
 */
export const requireAuth: OwnGuards['requireAuth'] = guards.requireAuth

/**
 * Lets everybody in. An invalid header is refused (401), an invalid or expired cookie counts as anonymous, an outage is
 * 503.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example
 * app.get('/news', optionalAuth(), (req, res) => res.json({ for: getOptionalPrincipal(req)?.id ?? 'everybody' }))
 */
export const optionalAuth: OwnGuards['optionalAuth'] = guards.optionalAuth

/**
 * Lets callers with a permission in: `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or
 * `(principal, req) => boolean`. 401 without a credential, 403 without the permission, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example
 * app.post('/things', requirePermission('things:write'), handler)
 */
export const requirePermission: OwnGuards['requirePermission'] = guards.requirePermission

/**
 * Lets callers with one of the roles in. An API key with scopes has no role. 401 without a credential, 403 without the
 * role, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example
 * app.use('/admin', requireRole('admin', 'support'), admin)
 */
export const requireRole: OwnGuards['requireRole'] = guards.requireRole

/**
 * Lets callers in that act for an organization, or for the one that the request names. 401 without a credential, 403
 * for none or another, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example
 * app.get('/teams/:id', requireOrganization((req) => String(req.params['id'])), handler)
 */
export const requireOrganization: OwnGuards['requireOrganization'] = guards.requireOrganization

/**
 * The principal that a guard of the instance for this route, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard let anybody in; `middleware_missing`: no `dualAuth` is mounted
 *   above.
 * @example
 * const { id } = getPrincipal(req)
 */
export const getPrincipal: Guards<Request, never>['getPrincipal'] = guards.getPrincipal

/**
 * Like `getPrincipal`, but null for anonymous callers, if no guard ran, and if nothing is mounted. For loggers, and
 * after `optionalAuth()`.
 * @example
 * log.info({ path: req.path, principal: getOptionalPrincipal(req)?.id })
 */
export const getOptionalPrincipal: Guards<Request, never>['getOptionalPrincipal'] = guards.getOptionalPrincipal
