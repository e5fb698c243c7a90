import { createPasswords } from '@dualauth/passwords'
import { betterAuthPassword } from '@dualauth/passwords/better-auth'
import type { Accounts, DatabasePool } from '@dualauth/postgres'
import * as bcrypt from '@node-rs/bcrypt'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'

export type NewSide = Awaited<ReturnType<typeof createNewSide>>

export interface NewSideOptions {
  readonly pool: DatabasePool
  readonly secret: string
  readonly baseURL: string
  readonly people: Pick<Accounts, 'links'>
  /** Default 30. */
  readonly sessionMinutes?: number
  /** The client of the application at Google. Without one, nobody comes by Google. */
  readonly google?: { readonly clientId: string; readonly clientSecret: string }
  /** Sends the letter in which somebody proves an address. */
  readonly sendMail: (to: string, url: string) => Promise<void>
}

/** Better Auth with its own tables, which takes the passwords of the old side; whoever is not imported comes over at the sign-in. */
export async function createNewSide(options: NewSideOptions) {
  const { pool, secret, baseURL, people, sessionMinutes = 30, google, sendMail } = options
  const server = betterAuth({
    baseURL,
    secret,
    database: pool,
    session: { expiresIn: sessionMinutes * 60 },
    emailAndPassword: { enabled: true, password: betterAuthPassword(createPasswords({ bcrypt })) },
    emailVerification: { sendOnSignUp: true, sendVerificationEmail: ({ user, url }) => sendMail(user.email, url) },
    ...(google !== undefined && { socialProviders: { google } }),
    // Everybody comes from one address here.
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
