import { randomBytes } from 'node:crypto'
import { Pool } from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  betterAuth,
  betterAuthApiKeys,
  createDualAuth,
  sqlSessions,
  type BetterAuthApiKeysOptions,
  type BetterAuthOptions,
  type Query,
} from '../../../src/index.js'
import { cookiesOf, signUpAt, VERSIONS, type Person } from '../../support/better-auth-servers.js'
import { migrated, type SqlServer } from '../../support/better-auth-sql.js'
import { createDatabase, describeWith } from '@dualauth/servers'
import { outcome } from '../../support/outcome.js'
import { apiKey } from '../../support/requests.js'

const DAY = 86_400_000
const SECRET = randomBytes(32).toString('hex')

interface Driver {
  readonly query: Query
  close(): Promise<unknown>
}

const DRIVERS: Record<string, (url: string) => Driver> = {
  pg(connectionString) {
    const pool = new Pool({ connectionString })
    return {
      query: async (sql, params) => (await pool.query<Record<string, unknown>>(sql, [...params])).rows,
      close: () => pool.end(),
    }
  },
  postgres(url) {
    const sql = postgres(url, { onnotice: () => {} })
    return { query: (text, params) => sql.unsafe(text, [...params] as never[]), close: () => sql.end() }
  },
}

type Cast = (column: string) => string
const dates = (type: string, cast: Cast): [string, Cast][] =>
  ['expiresAt', 'createdAt', 'updatedAt', 'banExpires', 'lastRequest', 'lastRefillAt'].map((column) => [
    `${column} ${type}`,
    cast,
  ])
const flags = (type: string, cast: Cast): [string, Cast][] =>
  ['banned', 'emailVerified', 'enabled', 'rateLimitEnabled'].map((column) => [`${column} ${type}`, cast])

/** What other migrations, and other ORMs, make of Better Auth's columns. */
const COLUMNS: Record<string, [string, Cast][]> = {
  'timestamptz and boolean': [],
  'timestamp and boolean': dates('timestamp', (column) => `${column} AT TIME ZONE 'UTC'`),
  'bigint for all': [
    ...dates('bigint', (column) => `(extract(epoch from ${column}) * 1000)::bigint`),
    ...flags('bigint', (column) => `${column}::int`),
  ],
}

