import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { remoteForms } from '@dualauth/core'
import { installSchema, openDatabase, type DatabasePool } from '@dualauth/postgres'
import { createBetterAuthIssuer, createLegacyIssuer, startFakeWorkos } from '@dualauth/testing'
import type { Hono } from 'hono'
import { createAuth } from './auth.js'
import { createAuthService, createRoutes } from './service.js'
import { createWorker } from './worker.js'

export interface Running {
  readonly authService: Hono
  readonly worker: Hono
  readonly pool: DatabasePool
  /** As browsers see the auth service. */
  readonly origin: string
  /** Who signs in next at WorkOS. */
  signsInAtWorkos(id: string): void
  /** What WorkOS gives a phone that signs in there itself. */
  refreshTokenOf(id: string): string
  /** What somebody holds who was here before: of the old sessions, the old tokens, and WorkOS. */
  credentialsOf(id: string): Promise<Record<'cookie' | 'session' | 'legacy' | 'workos', Record<string, string>>>
  close(): Promise<void>
}

/** The auth service and a worker that asks it, over PGlite or the server of a URL, with issuers of this machine. */
export async function start(databaseUrl?: string, origin = 'https://auth.example.com'): Promise<Running> {
  const { query, pool, close } = await openDatabase(databaseUrl)
  await installSchema(query)
  await pool.query(await readFile(new URL('tables.sql', import.meta.url), 'utf8'))

  const legacy = createLegacyIssuer()
  const old = createBetterAuthIssuer()
  const workos = await startFakeWorkos()
  const env = {
    query,
    betterAuthSecret: old.secret,
    jwtSecret: legacy.secret,
    workosClientId: workos.clientId,
    workosApiKey: workos.apiKey,
    workosApiUrl: workos.origin,
    cookiePassword: randomBytes(32).toString('base64url'),
    origin,
  }
  const parts = createAuth(env)
  // WorkOS knows people by ids of its own, and names ours beside it.
  const atWorkos = (id: string) => ({ user: `user_${id}`, claims: { external_id: id } })
  await parts.people.ready()
  return {
    authService: createRoutes(parts, env),
    // A worker that is deployed apart has printed them into a file.
    worker: createWorker(createAuthService(parts), remoteForms(parts.auth)),
    pool,
    origin,
    signsInAtWorkos: (id) => void (workos.authKit.signsIn = atWorkos(id)),
    refreshTokenOf: (id) => workos.signIn(atWorkos(id)).refreshToken,
    async credentialsOf(id) {
      const { token, session } = old.session({ user: id })
      await query('insert into sessions (id, user_id, token, expires_at) values ($1, $2, $3, $4)', [
        session.id,
        id,
        token,
        new Date(session.expiresAt).toISOString(),
      ])
      const bearer = (value: string) => ({ authorization: `Bearer ${value}` })
      return {
        cookie: { cookie: old.sessionCookie(token) },
        session: bearer(token),
        legacy: bearer(legacy.sign({ sub: id })),
        workos: bearer(workos.accessToken({ sub: `user_${id}`, external_id: id })),
      }
    },
    async close() {
      await parts.auth.close()
      await workos.close()
      await close()
    },
  }
}
