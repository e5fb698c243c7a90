import type { Accounts, DatabasePool } from '@dualauth/postgres'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'

export type NewSide = Awaited<ReturnType<typeof createNewSide>>

/** Better Auth with its own tables, and the one thing that it does for the move: people come over when they sign in. */
export async function createNewSide(
  pool: DatabasePool,
  secret: string,
  baseURL: string,
  people: Pick<Accounts, 'links'>,
) {
  const server = betterAuth({
    baseURL,
    secret,
    database: pool,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    logger: { level: 'error' },
    telemetry: { enabled: false },
  })
  await (await getMigrations(server.options)).runMigrations()
  return {
    handler: server.handler,
    /** The response sets the session cookie. @param userId Of whom the old side has just checked the password. */
    async signIn(userId: string, email: string, password: string): Promise<Response> {
      const known = await server.api.signInEmail({ body: { email, password }, asResponse: true })
      if (known.status !== 401) return known
      const signedUp = await server.api.signUpEmail({ body: { name: '', email, password }, asResponse: true })
      const { user } = (await signedUp.clone().json()) as { user: { id: string } }
      const identity = { verifier: 'better-auth', issuer: 'better-auth', subject: user.id }
      const decision = { actor: 'login', reason: 'the old side has checked the password' }
      const linked = await people.links.add({ ...identity, account: userId, how: 'exchange', ...decision })
      if (!linked.ok) throw new Error(`the account cannot be linked: ${linked.why}`)
      return signedUp
    },
  }
}
