import type { RegisteredPrincipal } from '@dualauth/core'
import type {} from 'fastify'

// Opt-in, because it is global: `import '@dualauth/fastify/augment'` types `request.principal`.
declare module 'fastify' {
  interface FastifyRequest {
    /** The principal that a guard let in; null for the anonymous under `optionalAuth()` and before a guard ran. */
    readonly principal: RegisteredPrincipal | null
  }
}
