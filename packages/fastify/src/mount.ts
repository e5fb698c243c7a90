import type { DualAuth } from '@dualauth/core/adapter'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Where a context keeps its instance, the same for every loaded copy. */
export const MOUNT: symbol = /* @__PURE__ */ Symbol.for('dualauth.mount')

/** Where a context keeps whether its routes are closed unless they say otherwise. */
export const DEFAULT: symbol = /* @__PURE__ */ Symbol.for('dualauth.default')

/** A child that binds another instance must not open what its parent has closed. */
export function inheritedDefault(app: FastifyInstance): unknown {
  return (app as FastifyInstance & Record<symbol, unknown>)[DEFAULT]
}

/** The innermost registration above the route; children inherit through the prototype of their context. */
export function mountOf(request: FastifyRequest): DualAuth | undefined {
  return (request.server as FastifyInstance & Record<symbol, DualAuth | undefined>)[MOUNT]
}
