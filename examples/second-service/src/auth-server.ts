import type { DatabasePool } from '@dualauth/postgres'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { Hono } from 'hono'
import { cors } from 'hono/cors'

const TIMES = { createdAt: 'created_at', updatedAt: 'updated_at' }

/** The first service, which knows nothing of dualauth: Better Auth with its own tables, in snake_case. */
export async function createAuthServer(
  pool: DatabasePool,
  secret: string,
  baseURL: string,
  frontend: string,
): Promise<Hono> {
  const server = betterAuth({
    baseURL,
    secret,
    database: pool,
    trustedOrigins: [frontend],
    emailAndPassword: { enabled: true },
    user: { fields: { emailVerified: 'email_verified', ...TIMES } },
    session: {
      expiresIn: 7 * 86_400,
      updateAge: 86_400,
      cookieCache: { enabled: true, maxAge: 300 },
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        ...TIMES,
      },
    },
    account: {
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...TIMES,
      },
    },
    verification: { fields: { expiresAt: 'expires_at', ...TIMES } },
    telemetry: { enabled: false },
  })
  await (await getMigrations(server.options)).runMigrations()

  const app = new Hono()
  app.use(cors({ origin: frontend, credentials: true }))
  app.on(['GET', 'POST'], '/api/auth/*', (c) => server.handler(c.req.raw))
  app.get('/health', (c) => c.json({ status: 'ok' }))
  return app
}
