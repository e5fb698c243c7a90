import { authJs, betterAuth, createDualAuth, instanceSessions, memoryExchanges, staticPolicy } from '@dualauth/core'
import { betterAuthMinter, betterAuthSignOut, createSignOut, exchangeEndpoint } from '@dualauth/endpoints'
import { createPasswords } from '@dualauth/passwords'
import { lazyImport } from '@dualauth/passwords/better-auth'
import * as bcrypt from 'bcryptjs'
import { betterAuth as createBetterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import type { Settings } from './app.js'

export function createAuth({ authSecret, betterAuthSecret, url, users }: Settings) {
  // The new side. People sign in there with the password that they have.
  const server = createBetterAuth({
    baseURL: url,
    secret: betterAuthSecret,
    // In production, your database.
    database: memoryAdapter({ user: [], session: [], account: [], verification: [], legacyMove: [] }),
    emailAndPassword: { enabled: true, disableSignUp: true },
    plugins: [
      lazyImport({
        passwords: createPasswords({ bcrypt }),
        async find(email) {
          const user = users.findByEmail(email)
          return user && { id: user.id, name: user.name, hash: user.passwordHash, emailVerified: null }
        },
      }),
    ],
    telemetry: { enabled: false },
  })

  const auth = createDualAuth({
    verifiers: [
      authJs({ name: 'auth-js', secrets: [authSecret], signedInAt: 'signedInAt' }),
      betterAuth({ name: 'better-auth', secrets: [betterAuthSecret], sessions: instanceSessions(server) }),
    ],
    // Both sides state the application's own id.
    link({ subject }) {
      const user = users.findById(subject)
      return user && { id: user.id, roles: [user.role] }
    },
    access: { roles: { editor: ['posts:write'], admin: ['*'] } },
    trustedOrigins: [url],
    formatError: ({ title }) => ({ error: title }),
    migration: {
      from: ['auth-js'],
      to: 'better-auth',
      // In production, `postgresPolicy`: it changes while the app runs.
      policy: staticPolicy({
        version: 1,
        stage: 'dual',
        settleMs: 0,
        rollout: { salt: 'one', unit: 'user', basisPoints: 10_000 },
      }),
      exchange: {
        minter: betterAuthMinter({
          verifier: 'better-auth',
          instance: server,
          provision({ id }) {
            const user = users.findById(id)
            return user && { name: user.name, email: user.email }
          },
        }),
        exchanges: memoryExchanges(),
      },
    },
  })
  const signOut = createSignOut({ auth, url, signOut: betterAuthSignOut(server) })
  return { auth, server, exchange: exchangeEndpoint({ auth }), signOut }
}
