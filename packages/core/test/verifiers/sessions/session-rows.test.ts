import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createDatabase, createEmbedded, describeWith } from '@dualauth/servers'
import { PGlite } from '@electric-sql/pglite'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createDualAuth,
  sessionRows,
  sessions,
  type AuthEvent,
  type Query,
  type SessionRowsOptions,
  type SessionsOptions,
} from '../../../src/index.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { cookies } from '../../support/requests.js'

interface Driver {
  readonly query: Query
  close(): Promise<unknown>
}

const DRIVERS: Record<string, () => Promise<Driver>> = {
  async pglite() {
    const pg = await createEmbedded((from) => PGlite.create(from))
    const query: Query = async (sql, params) => (await pg.query(sql, [...params])).rows as Record<string, unknown>[]
    return { query, close: () => pg.close() }
  },
  async pg() {
    const pool = new Pool({ connectionString: await createDatabase() })
    const query: Query = async (sql, params) => (await pool.query<Record<string, unknown>>(sql, [...params])).rows
    return { query, close: () => pool.end() }
  },
}

const hex = (text: string) => createHash('sha256').update(text).digest('hex')
const inAnHour = () => new Date(Date.now() + 3_600_000)

describeWith('PostgreSQL', 'sessions in a table of the own', () => {
  describe.each(Object.entries(DRIVERS))('over %s', (name, connect) => {
    let driver: Driver
    const run = (sql: string, ...params: unknown[]) => driver.query(sql, params)
    beforeAll(async () => {
      driver = await connect()
      for (const sql of [
        'CREATE TABLE app_user (id serial PRIMARY KEY, email text, active boolean NOT NULL DEFAULT true, roles text[], role text)',
        "INSERT INTO app_user (email, roles, role) VALUES ('ada@example.com', '{editor,viewer}', 'editor, viewer'), ('bob@example.com', NULL, NULL)",
        'UPDATE app_user SET active = false WHERE id = 2',
        'CREATE TABLE user_session (id text PRIMARY KEY, user_id integer, expires_at timestamptz)',
        'CREATE TABLE newest (id text PRIMARY KEY, secret_hash bytea NOT NULL, user_id integer, created_at integer NOT NULL)',
        'CREATE TABLE by_uuid (token uuid PRIMARY KEY, name text, user_id integer, ends timestamp, "Tenant" text)',
        'CREATE SCHEMA own',
        'CREATE TABLE own.sessions (id varchar PRIMARY KEY, user_id bigint, payload text, last_activity integer)',
      ])
        await run(sql)
    }, 180_000)
    afterAll(() => driver.close())

    function judge(sent: string, rows: SessionRowsOptions, more: Partial<SessionsOptions> = {}) {
      const verifier = sessions({
        name: 'old',
        carriers: [{ cookie: 'session' }],
        find: sessionRows(driver.query, rows),
        ...more,
      })
      const events: AuthEvent[] = []
      const auth = createDualAuth({ verifiers: [verifier], onEvent: (event) => void events.push(event) })
      return { auth, sent: cookies(['session', sent]), events }
    }
    const said = ({ auth, sent }: ReturnType<typeof judge>) => outcome(auth, sent)

    const LUCIA: SessionRowsOptions = {
      table: 'user_session',
      columns: { key: 'id', userId: 'user_id', expiresAt: 'expires_at' },
    }

    it('finds those of Lucia by the hash of their token', async () => {
      const token = randomBytes(20).toString('hex')
      await run('INSERT INTO user_session VALUES ($1, 1, $2)', hex(token), inAnHour())
      expect(await said(judge(token, LUCIA, { storedAs: 'sha256-hex' }))).toBe('200 1 by old')
      expect(await said(judge(hex(token), LUCIA, { storedAs: 'sha256-hex' }))).toBe('401 credential_revoked')
      await run("UPDATE user_session SET expires_at = now() - interval '1 second' WHERE id = $1", hex(token))
      expect(await said(judge(token, LUCIA, { storedAs: 'sha256-hex' }))).toBe('401 credential_expired')
      await run('DELETE FROM user_session WHERE id = $1', hex(token))
      expect(await said(judge(token, LUCIA, { storedAs: 'sha256-hex' }))).toBe('401 credential_revoked')
    })

    it('finds those of Lucia by id and secret, which end a day after they were made', async () => {
      const [id, secret] = [randomBytes(15).toString('hex'), randomBytes(15).toString('hex')]
      const made = (secondsAgo: number) => Math.floor(Date.now() / 1000) - secondsAgo
      const hash = createHash('sha256').update(secret).digest()
      await run('INSERT INTO newest VALUES ($1, $2, 1, $3)', id, hash, made(10))
      const rows: SessionRowsOptions = {
        table: 'newest',
        columns: { key: 'id', secretHash: 'secret_hash', userId: 'user_id', createdAt: 'created_at', id: 'id' },
      }
      const more = { storedAs: 'id.secret', maxAgeSeconds: 86_400 } as const
      const { auth, sent } = judge(`${id}.${secret}`, rows, more)
      expect(await auth.authenticate(sent)).toMatchObject({ principal: { id: '1', sessionId: id } })
      expect(await said(judge(`${id}.${'0'.repeat(30)}`, rows, more))).toBe('401 credential_revoked')
      await run('UPDATE newest SET created_at = $1', made(86_401))
      expect(await said(judge(`${id}.${secret}`, rows, more))).toBe('401 credential_expired')
    })

    it('finds those of Laravel by id, in another schema, until nobody has used them for a while', async () => {
      const id = randomBytes(20).toString('hex')
      const used = (secondsAgo: number) => Math.floor(Date.now() / 1000) - secondsAgo
      await run("INSERT INTO own.sessions VALUES ($1, 1, '', $2)", id, used(0))
      const rows: SessionRowsOptions = {
        table: 'own.sessions',
        columns: { key: 'id', userId: 'user_id', lastUsedAt: 'last_activity' },
      }
      expect(await said(judge(id, rows, { idleSeconds: 7_200 }))).toBe('200 1 by old')
      await run('UPDATE own.sessions SET user_id = NULL')
      expect(await said(judge(id, rows, { idleSeconds: 7_200 }))).toBe('401 credential_missing')
      await run('UPDATE own.sessions SET user_id = 1, last_activity = $1', used(7_201))
      expect(await said(judge(id, rows, { idleSeconds: 7_200 }))).toBe('401 credential_expired')
    })

    it('reads a timestamp without a zone as UTC, whatever the zone of the process', async () => {
      const token = randomUUID()
      const ends = new Date(Date.now() + 60_000)
      await run(
        'INSERT INTO by_uuid VALUES ($1, NULL, 1, $2::timestamptz AT TIME ZONE $3, $4)',
        token,
        ends,
        'UTC',
        'acme',
      )
      const rows: SessionRowsOptions = {
        table: 'by_uuid',
        columns: { key: 'token', userId: 'user_id', expiresAt: 'ends', organization: 'Tenant' },
      }
      const { auth, sent } = judge(token, rows)
      expect(await auth.authenticate(sent)).toMatchObject({
        principal: { id: '1', organization: 'acme', expiresAt: Math.floor(ends.getTime() / 1000) },
      })
      // Junk is no UUID, which PostgreSQL refuses to look for: that is no outage.
      for (const junk of ['junk', "'; DROP TABLE by_uuid; --", `${token}0`])
        expect(await said(judge(junk, rows))).toBe('401 credential_revoked')
    })

    it('a token is known in its one spelling only, so that a revoked one does not come back in another', async () => {
      const rows: SessionRowsOptions = {
        table: 'by_uuid',
        columns: { key: 'token', userId: 'user_id', expiresAt: 'ends' },
      }
      const token = randomUUID()
      await run("INSERT INTO by_uuid VALUES ($1, NULL, 1, now() + interval '1 day', NULL)", token)
      const { auth, sent } = judge(token, rows)
      expect(await outcome(auth, sent)).toBe('200 1 by old')
      await auth.revoke({ credential: token })
      for (const spelled of [token, token.toUpperCase(), `{${token}}`, token.replaceAll('-', '')])
        expect(await outcome(auth, cookies(['session', spelled]))).toBe('401 credential_revoked')
    })

    // PGlite takes no text for bytes.
    it.skipIf(name === 'pglite')('a token in a column of bytes is known in one spelling only, too', async () => {
      await run('CREATE TABLE by_bytes (token bytea PRIMARY KEY, user_id integer, ends timestamptz)')
      const rows: SessionRowsOptions = {
        table: 'by_bytes',
        columns: { key: 'token', userId: 'user_id', expiresAt: 'ends' },
      }
      const text = randomBytes(20).toString('hex')
      const raw = `\\x${randomBytes(20).toString('hex')}`
      for (const token of [text, raw]) await run('INSERT INTO by_bytes VALUES ($1, 1, $2)', token, inAnHour())
      const inHex = `\\x${Buffer.from(text).toString('hex')}`
      const escaped = `\\${text.charCodeAt(0).toString(8).padStart(3, '0')}${text.slice(1)}`
      for (const [token, others] of [
        [text, [inHex, escaped]],
        [raw, [`\\x${raw.slice(2).toUpperCase()}`]],
      ] as const) {
        expect(await said(judge(encodeURIComponent(token), rows))).toBe('200 1 by old')
        for (const other of others)
          expect(await said(judge(encodeURIComponent(other), rows))).toBe('401 credential_revoked')
      }
    })

    it('finds keys that are padded by their type', async () => {
      const token = randomBytes(20).toString('hex')
      await run('CREATE TABLE padded (id char(64) PRIMARY KEY, user_id integer, ends timestamptz)')
      await run('INSERT INTO padded VALUES ($1, 1, $2)', token, inAnHour())
      const rows: SessionRowsOptions = { table: 'padded', columns: { key: 'id', userId: 'user_id', expiresAt: 'ends' } }
      expect(await said(judge(token, rows))).toBe('200 1 by old')
    })

    it('asks for the user in the same statement: gone, deactivated, and with roles', async () => {
      const columns = { id: 'id', email: 'email', isActive: 'active' }
      for (const roles of ['roles', 'role']) {
        const rows = { ...LUCIA, users: { table: 'app_user', columns: { ...columns, roles } } }
        const tokenOf = async (user: number | null) => {
          const token = randomBytes(20).toString('hex')
          await run('INSERT INTO user_session VALUES ($1, $2, $3)', token, user, inAnHour())
          return judge(token, rows)
        }
        const { auth, sent } = await tokenOf(1)
        const result = await auth.authenticate(sent)
        expect(result.ok && result.principal.roles).toEqual(['editor', 'viewer'])
        expect(await said(await tokenOf(2))).toBe('403 account_deactivated')
        expect(await said(await tokenOf(3))).toBe('401 credential_revoked')
        expect(await said(await tokenOf(null))).toBe('401 credential_missing')
      }
    })

    it('is ready where its statement runs, and says which table is missing', async () => {
      await expect(judge('x', LUCIA).auth.ready()).resolves.toBeUndefined()
      const missing = judge('x', { ...LUCIA, table: 'nowhere' })
      await expect(missing.auth.ready()).rejects.toThrow()
      expect(await said(missing)).toBe('503 verifier_unavailable')
      const [unavailable] = missing.events.filter((event) => event.type === 'unavailable')
      expect(unavailable?.error?.message).toContain('nowhere')
    })
  })
})

describe('options of sessionRows', () => {
  const query: Query = async () => []
  const columns = { key: 'id', userId: 'user_id' }
  it.each<[string, unknown]>([
    ['table', { columns }],
    ['table', { table: 'a b', columns }],
    ['table', { table: 'a.b.c', columns }],
    ['columns.key', { table: 's', columns: { userId: 'user_id' } }],
    ['columns.userId', { table: 's', columns: { key: 'id' } }],
    ['columns.expiresAt', { table: 's', columns: { ...columns, expiresAt: 'a"b' } }],
    ['users.columns.id', { table: 's', columns, users: { table: 'u', columns: {} } }],
  ])('%s is refused by name', (name, options) => {
    expect(wrongOption(() => sessionRows(query, options as never))).toBe(`sessionRows.${name}`)
  })

  it('asks for a driver', () => {
    expect(wrongOption(() => sessionRows({} as never, { table: 's', columns }))).toBe('sessionRows.query')
  })
})
