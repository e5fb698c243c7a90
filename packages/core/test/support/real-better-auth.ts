import { randomBytes } from 'node:crypto'
import type { PGlite } from '@electric-sql/pglite'
import { betterAuth, type BetterAuthOptions } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { getMigrations } from 'better-auth/db/migration'
import { admin, bearer } from 'better-auth/plugins'
import type { BetterAuthInstance, FindSession, Query } from '../../src/index.js'

export const REAL_SECRET: string = randomBytes(32).toString('hex')

type Row = Record<string, unknown>

/** What is used of a real instance, whatever its plugins make of its type. */
export interface RealBetterAuth extends BetterAuthInstance {
  handler(request: Request): Promise<Response>
  readonly $context: Promise<{
    readonly secret: string
    readonly authCookies: { readonly sessionToken: { readonly name: string } }
    readonly adapter: {
      findOne(query: { model: string; where: { field: string; value: unknown }[] }): Promise<Row | null>
      update(query: { model: string; where: { field: string; value: unknown }[]; update: Row }): Promise<unknown>
      delete(query: { model: string; where: { field: string; value: unknown }[] }): Promise<void>
    }
  }>
}

interface Names {
  readonly user?: Record<string, string>
  readonly session?: Record<string, string>
  readonly tables?: { readonly user: string; readonly session: string; readonly account: string }
}

function optionsOf(database: BetterAuthOptions['database'], { user = {}, session = {}, tables }: Names) {
  const { banned, banReason, banExpires, role, ...userFields } = user
  const { impersonatedBy, ...sessionFields } = session
  const given = (fields: Row) => Object.fromEntries(Object.entries(fields).filter(([, name]) => name !== undefined))
  return {
    database,
    baseURL: 'http://localhost:3000',
    secret: REAL_SECRET,
    // What passwords cost is no subject here.
    emailAndPassword: {
      enabled: true,
      password: { hash: async (text) => `#${text}`, verify: async ({ hash, password }) => hash === `#${password}` },
    },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    user: { fields: userFields, ...(tables && { modelName: tables.user }) },
    session: { fields: sessionFields, ...(tables && { modelName: tables.session }) },
    account: { ...(tables && { modelName: tables.account }) },
    plugins: [
      bearer(),
      admin({
        schema: {
          user: { fields: given({ banned, banReason, banExpires, role }) },
          session: { fields: given({ impersonatedBy }) },
        },
      }),
    ],
  } as BetterAuthOptions
}

/** A real server over tables in memory. */
export function betterAuthInMemory(): RealBetterAuth {
  const tables = { user: [], session: [], account: [], verification: [] }
  return betterAuth(optionsOf(memoryAdapter(tables), {})) as unknown as RealBetterAuth
}

/** A real server over Postgres, with its own migrations. */
export async function betterAuthOnPostgres(pg: PGlite, names: Names): Promise<RealBetterAuth> {
  // The shape of a pool that Better Auth's own Postgres dialect asks for.
  const client = {
    async query(sql: string, params: unknown[] = []) {
      const { rows, affectedRows } = await pg.query(sql, params)
      return { command: sql.trim().split(/\s/)[0]?.toUpperCase(), rowCount: affectedRows ?? rows.length, rows }
    },
    release: () => {},
  }
  const options = optionsOf({ connect: async () => client, end: async () => {} } as never, names)
  await (await getMigrations(options)).runMigrations()
  return betterAuth(options) as unknown as RealBetterAuth
}

/** The port of `sqlSessions`, over the same database. */
export function queryOf(pg: PGlite): Query {
  return async (sql, params) => (await pg.query(sql, [...params])).rows as Row[]
}

/** A look-up that an app would write itself, over the instance's adapter. */
export function adapterSessions(auth: RealBetterAuth): FindSession {
  return async (token) => {
    const { adapter } = await auth.$context
    const session = await adapter.findOne({ model: 'session', where: [{ field: 'token', value: token }] })
    if (session === null) return null
    const user = await adapter.findOne({ model: 'user', where: [{ field: 'id', value: session['userId'] }] })
    return { session, user } as never
  }
}

export interface SignedIn {
  readonly userId: string
  /** Raw, as it stands in the database. */
  readonly token: string
  /** `name` and percent-encoded value, as the browser got it. */
  readonly cookie: [name: string, value: string]
  /** Of the bearer plugin: `set-auth-token`. */
  readonly bearer: string
}

async function post(auth: RealBetterAuth, path: string, body: object, headers: Record<string, string> = {}) {
  const response = await auth.handler(
    new Request(`http://localhost:3000/api/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://localhost:3000', ...headers },
      body: JSON.stringify(body),
    }),
  )
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response
}

async function signedIn(response: Response): Promise<SignedIn> {
  const { token, user, session } = (await response.json()) as {
    token?: string
    user: { id: string }
    session?: { token: string }
  }
  const field = response.headers.getSetCookie().findLast((entry) => /session_token=[^;]/.test(entry)) as string
  const [name, value] = field.replace(/;.*/, '').split('=') as [string, string]
  return {
    userId: user.id,
    token: token ?? (session?.token as string),
    cookie: [name, value],
    bearer: response.headers.get('set-auth-token') as string,
  }
}

let count = 0

export async function signUp(auth: RealBetterAuth): Promise<SignedIn> {
  const name = `person-${++count}`
  return signedIn(await post(auth, '/sign-up/email', { name, email: `${name}@example.com`, password: 'correct horse' }))
}

export async function signOut(auth: RealBetterAuth, { cookie }: SignedIn): Promise<void> {
  await post(auth, '/sign-out', {}, { cookie: cookie.join('=') })
}

export async function impersonate(auth: RealBetterAuth, by: SignedIn, userId: string): Promise<SignedIn> {
  await change(auth, 'user', by.userId, { role: 'admin' })
  return signedIn(await post(auth, '/admin/impersonate-user', { userId }, { cookie: by.cookie.join('=') }))
}

/** Changes a row behind the server's back. */
export async function change(auth: RealBetterAuth, model: 'user' | 'session', key: string, update: Row): Promise<void> {
  const where = [{ field: model === 'user' ? 'id' : 'token', value: key }]
  await (await auth.$context).adapter.update({ model, where, update })
}

export async function removeUser(auth: RealBetterAuth, id: string): Promise<void> {
  await (await auth.$context).adapter.delete({ model: 'user', where: [{ field: 'id', value: id }] })
}
