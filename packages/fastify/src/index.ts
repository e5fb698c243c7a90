import { createGuards, type Guards, type Requirement } from '@dualauth/core/adapter'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { enforce, enforceThen, stateOf } from './enforce.js'
import { mountOf } from './mount.js'
import { WRITE } from './plugin-options.js'

export { dualAuth } from './plugin.js'
export { mountHandler, type MountHandlerOptions } from './mount-handler.js'
export type { DualAuthPluginOptions } from './plugin-options.js'
export type { RouteAuth } from './route-auth.js'

/**
 * A hook for `onRequest`. If called directly without `done`, it resolves once the request may continue or is answered.
 */
interface Hook {
  (request: FastifyRequest, reply: FastifyReply): Promise<unknown>
  (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void
}

type FastifyGuards = Guards<FastifyRequest, Hook>

const guards: FastifyGuards = /* @__PURE__ */ createGuards<FastifyRequest, Hook>({
  guard: (name, requirement) => hook.bind(null, name, requirement) as Hook,
  governing: mountOf,
  state: stateOf,
  write: WRITE,
})

/** Most requests go on at once, and then cost no promise. */
function hook(
  name: string,
  requirement: Requirement,
  request: FastifyRequest,
  reply: FastifyReply,
  done?: unknown,
): Promise<unknown> | undefined {
  // In `preParsing` and later a payload stands in third place: then by promise, as by hand.
  if (typeof done === 'function') {
    enforceThen(name, requirement, request, reply, done as (error?: Error) => void)
    return undefined
  }
  // A reply that is returned ends the hooks.
  return Promise.resolve()
    .then(() => enforce(name, requirement, request, reply))
    .then((goesOn) => (goesOn ? undefined : reply))
}

/**
 * Lets authenticated callers in. 401 (or 400, 431) for others, 403 for an account that is not let in, 503 for an
 * outage. `{ fresh: true }` bypasses every cache.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/me', { onRequest: requireAuth() }, async (request) => ({ id: getPrincipal(request).id }))
 */
export const requireAuth: FastifyGuards['requireAuth'] = guards.requireAuth

/**
 * Lets everybody in. An invalid header is refused (401), an invalid or expired cookie counts as anonymous, an outage is
 * 503.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/news', { onRequest: optionalAuth() }, handler)
 */
export const optionalAuth: FastifyGuards['optionalAuth'] = guards.optionalAuth

/**
 * Lets callers with a permission in: `('things:write')`, `('things', 'write')`, `{ any: […] }`, `{ all: […] }` or
 * `(principal, request) => boolean`. 401 without a credential, 403 without the permission, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.post('/things', { onRequest: requirePermission('things:write') }, handler)
 */
export const requirePermission: FastifyGuards['requirePermission'] = guards.requirePermission

/**
 * Lets callers with one of the roles in. An API key with scopes has no role. 401 without a credential, 403 without the
 * role, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example admin.addHook('onRequest', requireRole('admin', 'support'))
 */
export const requireRole: FastifyGuards['requireRole'] = guards.requireRole

/**
 * Lets callers in that act for an organization, or for the one that the request names. 401 without a credential, 403
 * for none or another, 503 for an outage.
 * @throws {AuthError} `middleware_missing`: no `dualAuth` is mounted above.
 * @example app.get('/team', { onRequest: requireOrganization() }, handler)
 */
export const requireOrganization: FastifyGuards['requireOrganization'] = guards.requireOrganization

/**
 * The principal that a guard of the instance for this route, or of `auth`, let in.
 * @throws {AuthError} `principal_missing`: no guard let anybody in; `middleware_missing`: no `dualAuth` is mounted
 *   above.
 * @example const { id } = getPrincipal(request)
 */
export const getPrincipal: FastifyGuards['getPrincipal'] = guards.getPrincipal

/**
 * Like `getPrincipal`, but null for anonymous callers, if no guard ran, and if nothing is mounted. For loggers, and
 * after `optionalAuth()`.
 * @example request.log.info({ principal: getOptionalPrincipal(request)?.id })
 */
export const getOptionalPrincipal: FastifyGuards['getOptionalPrincipal'] = guards.getOptionalPrincipal
