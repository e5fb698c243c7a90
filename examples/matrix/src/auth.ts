import {
  apiKeys,
  authJs,
  betterAuth,
  betterAuthApiKeys,
  betterAuthTokens,
  createDualAuth,
  expressSession,
  introspection,
  ironSession,
  legacyJwt,
  oidc,
  sessions,
  workos,
  workosApiKeys,
  workosSession,
  type DualAuth,
  type Verifier,
} from '@dualauth/core'
import { IRON_PASSWORD, WORKOS_COOKIE_PASSWORD, type Issuers } from './issuers.js'

/** Every verifier, by itself. Opaque bearers of the OIDC provider have no prefix, so API keys travel in their own header only. */
export function verifiersOf({
  legacy,
  authJs: aj,
  nextAuth: na,
  authJsRows,
  ownSessions,
  expressSessions,
  betterAuth: ba,
  betterAuthKeys,
  tables,
  workos: wo,
  oidc: op,
  apiKeys: own,
  down,
  lookUps,
}: Issuers): readonly Verifier[] {
  const up = <T>(part: keyof typeof down, value: T): T => {
    lookUps[part]++
    if (down[part]) throw new Error(`${part}: down`)
    return value
  }
  return [
    legacyJwt({
      name: 'legacy',
      algorithms: ['HS256'],
      secrets: [legacy.secret],
      purpose: { claim: 'type', value: 'access' },
      claims: { subject: 'userId' },
      carriers: ['bearer', { cookie: 'legacy_token' }],
    }),
    authJs({ name: 'auth-js', secrets: [aj.secret], bearer: true }),
    authJs({ name: 'next-auth', secrets: [na.secret], version: 4, bearer: true }),
    authJs({
      name: 'auth-js-rows',
      cookie: 'authjs.database-session',
      sessions: (token) => up('authJsRows', authJsRows.get(token) ?? null),
    }),
    sessions({
      name: 'sessions',
      carriers: [{ cookie: ownSessions.cookie }, 'bearer'],
      token: { prefix: 'session_', minLength: 48, maxLength: 48 },
      storedAs: ownSessions.storedAs,
      find: (key, demand) => up('ownSessions', ownSessions.find(key, demand)),
    }),
    expressSession({
      name: 'express-session',
      secrets: [expressSessions.secret],
      store: { get: (id, callback) => up('expressSessions', expressSessions.store).get(id, callback) },
    }),
    ironSession({ name: 'iron', passwords: [IRON_PASSWORD], cookie: 'iron', claims: { subject: 'userId' } }),
    betterAuth({
      name: 'better-auth',
      secrets: [ba.secret],
      sessions: (token) => up('sessions', ba.findSession(token, undefined as never)),
      bearer: 'signed',
      cookieCacheMaxAgeMs: 300_000,
      tokens: betterAuthTokens({ baseUrl: 'http://localhost:3000', keySetUrl: betterAuthKeys.url }),
    }),
    betterAuthApiKeys({ name: 'better-auth-key', query: tables.query, prefix: 'ba_' }),
    workos({
      name: 'workos',
      clientId: wo.clientId,
      apiUrl: wo.origin,
      session: workosSession({ cookiePasswords: [WORKOS_COOKIE_PASSWORD] }),
    }),
    oidc({ name: 'oidc', issuer: op.issuer, audience: op.audience }),
    introspection({
      name: 'introspection',
      endpoint: `${op.issuer}/introspect`,
      issuer: op.issuer,
      client: { id: op.client.id, secret: op.client.secret },
      audience: op.audience,
      token: { minLength: 43, maxLength: 43 },
    }),
    apiKeys({
      name: 'api-key',
      prefix: own.prefix,
      keys: { findByHash: (hash) => up('keys', own.store.findByHash(hash)) },
      bearer: false,
    }),
    workosApiKeys({ name: 'workos-key', apiKey: wo.apiKey, apiUrl: wo.origin, bearer: false }),
  ]
}

/** A key that the team issued is never shown to WorkOS. */
const CHAIN = ['api-key', 'workos-key']

/** One API for the verifiers. Every call makes an instance that knows no keys yet. */
export function createAuth(verifiers: readonly Verifier[], now: () => number): DualAuth {
  const names = verifiers.map(({ name }) => name)
  return createDualAuth({
    verifiers,
    precedence: CHAIN.every((name) => names.includes(name)) ? CHAIN : [],
    link: ({ subject }) => ({ id: subject }),
    now,
  }) as unknown as DualAuth
}
