import { createHash } from 'node:crypto'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import type { Pool } from 'pg'

/** Better Auth with its tables in this database. */
export interface NewSide {
  /** Signs somebody in, or up for the first time. @returns what a browser sends from then on. */
  signIn(user: string): Promise<{ readonly cookie: string }>
}

export async function createNewSide(database: Pool, secret: string): Promise<NewSide> {
  const cheap = async (password: string): Promise<string> => createHash('sha256').update(password).digest('hex')
  const server = betterAuth({
    baseURL: 'http://127.0.0.1',
    secret,
    database,
    // Hashing is not what this is about.
    emailAndPassword: {
      enabled: true,
      password: { hash: cheap, verify: async ({ hash, password }) => hash === (await cheap(password)) },
    },
    logger: { level: 'error' },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
  })
  await (await getMigrations(server.options)).runMigrations()
  return {
    async signIn(user) {
      const body = { email: `${user}@example.com`, password: 'correct horse battery' }
      let response = await server.api.signInEmail({ body, asResponse: true })
      if (response.status === 401)
        response = await server.api.signUpEmail({ body: { ...body, name: user }, asResponse: true })
      const cookie = response.headers.getSetCookie().map((field) => field.split(';')[0])
      return { cookie: cookie.join('; ') }
    },
  }
}
