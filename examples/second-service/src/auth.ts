import { betterAuth, createDualAuth, sqlSessions, type Query } from '@dualauth/core'

export type Auth = ReturnType<typeof createAuth>

/** All that the second service needs to know of Better Auth: its secret, its tables, and whose pages may send its cookie. */
export function createAuth(query: Query, secret: string, frontend: string) {
  return createDualAuth({
    verifiers: [
      betterAuth({ name: 'better-auth', secrets: [secret], sessions: sqlSessions(query, { columns: 'snake_case' }) }),
    ],
    trustedOrigins: [frontend],
  })
}
