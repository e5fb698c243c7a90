import { randomBytes } from 'node:crypto'
import * as bcrypt from '@node-rs/bcrypt'
import { createDatabase } from '@dualauth/servers'
import { betterAuth, type BetterAuthOptions, type BetterAuthPlugin } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { twoFactor } from 'better-auth/plugins'
import pg from 'pg'
import { legacyMoves, type BetterAuthPassword } from '../../src/better-auth/index.js'

/** A real Better Auth server over a real PostgreSQL. */
export interface World {
  readonly pool: pg.Pool
  signIn(email: string, password: string): Promise<Reply>
  signUp(email: string, password: string): Promise<Reply>
  /** @param cookie As `Reply` has it. */
  changeEmail(cookie: string | null, newEmail: string): Promise<Reply>
  /** The password of a person; undefined: no such account. */
  storedHash(email: string): Promise<string | null | undefined>
  rows(table: 'user' | 'account' | 'session', email: string): Promise<Record<string, unknown>[]>
  /** As an import writes it. */
  insert(email: string, hash: string | null, id?: string): Promise<string>
  readonly logged: string[]
}

export interface Reply {
  readonly status: number
  readonly code: string | undefined
  readonly retryAfter: string | null
  readonly text: string
  readonly cookie: string | null
}

interface Setup {
  readonly password?: BetterAuthPassword
  readonly plugins?: BetterAuthPlugin[]
  readonly options?: Partial<BetterAuthOptions>
}

export async function openDatabase(): Promise<{ pool: pg.Pool; url: string; close(): Promise<void> }> {
  const url = await createDatabase()
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  pool.on('error', () => {})
  const { runMigrations } = await getMigrations({
    database: pool,
    telemetry: { enabled: false },
    plugins: [twoFactor(), legacyMoves()],
  })
  await runMigrations()
  return { pool, url, close: () => pool.end() }
}

export function createWorld(pool: pg.Pool, { password, plugins = [], options = {} }: Setup): World {
  const logged: string[] = []
  const auth = betterAuth({
    database: pool,
    baseURL: 'http://localhost:3000',
    secret: randomBytes(32).toString('hex'),
    emailAndPassword: { enabled: true, autoSignIn: true, ...(password && { password }) },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { level: 'debug', log: (level, message, ...args) => logged.push(`${level} ${message} ${args.join(' ')}`) },
    plugins,
    ...options,
  })
  const post = async (path: string, body: object, cookie?: string | null): Promise<Reply> => {
    const response = await auth.handler(
      new Request(`http://localhost:3000/api/auth${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: 'http://localhost:3000',
          ...(cookie != null && { cookie: cookie.split(';')[0]! }),
        },
        body: JSON.stringify(body),
      }),
    )
    const text = await response.text()
    const code = text === '' ? undefined : (JSON.parse(text) as { code?: string }).code
    const { headers, status } = response
    return { status, code, text, retryAfter: headers.get('retry-after'), cookie: headers.get('set-cookie') }
  }
  const rows: World['rows'] = async (table, email) => {
    const by = table === 'user' ? 'id' : '"userId"'
    const sql = `SELECT * FROM "${table}" WHERE ${by} IN (SELECT id FROM "user" WHERE email = $1)`
    return (await pool.query(sql, [email])).rows as Record<string, unknown>[]
  }
  return {
    pool,
    logged,
    rows,
    signIn: (email, text) => post('/sign-in/email', { email, password: text }),
    signUp: (email, text) => post('/sign-up/email', { email, password: text, name: 'New' }),
    changeEmail: (cookie, newEmail) => post('/change-email', { newEmail }, cookie),
    async storedHash(email) {
      return (await rows('account', email)).find(({ providerId }) => providerId === 'credential')?.['password'] as
        string | null | undefined
    },
    async insert(email, hash, id = randomBytes(16).toString('hex')) {
      await pool.query(
        `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt") VALUES ($1, 'Old', $2, true, now(), now())`,
        [id, email],
      )
      if (hash !== null)
        await pool.query(
          `INSERT INTO account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
           VALUES ($1, $2, 'credential', $2, $3, now(), now())`,
          [randomBytes(16).toString('hex'), id, hash],
        )
      return id
    },
  }
}

/** A hash as an old system made it, quick to check. */
export function oldHash(password: string): Promise<string> {
  return bcrypt.hash(password, { cost: 5, version: '2y' })
}

let count = 0

/** An address that no other test has. */
export function anAddress(): string {
  return `person-${++count}@example.com`
}
