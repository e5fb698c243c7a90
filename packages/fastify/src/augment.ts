import type { RegisteredPrincipal } from '@dualauth/core'
import type {} from 'fastify'
import type { RouteAuth } from './route-auth.js'

// Opt-in, because it is global: `import '@dualauth/fastify/augment'` types `request.principal` and
// `config.auth` of a route.
declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks for; read by the `dualAuth` plugin above it. */
    auth?: RouteAuth
  }
  interface FastifyRequest {
    /** The principal that a guard let in; null for the anonymous under `optionalAuth()` and before a guard ran. */
    readonly principal: RegisteredPrincipal | null
  }
}
