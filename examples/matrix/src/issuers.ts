import { randomBytes } from 'node:crypto'
import type { FoundAuthJsSession } from '@dualauth/core'
import {
  createApiKeyIssuer,
  createAuthJsIssuer,
  createBetterAuthIssuer,
  createClock,
  createExpressSessionIssuer,
  createLegacyIssuer,
  createSessionIssuer,
  startFakeWorkos,
  startKeySetServer,
  startOidcProvider,
} from '@dualauth/testing'
import { openApiKeyTables } from './tables.js'

export const WORKOS_COOKIE_PASSWORD: string = randomBytes(32).toString('base64')
export const IRON_PASSWORD: string = randomBytes(32).toString('base64')

/** Everybody who hands out credentials, on loopback, and the switches that break them. */
export async function startIssuers() {
  const clock = createClock()
  const { now } = clock
  const legacy = createLegacyIssuer({ now, claims: { type: 'access' } })
  const authJs = createAuthJsIssuer({ now })
  const nextAuth = createAuthJsIssuer({ now, version: 4 })
  /** Database sessions of Auth.js, by their token. */
  const authJsRows = new Map<string, FoundAuthJsSession>()
  const ownSessions = createSessionIssuer({ now, prefix: 'session_' })
  const expressSessions = createExpressSessionIssuer({ now })
  const betterAuth = createBetterAuthIssuer({ now })
  const betterAuthKeys = await startKeySetServer({ keys: betterAuth.keySet.keys })
  const tables = await openApiKeyTables()
  const workos = await startFakeWorkos({ now })
  const oidc = await startOidcProvider({ now })
  const apiKeys = createApiKeyIssuer({ prefix: 'sk_live_' })
  /** Stores of the app itself. */
  const down = { sessions: false, keys: false, authJsRows: false, ownSessions: false, expressSessions: false }
  const lookUps = { sessions: 0, keys: 0, authJsRows: 0, ownSessions: 0, expressSessions: 0 }
  return {
    clock,
    legacy,
    authJs,
    nextAuth,
    authJsRows,
    ownSessions,
    expressSessions,
    betterAuth,
    betterAuthKeys,
    tables,
    workos,
    oidc,
    apiKeys,
    down,
    lookUps,
    async close() {
      await Promise.all([betterAuthKeys.close(), workos.close(), oidc.close(), tables.close()])
    },
  }
}

export type Issuers = Awaited<ReturnType<typeof startIssuers>>
