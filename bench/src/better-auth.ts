import { randomBytes } from 'node:crypto'
import { apiKey } from '@better-auth/api-key'
import { betterAuth, type BetterAuthOptions } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import type { Pool } from 'pg'

const ORIGIN = 'http://localhost:3000'

export interface SignedIn {
  readonly userId: string
  /** The `Cookie` field of a browser that signed in. */
  readonly cookies: string
}

/** The real thing on PostgreSQL, with its own migrations. */
export interface RealBetterAuth {
  readonly secret: string
  getSession(cookies: string): Promise<unknown>
  createApiKey(userId: string): Promise<string>
  verifyApiKey(key: string): Promise<{ readonly valid: boolean }>
  signUp(): Promise<SignedIn>
}

/** What is used of a server, whatever its plugins make of its type. */
interface Server {
  handler(request: Request): Promise<Response>
  readonly api: {
    getSession(input: { headers: Headers }): Promise<unknown>
    createApiKey(input: { body: { userId: string } }): Promise<{ readonly key: string }>
    verifyApiKey(input: { body: { key: string } }): Promise<{ readonly valid: boolean }>
  }
}

/** @param cookieCache The session travels in a signed cookie, in the `compact` encoding. */
export async function startBetterAuth(
  pool: Pool,
  secret: string = randomBytes(32).toString('hex'),
  cookieCache = false,
): Promise<RealBetterAuth> {
  const options = {
    database: pool,
    baseURL: ORIGIN,
    secret,
    // What passwords cost is no subject here.
    emailAndPassword: {
      enabled: true,
      password: {
        hash: async (text: string) => `#${text}`,
        verify: async ({ hash, password }: { hash: string; password: string }) => hash === `#${password}`,
      },
    },
    session: { cookieCache: { enabled: cookieCache, maxAge: 3600, strategy: 'compact' as const } },
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    plugins: [apiKey({ rateLimit: { enabled: true, maxRequests: 1_000_000_000, timeWindow: 86_400_000 } })],
  } as BetterAuthOptions
  await (await getMigrations(options)).runMigrations()
  const server = betterAuth(options) as unknown as Server
  return {
    secret,
    getSession: (cookies) => server.api.getSession({ headers: new Headers({ cookie: cookies }) }),
    createApiKey: async (userId) => (await server.api.createApiKey({ body: { userId } })).key,
    verifyApiKey: (key) => server.api.verifyApiKey({ body: { key } }),
    signUp: () => signUp((request) => server.handler(request)),
  }
}

async function signUp(handler: (request: Request) => Promise<Response>): Promise<SignedIn> {
  const name = randomBytes(8).toString('hex')
  const response = await handler(
    new Request(`${ORIGIN}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: ORIGIN },
      body: JSON.stringify({ name, email: `${name}@example.com`, password: 'correct horse' }),
    }),
  )
  if (!response.ok) throw new Error(`sign-up: ${response.status} ${await response.text()}`)
  const { user } = (await response.json()) as { user: { id: string } }
  const cookies = response.headers.getSetCookie().map((field) => field.replace(/;.*/, ''))
  return { userId: user.id, cookies: cookies.join('; ') }
}
