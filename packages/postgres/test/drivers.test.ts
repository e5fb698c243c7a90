import { inspect } from 'node:util'
import { neon, neonConfig } from '@neondatabase/serverless'
import { discreetQuery, type Query } from '@dualauth/core'
import { createDatabase, describeWith } from '@dualauth/servers'
import { drizzle } from 'drizzle-orm/node-postgres'
import createKnex, { type Knex } from 'knex'
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import { Pool, type DatabaseError } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { accounts, installSchema } from '../src/index.js'
import { identity, PEOPLE } from './support/people.js'
import { openPrisma } from './support/prisma.js'

type Rows = Record<string, unknown>[]

// The functions of docs/drivers.md, each through a first sight, a conflict and a decision.
describeWith('PostgreSQL', 'drivers', () => {
  let pool: Pool
  beforeAll(async () => {
    pool = new Pool({ connectionString: await createDatabase() })
    await pool.query(PEOPLE)
  })
  let knex: Knex | undefined
  let prisma: ReturnType<typeof openPrisma> | undefined
  afterAll(async () => {
    await knex?.destroy()
    await prisma?.$disconnect()
    await pool.end()
  })

  const OVER: Record<string, () => Query> = {
    drizzle() {
      const db = drizzle(pool)
      return async (sql, params) => (await db.$client.query(sql, [...params])).rows as Rows
    },
    kysely() {
      const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
      return async (sql, params) => (await db.executeQuery(CompiledQuery.raw(sql, [...params]))).rows as Rows
    },
    knex() {
      const { client } = (knex = createKnex({ client: 'pg', connection: pool.options.connectionString as string }))
      return async (sql, params) => {
        const connection = (await client.acquireConnection()) as Pool
        try {
          return (await connection.query<Rows[number]>(sql, [...params])).rows
        } finally {
          await client.releaseConnection(connection)
        }
      }
    },
    prisma() {
      const client = (prisma = openPrisma(pool.options.connectionString as string))
      return async (sql, params) => client.$queryRawUnsafe<Rows>(sql, ...params)
    },
    // Its requests over HTTP are answered by the local server: one statement each, all values as text.
    'neon over HTTP'() {
      neonConfig.fetchFunction = async (_url: string, { body }: { body: string }) => {
        const { query, params } = JSON.parse(body) as { query: string; params: unknown[] }
        const asText = { getTypeParser: () => (value: string) => value }
        try {
          const { rows, fields, command, rowCount } = await pool.query({
            text: query,
            values: params,
            rowMode: 'array',
            types: asText as never,
          })
          return Response.json({ rows, fields, command, rowCount, rowAsArray: true })
        } catch (error) {
          const { message, code, detail, constraint, table, column } = error as DatabaseError
          return Response.json({ message, code, detail, constraint, table, column }, { status: 400 })
        }
      }
      const sql = neon('postgres://user:password@db.example.com/app')
      return (text, params) => sql.query(text, [...params])
    },
  }

  it.each(Object.entries(OVER))('%s says what the database refused, and no value', async (_, open) => {
    const query = discreetQuery(open())
    await pool.query('create table if not exists handles (handle text constraint handle_taken unique)')
    const take = () => query('insert into handles values ($1)', ['ada@x.test'])
    await pool.query('delete from handles')
    await take()
    await expect(take()).rejects.toMatchObject({
      code: '23505',
      message: expect.stringMatching(/^the database refused or did not answer \(23505, handle_taken/) as string,
    })
    await expect(query('select missing from handles', [])).rejects.toMatchObject({
      code: '42703',
      message: expect.stringContaining('column "missing" does not exist') as string,
    })
    const wrong: unknown = await query('select $1::uuid', ['ada@x.test']).catch((error: unknown) => error)
    expect(wrong).toMatchObject({ code: '22P02' })
    expect(inspect(wrong, { depth: 9, showHidden: true })).not.toContain('ada')
  })

  it.each(Object.entries(OVER))('%s does', async (name, open) => {
    const query = open()
    await installSchema(query)
    const verifier = name.replaceAll(' ', '-')
    const people = accounts(query, {
      users: { table: 'users', email: 'email', active: 'is_active' },
      memberships: {
        table: 'organization_memberships',
        user: 'user_id',
        organization: 'organization_id',
        role: 'role',
      },
      verifiers: { [verifier]: { provision: 'create' } },
    })
    const claims = { email: `${name}@x.test`, email_verified: true }
    const person = (subject: string) => identity({ verifier, subject, claims })
    const made = (await people.link(person('a'))) as { id: string }
    expect(await people.link(person('a'))).toEqual(made)
    expect(await people.link(person('b'))).toEqual({ refuse: 'account_conflict', reason: 'address_taken' })
    const [conflict] = await people.conflicts.list()
    expect(conflict).toMatchObject({ account: made.id, seen: 1 })
    expect(
      await people.conflicts.resolve(conflict!.id, { resolution: 'separate', actor: 'grace', reason: 'no' }),
    ).toEqual({ ok: true })
    expect(await people.link(person('b'))).toMatchObject({ active: true })
  })
})
