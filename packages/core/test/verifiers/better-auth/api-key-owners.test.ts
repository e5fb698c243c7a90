import { createHash } from 'node:crypto'
import { Pool, type PoolClient } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { betterAuthApiKeys, createDualAuth, type DualAuth, type Query } from '../../../src/index.js'
import { createDatabase, describeWith } from '@dualauth/servers'
import { outcome } from '../../support/outcome.js'
import { apiKey } from '../../support/requests.js'

const KEY = 'A'.repeat(64)
const HASH = createHash('sha256').update(KEY).digest('base64url')
const UUID = 'ab0f1b1e-1111-4111-8111-0123456789ab'

/** Types of `user.id` and of `referenceId`, the owner's id, and how the key refers to it. */
const SPELLINGS = [
  ['text', 'text', 'abc', 'abc'],
  ['uuid', 'text', UUID, UUID.toUpperCase()],
  ['char(40)', 'text', 'abc', 'abc'],
  ['bigint', 'text', '7', '7'],
  ['bigint', 'int', '7', '7'],
  ['numeric(10,2)', 'int', '7', '7'],
] as const

describeWith('PostgreSQL', 'the owner of an API key of Better Auth', () => {
  let pool: Pool
  beforeAll(async () => {
    pool = new Pool({ connectionString: await createDatabase() })
    pool.on('error', () => {})
  })
  afterAll(() => pool.end())

  async function tables(idType: string, ownerType: string, id: string, owner: string | null): Promise<void> {
    await pool.query('DROP TABLE IF EXISTS apikey, "user", organization')
    await pool.query(
      `CREATE TABLE "user" (id ${idType} PRIMARY KEY, email text, role text, banned boolean, "banExpires" timestamptz)`,
    )
    await pool.query(`CREATE TABLE organization (id ${idType} PRIMARY KEY)`)
    for (const table of ['"user"', 'organization']) await pool.query(`INSERT INTO ${table} (id) VALUES ($1)`, [id])
    await pool.query(
      `CREATE TABLE apikey (id text, key text, name text, enabled boolean, permissions text, "expiresAt" timestamptz,
        "createdAt" timestamptz, "updatedAt" timestamptz, remaining int, "refillAmount" int, "refillInterval" int,
        "lastRefillAt" timestamptz, "rateLimitEnabled" boolean, "rateLimitMax" int, "rateLimitTimeWindow" int,
        "requestCount" int, "lastRequest" timestamptz, "referenceId" ${ownerType}, "configId" text)`,
    )
    await pool.query(
      `INSERT INTO apikey (id, key, enabled, "createdAt", "rateLimitEnabled", "referenceId", "configId")
        VALUES ('k1', $1, true, now(), false, $2, 'default')`,
      [HASH, owner],
    )
  }

  const queryOf =
    (client: Pool | PoolClient): Query =>
    async (sql, params) =>
      (await client.query<Record<string, unknown>>(sql, [...params])).rows
  const open = (references: 'user' | 'organization', query = queryOf(pool)): DualAuth =>
    createDualAuth({ verifiers: [betterAuthApiKeys({ name: 'keys', references, query })] })
  const ask = async (auth: DualAuth): Promise<string> => (await outcome(auth, apiKey(KEY))).slice(0, 3)

  it.each(SPELLINGS)('%s beside %s is found, again and again', async (idType, ownerType, id, owner) => {
    await tables(idType, ownerType, id, owner)
    for (const references of ['user', 'organization'] as const) {
      const auth = open(references)
      expect([await ask(auth), await ask(auth), await ask(auth)]).toEqual(['200', '200', '200'])
    }
  })

  it.each([null, 'null', '', 'gone'])('%j is nobody', async (owner) => {
    await tables('text', 'text', 'abc', 'abc')
    for (const references of ['user', 'organization'] as const) {
      await pool.query('UPDATE apikey SET "referenceId" = $1', ['abc'])
      const auth = open(references)
      expect(await ask(auth)).toBe('200')
      await pool.query('UPDATE apikey SET "referenceId" = $1', [owner])
      expect([await ask(auth), await ask(open(references))]).toEqual(['401', '401'])
    }
  })

  it('is found where all statements of the app run in one transaction', async () => {
    await tables('uuid', 'text', UUID, UUID)
    const client = await pool.connect()
    await client.query('BEGIN')
    const auth = open('user', queryOf(client))
    expect([await ask(auth), await ask(auth)]).toEqual(['200', '200'])
    await client.query('ROLLBACK')
    client.release()
  })

  it('is found while the types of ids change', async () => {
    await tables('text', 'text', 'abc', 'abc')
    const auth = open('user')
    expect([await ask(auth), await ask(auth)]).toEqual(['200', '200'])
    await pool.query(`UPDATE "user" SET id = '7'`)
    await pool.query(`UPDATE apikey SET "referenceId" = '7'`)
    await pool.query('ALTER TABLE "user" ALTER COLUMN id TYPE bigint USING id::bigint')
    expect([await ask(auth), await ask(auth)]).toEqual(['200', '200'])
  })
})
