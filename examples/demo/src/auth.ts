import {
  apiKeys,
  betterAuth,
  createDualAuth,
  legacyJwt,
  workos,
  type ApiKeyStore,
  type AuthEventListener,
  type DualAuth,
  type FindSession,
} from '@dualauth/core'
import type { Accounts } from './accounts.js'

export interface Environment {
  readonly jwtSecret: string
  readonly betterAuthSecret: string
  readonly findSession: FindSession
  readonly workosClientId: string
  /** Only because the demo's issuer is a local one; a real application leaves it out. */
  readonly workosApiUrl: string
  readonly keys: ApiKeyStore
  readonly accounts: Accounts
  readonly appOrigin: string
  readonly onEvent: AuthEventListener
}

/** The one configuration, for Express, Hono and Fastify alike. */
export function createAuth(env: Environment): DualAuth {
  return createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [env.jwtSecret],
        purpose: { claim: 'type', value: 'access' },
        claims: { subject: 'userId' },
      }),
      betterAuth({ name: 'better-auth', secrets: [env.betterAuthSecret], sessions: env.findSession }),
      workos({ name: 'workos', clientId: env.workosClientId, apiUrl: env.workosApiUrl }),
      apiKeys({ name: 'api-key', prefix: 'sk_live_', keys: env.keys }),
    ],
    link: ({ verifier, issuer, subject }) => env.accounts.find(verifier, issuer, subject),
    access: { roles: { admin: ['*'], editor: ['things:read', 'things:write'] } },
    trustedOrigins: [env.appOrigin],
    onEvent: env.onEvent,
  })
}
