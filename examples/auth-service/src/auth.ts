import {
  apiKeys,
  betterAuth,
  createDualAuth,
  legacyJwt,
  sqlSessions,
  workos,
  workosRefresh,
  workosSession,
  type Query,
} from '@dualauth/core'
import { redirectMinter } from '@dualauth/endpoints'
import { accounts, postgresExchanges, storedApiKeys } from '@dualauth/postgres'

export interface Environment {
  readonly query: Query
  readonly betterAuthSecret: string
  readonly jwtSecret: string
  readonly workosClientId: string
  readonly workosApiKey: string
  /** Seals the session of WorkOS in its cookie. */
  readonly cookiePassword: string
  /** As browsers see it. */
  readonly origin: string
  /** Only because the WorkOS of this example is a local one. */
  readonly workosApiUrl: string
}

/** What the roles of the table `users` mean, to the auth service and to every worker. */
export const ROLES = { admin: ['*'], user: ['profile:read'] }

/** Everybody's credentials, old and new, over the tables that the application has. */
export function createAuth({ query, ...env }: Environment) {
  const people = accounts(query, {
    users: { table: 'users', roles: 'role', organization: 'organization_id', fields: { name: 'name' } },
    grants: {
      table: 'permissions',
      user: 'user_id',
      resource: 'resource',
      action: 'action',
      organization: 'organization_id',
    },
    verifiers: {
      session: { ownId: 'subject' },
      legacy: { ownId: 'subject' },
      workos: { ownId: { claim: 'external_id' } },
    },
  })
  const keys = storedApiKeys(query, {
    table: 'api_keys',
    columns: { spelling: 'snake_case', ownerId: 'user_id', hash: 'key_hash', start: 'prefix' },
    hash: 'hex',
  })
  const sessions = sqlSessions(query, { tables: { session: 'sessions', user: 'users' }, columns: 'snake_case' })
  const session = workosSession({
    cookiePasswords: [env.cookiePassword],
    refresh: workosRefresh({ apiKey: env.workosApiKey }),
  })
  const auth = createDualAuth({
    verifiers: [
      betterAuth({ name: 'session', secrets: [env.betterAuthSecret], sessions }),
      legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [env.jwtSecret], purpose: 'only-access-tokens' }),
      workos({ name: 'workos', clientId: env.workosClientId, apiUrl: env.workosApiUrl, session }),
      apiKeys({ name: 'live-key', prefix: 'sk_live_', keys }),
      apiKeys({ name: 'test-key', prefix: 'sk_test_', keys }),
    ],
    link: people.link,
    account: people.find,
    organization: (request) => request.header('x-organization') ?? undefined,
    access: { roles: ROLES },
    trustedOrigins: [env.origin],
    migration: {
      from: ['session', 'legacy'],
      to: 'workos',
      policy: {
        version: 1,
        stage: 'prefer-new',
        settleMs: 0,
        rollout: { unit: 'user', salt: 'spring', basisPoints: 10_000 },
      },
      // WorkOS makes no session out of another one: people are sent to sign in, with what they need not type.
      exchange: {
        minter: redirectMinter({
          verifier: 'workos',
          url: '/auth/sign-in',
          loginHint: async ({ id }) => emailOf(query, id),
        }),
        exchanges: postgresExchanges(query),
      },
    },
  })
  return { auth, people, keys, session }
}

async function emailOf(query: Query, id: string): Promise<string | null> {
  const [user] = await query('select email from users where id = $1', [id])
  return (user?.['email'] as string | undefined) ?? null
}
