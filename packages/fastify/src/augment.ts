import type { RegisteredPrincipal } from '@dualauth/core'
import type {} from 'fastify'
import type { RouteAuth } from './route-auth.js'

// Opt-in, because it is global: `import '@dualauth/fastify/augment'` types `request.principal` and
// `config.auth` of a route.
declare module 'fastify' {
  interface FastifyContextConfig {
    /** The requirement of the route. Read by the `dualAuth` plugin above it. */
    auth?: RouteAuth
  }
  interface FastifyRequest {
    /**
     * The principal that a guard let in. Null for anonymous callers under `optionalAuth()`, and before a guard has run.
     */
    readonly principal: RegisteredPrincipal | null
  }
}
