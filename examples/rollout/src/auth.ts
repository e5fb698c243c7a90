import { betterAuth, createDualAuth, legacyJwt, sqlSessions } from '@dualauth/core'
import { accounts, postgresEvidence, postgresPolicy, type Database } from '@dualauth/postgres'

/** Both sides of the move, over the users that the application has, and what steers it. */
export function createAuth({ query, listen }: Database, jwtSecret: string, betterAuthSecret: string) {
  const people = accounts(query, {
    users: { table: 'users' },
    verifiers: { legacy: { ownId: 'subject' }, 'better-auth': {} },
  })
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [jwtSecret],
        purpose: { claim: 'type', value: 'access' },
        claims: { subject: 'userId' },
      }),
      betterAuth({ name: 'better-auth', secrets: [betterAuthSecret], sessions: sqlSessions(query) }),
    ],
    link: people.link,
    migration: {
      from: ['legacy'],
      to: 'better-auth',
      policy: postgresPolicy(query, { pollMs: 100, listen }),
      evidence: postgresEvidence(query),
    },
  })
  return { auth, people }
}
