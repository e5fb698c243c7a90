import { createDualAuth, legacyJwt, oidc } from '@dualauth/core'
import { accounts, postgresEvidence, postgresPolicy, type Database } from '@dualauth/postgres'

export const API = 'https://api.example.com'

/** Both sides of the move, over the users and tenants that the application has, and what steers it for each tenant. */
export function createAuth({ query, listen }: Database, jwtSecret: string, issuer: string) {
  const people = accounts(query, {
    users: { table: 'users', organization: 'tenant_id' },
    memberships: { table: 'tenant_users', user: 'user_id', organization: 'tenant_id', role: 'role' },
    verifiers: { legacy: { ownId: 'subject' }, idp: { groups: 'groups' } },
  })
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [jwtSecret],
        purpose: 'only-access-tokens',
        claims: { subject: 'userId', organization: 'tenantId' },
      }),
      oidc({ name: 'idp', issuer, audience: API }),
    ],
    link: people.link,
    organization: (request) => request.header('x-tenant') ?? undefined,
    access: { roles: { admin: ['*'], member: ['invoices:read'] } },
    migration: {
      from: ['legacy'],
      to: 'idp',
      policy: postgresPolicy(query, { pollMs: 100, listen }),
      evidence: postgresEvidence(query),
    },
  })
  return { auth, people }
}
