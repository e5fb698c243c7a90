import { missingMount, type DualAuth } from '@dualauth/core/adapter'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Where a context keeps its instance, the same for every loaded copy. */
export const MOUNT: symbol = /* @__PURE__ */ Symbol.for('dualauth.mount')

/** The innermost registration above the route; children inherit through the prototype of their context. */
export function mountOf(request: FastifyRequest): DualAuth | undefined {
  return (request.server as FastifyInstance & Record<symbol, DualAuth | undefined>)[MOUNT]
}

export function governingAuth(request: FastifyRequest, name: string): DualAuth {
  const auth = mountOf(request)
  if (auth === undefined) throw missingMount(name)
  return auth
}
