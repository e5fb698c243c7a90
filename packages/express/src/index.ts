import { createGuards, type Guards } from '@dualauth/core/adapter'
import type { Request, RequestHandler } from 'express'
import { guard } from './guard.js'
import { governingAuth, stateOf, WRITE } from './mount.js'

export { dualAuth, type DualAuthOptions } from './mount.js'
export { mountHandler } from './mount-handler.js'

type ExpressGuards = Guards<Request, RequestHandler>

/** A request whatever its parameters and body are; a response has no `rawHeaders`, by which the compiler tells them apart. */
type AnyRequest = Pick<Request, 'url' | 'rawHeaders'>

const guards: ExpressGuards = /* @__PURE__ */ createGuards<Request, RequestHandler>({
  guard,
  governing: (req, caller) => governingAuth(req, caller, null),
  state: stateOf,
  write: WRITE,
})

/**
 * Lets in who is authenticated. 401 (or 400, 431) for the others, 403 for an account that is not let in, 503 for an
 * outage. `{ fresh: true }` bypasses every cache.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/me', requireAuth(), (req, res) => res.json(getPrincipal(req)))
 */
export const requireAuth: ExpressGuards['requireAuth'] = guards.requireAuth

/**
 * Lets everybody in; a bad header is refused (401), a bad or expired cookie is anonymous, an outage is 503.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/news', optionalAuth(), (req, res) => res.json({ for: getOptionalPrincipal(req)?.id ?? 'everybody'
 * }))
 */
export const optionalAuth: ExpressGuards['optionalAuth'] = guards.optionalAuth

/**
 * Lets in who holds a permission: `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or
 * `(principal, req) => boolean`. 401 without a credential, 403 without the permission, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.post('/things', requirePermission('things:write'), handler)
 */
export const requirePermission: ExpressGuards['requirePermission'] = guards.requirePermission

/**
 * Lets in who holds one of the roles; an API key that is narrowed by scopes holds none. 401 without a credential, 403
 * without the role, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.use('/admin', requireRole('admin', 'support'), admin)
 */
export const requireRole: ExpressGuards['requireRole'] = guards.requireRole

/**
 * Lets in who acts for an organization, or for the one that the request names. 401 without a credential, 403 for none
 * or another, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/teams/:id', requireOrganization((req) => String(req.params['id'])), handler)
 */
export const requireOrganization: ExpressGuards['requireOrganization'] = guards.requireOrganization

/**
 * The principal that a guard of the governing instance, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard did; `middleware_missing`: no `dualAuth` is mounted above.
 * @example const { id } = getPrincipal(req)
 */
export const getPrincipal: Guards<AnyRequest, never>['getPrincipal'] = guards.getPrincipal

/**
 * Like `getPrincipal`, but null for the anonymous, where no guard ran and where nothing is mounted: for
 * loggers, and behind `optionalAuth()`.
 * @example
 * log.info({ path: req.path, principal: getOptionalPrincipal(req)?.id })
 */
export const getOptionalPrincipal: Guards<AnyRequest, never>['getOptionalPrincipal'] = guards.getOptionalPrincipal