describeWith('PostgreSQL', 'the tables of a real Better Auth on a real PostgreSQL', () => {
  const zone = process.env['TZ']
  beforeAll(async () => {
    // Drivers take a timestamp without zone for the time of this process.
    process.env['TZ'] = 'America/New_York'
  })
  afterAll(async () => {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  })

  const runs = Object.keys(DRIVERS).flatMap((driver) =>
    Object.keys(COLUMNS).map((columns) => [driver, columns] as const),
  )

  describe.each(runs)('through %s, with %s', (driver, columns) => {
    let url: string
    let database: SqlServer
    let close: () => Promise<void>
    let query: Query
    let person: Person
    let banned: Person
    let keys: Record<'plain' | 'limited' | 'ending' | 'banned', string>

    beforeAll(async () => {
      url = await createDatabase()
      await setZone(url)
      const pool = new Pool({ connectionString: url })
      const opened = DRIVERS[driver]!(url)
      query = opened.query
      close = async () => {
        await opened.close()
        await pool.end()
      }
      const { admin, apiKey: keyPlugin } = VERSIONS['1.7'].plugins
      const plugins = [admin!(), keyPlugin!({ keyExpiration: { minExpiresIn: 0 } })]
      database = await migrated('1.7', pool, { secret: SECRET, plugins }, query)
      person = await signUpAt(database.server)
      banned = await signUpAt(database.server)
      const create = async (body: object) =>
        ((await database.server.instance.api['createApiKey']!({ body })) as { key: string }).key
      keys = {
        plain: await create({ userId: person.id, permissions: { files: ['read'] }, rateLimitEnabled: false }),
        limited: await create({
          userId: person.id,
          remaining: 7,
          rateLimitEnabled: true,
          rateLimitMax: 5,
          rateLimitTimeWindow: DAY,
        }),
        ending: await create({ userId: person.id, expiresIn: 2 * 86_400 }),
        banned: await create({ userId: banned.id }),
      }
      await retype(query, COLUMNS[columns]!)
      const until = columns.startsWith('bigint') ? Date.now() + DAY : new Date(Date.now() + DAY).toISOString()
      const on = columns.startsWith('bigint') ? 1 : true
      await query('UPDATE "user" SET "banned" = $1, "banExpires" = $2 WHERE "id" = $3', [on, until, banned.id])
    })
    afterAll(() => close())

    const session = (sent: Person, offset = 0, more: Partial<BetterAuthOptions> = {}) => {
      const auth = createDualAuth({
        verifiers: [betterAuth({ name: 'ba', secrets: [SECRET], sessions: sqlSessions(query), ...more })],
        now: () => Date.now() + offset,
      })
      // As a guard asks, which can write cookies: only then a session slides.
      return outcome({ authenticate: (request) => auth.authenticate(request, { refresh: true }) }, cookiesOf(sent.jar))
    }
    const key = (name: keyof typeof keys, offset = 0) =>
      outcome(
        createDualAuth({ verifiers: [betterAuthApiKeys({ name: 'keys', query })], now: () => Date.now() + offset }),
        apiKey(keys[name]),
      )

    it('accepts a session to the minute of its end', async () => {
      const { iat, exp } = await timesOf(query, person)
      expect(await session(person)).toBe(`200 ${person.id} by ba`)
      expect(Math.round((exp - iat) / DAY)).toBe(7)
      expect(await session(person, 7 * DAY - 60_000)).toBe(`200 ${person.id} by ba`)
      expect(await session(person, 7 * DAY + 60_000)).toBe('401 credential_expired')
    })

    it('refuses a banned user to the minute of the ban’s end', async () => {
      expect(await session(banned, DAY - 60_000)).toBe('403 account_banned')
      expect(await session(banned, DAY + 60_000)).toBe(`200 ${banned.id} by ba`)
      expect(await key('banned')).toBe('403 account_banned')
    })

    it('slides a session once for four requests', async () => {
      const before = (await timesOf(query, person)).exp
      const answers = await Promise.all([1, 2, 3, 4].map(() => session(person, 2 * DAY, { touch: {} })))
      expect(new Set(answers)).toEqual(new Set([`200 ${person.id} by ba`]))
      const after = (await timesOf(query, person)).exp
      expect(Math.round((after - before) / DAY)).toBe(2)
      expect(await session(person, 9 * DAY - 60_000)).toBe(`200 ${person.id} by ba`)
    })

    it('accepts API keys to the minute of their end', async () => {
      expect(await key('plain')).toBe(`200 ${person.id} by keys`)
      expect(await key('ending', 2 * DAY - 60_000)).toBe(`200 ${person.id} by keys`)
      expect(await key('ending', 2 * DAY + 60_000)).toBe('401 credential_expired')
    })

    it('finds an API key and its owner in one statement, in two where their ids are of two types', async () => {
      await query('CREATE TABLE numbered AS SELECT * FROM "user" LIMIT 1', [])
      await query('ALTER TABLE numbered ALTER COLUMN "id" TYPE bigint USING 7', [])
      await query('CREATE TABLE numbered_key AS SELECT * FROM apikey', [])
      await query('UPDATE numbered_key SET "referenceId" = \'7\'', [])
      const counted = (tables: NonNullable<BetterAuthApiKeysOptions['tables']>) => {
        let statements = 0
        const auth = createDualAuth({
          verifiers: [betterAuthApiKeys({ name: 'keys', tables, query: (...args) => (statements++, query(...args)) })],
        })
        return async () => {
          statements = 0
          return `${await outcome(auth, apiKey(keys.plain))} after ${statements}`
        }
      }
      const usual = counted({})
      // The first key tells what their ids are.
      expect([await usual(), await usual()]).toEqual([
        `200 ${person.id} by keys after 2`,
        `200 ${person.id} by keys after 1`,
      ])
      const numbered = counted({ user: 'numbered', apikey: 'numbered_key' })
      expect([await numbered(), await numbered()]).toEqual(['200 7 by keys after 2', '200 7 by keys after 2'])
    })

    it('counts API keys that arrive at once, and begins a new window after the old', async () => {
      const many = (offset = 0) => Promise.all(Array.from({ length: 12 }, () => key('limited', offset)))
      const passed = (answers: string[]) => answers.filter((answer) => answer.startsWith('200')).length
      const first = await many()
      expect(passed(first)).toBe(5)
      expect(new Set(first.filter((answer) => !answer.startsWith('200')))).toEqual(new Set(['429 rate_limited']))
      // Two of the seven are left.
      expect(passed(await many(DAY + 60_000))).toBe(2)
    })

    it('cannot be judged when the server has gone away', async () => {
      const gone = DRIVERS[driver]!(url.replace(/:\d+\//, ':9/'))
      const auth = createDualAuth({
        verifiers: [betterAuth({ name: 'ba', secrets: [SECRET], sessions: sqlSessions(gone.query) })],
      })
      expect(await outcome(auth, cookiesOf(person.jar))).toBe('503 verifier_unavailable')
      await gone.close()
    })
  })
})

/** The time zone of all connections from now on. */
async function setZone(url: string): Promise<void> {
  const { query, close } = DRIVERS['pg']!(url)
  await query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET TimeZone = 'Asia/Kolkata'`, [])
  await close()
}

/** Changes the types of columns, wherever they stand. */
async function retype(query: Query, columns: readonly (readonly [string, Cast])[]): Promise<void> {
  for (const [definition, cast] of columns) {
    const [name, type] = definition.split(' ') as [string, string]
    const tables = await query('SELECT table_name FROM information_schema.columns WHERE column_name = $1', [name])
    for (const { table_name: table } of tables) {
      const column = `"${name}"`
      await query(`ALTER TABLE "${String(table)}" ALTER COLUMN ${column} DROP DEFAULT`, [])
      await query(`ALTER TABLE "${String(table)}" ALTER COLUMN ${column} TYPE ${type} USING ${cast(column)}`, [])
    }
  }
}

async function timesOf(query: Query, { token }: Person): Promise<{ iat: number; exp: number }> {
  const find = sqlSessions(query).find
  const found = await find(token, undefined as never)
  const { createdAt, expiresAt } = found!.session
  return { iat: milliseconds(createdAt), exp: milliseconds(expiresAt) }
}

function milliseconds(value: unknown): number {
  const text = String(value)
  if (/^\d+$/.test(text)) return Number(text)
  return Date.parse(/[+-]\d\d(:\d\d)?$/.test(text) ? text.replace(' ', 'T') : `${text.replace(' ', 'T')}Z`)
}
