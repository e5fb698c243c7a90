import { betterAuth, createAudit, createDualAuth, legacyJwt, sqlSessions } from '@dualauth/core'
import { combineListeners, postgresFigures, prometheusMetrics } from '@dualauth/metrics'
import { accounts, postgresAudit, postgresEvidence, postgresPolicy, type Database } from '@dualauth/postgres'
import { Registry } from 'prom-client'

/** Both sides of the move, over the users that the application has, what steers it, and what is written down of it. */
export function createAuth({ query, listen }: Database, jwtSecret: string, betterAuthSecret: string) {
  const people = accounts(query, {
    users: { table: 'users', email: 'email', emailVerified: 'email_verified' },
    verifiers: {
      legacy: { ownId: 'subject' },
      'better-auth': { provision: 'create', email: 'user.email', emailVerified: 'user.emailVerified' },
    },
  })
  const register = new Registry()
  const activeSessions = { 'better-auth': 'select count(*) from "session" where "expiresAt" > now()' }
  const counted = prometheusMetrics({
    register,
    collectors: [postgresFigures({ query, maxAgeMs: 1_000, activeSessions })],
  })
  const audit = createAudit({ sinks: [postgresAudit(query)], actor: 'api-1' })
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [jwtSecret],
        purpose: { claim: 'type', value: 'access' },
        claims: { subject: 'userId' },
      }),
      // A sign-out on the new side is seen after ten seconds at the latest.
      betterAuth({
        name: 'better-auth',
        secrets: [betterAuthSecret],
        sessions: sqlSessions(query),
        rememberMs: 10_000,
      }),
    ],
    link: people.link,
    migration: {
      from: ['legacy'],
      to: 'better-auth',
      policy: postgresPolicy(query, { pollMs: 100, listen }),
      evidence: postgresEvidence(query),
    },
    onEvent: combineListeners(counted.onEvent, audit.onEvent),
  })
  counted.watch(auth)
  return { auth, people, register, audit }
}
