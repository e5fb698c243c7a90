import { randomBytes } from 'node:crypto'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { organization } from 'better-auth/plugins'
import { Pool } from 'pg'
import { beforeEach, describe, expect, it } from 'vitest'
import { betterAuthTarget, createImport, type BetterAuthTargetOptions } from '../../src/index.js'
import { describePostgres } from '../support/database.js'
import { listSource } from '../support/list-source.js'

const HASHES = ['bcrypt', 'better-auth']

describePostgres('a rollback at the moment of a sign-in', ({ query, rows, pool, url }) => {
  const make = () =>
    betterAuth({
      database: pool(),
      baseURL: 'http://localhost:3000',
      secret: randomBytes(32).toString('hex'),
      // What is proven here is not how passwords are judged.
      emailAndPassword: { enabled: true, password: { verify: async ({ hash, password }) => hash === password } },
      plugins: [organization()],
      rateLimit: { enabled: false },
      telemetry: { enabled: false },
      logger: { disabled: true },
    })
  let server: ReturnType<typeof make>
  beforeEach(async () => {
    await pool().query(
      'drop table if exists member, invitation, organization, account, session, verification, "user" cascade',
    )
    await (await getMigrations((server = make()).options)).runMigrations()
  })
  const count = 40
  const people = Array.from({ length: count }, (_none, index) => ({
    id: `u-${index}`,
    email: `u${index}@example.com`,
    passwordHash: 'correct horse',
    passwordFormat: 'bcrypt',
  }))
  const memberships = people.map(({ id }) => ({ person: id, organization: 'o-1' }))
  const moving = (options: Partial<BetterAuthTargetOptions>) =>
    createImport({
      query,
      source: listSource({ people, organizations: [{ id: 'o-1', name: 'Acme' }], memberships }),
      target: betterAuthTarget({ query, passwords: HASHES, ...options }),
    })
  const blocked = async () => {
    for (;;) {
      const [row] = await rows(
        `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%for update%'`,
      )
      if (row?.['n'] === 1) return
    }
  }

  describe.each([
    ['with the ledger in the same database', (): Partial<BetterAuthTargetOptions> => ({ pool: pool() })],
    ['with connections for it', (): Partial<BetterAuthTargetOptions> => ({ connections: pool() })],
  ])('%s', (_name, options) => {
    it('waits for a session that is being written, and keeps its person and membership', async () => {
      await moving(options()).run()
      const client = await pool().connect()
      await client.query('begin')
      await client.query(
        `insert into session (id, "userId", token, "expiresAt", "createdAt", "updatedAt")
         values ('s-1', 'u-7', 't-1', now() + interval '1 day', now(), now())`,
      )
      const rolledBack = moving(options()).rollback()
      await blocked()
      await client.query('commit')
      client.release()
      const { counts } = await rolledBack
      expect(counts).toMatchObject({
        person: { removed: count - 1, blocked: 1 },
        membership: { removed: count - 1, blocked: 1 },
        organization: { removed: 0, blocked: 1 },
      })
      expect(await rows('select id from "user"')).toEqual([{ id: 'u-7' }])
      expect(await rows('select id from session')).toEqual([{ id: 's-1' }])
      expect(await rows('select "userId" as u from member')).toEqual([{ u: 'u-7' }])
    })

    it('leaves nobody with a session that is gone', async () => {
      await moving(options()).run()
      const signIns = people.map(async ({ id, email }) => {
        const body = { email, password: 'correct horse' }
        // Somebody who is deleted in between gets an error of the database.
        const response = await server.api.signInEmail({ body, asResponse: true }).catch(() => null)
        return response?.status === 200 ? [id] : []
      })
      const [signedIn] = await Promise.all([Promise.all(signIns), moving(options()).rollback()])
      const left = await rows('select id from "user" order by id')
      const having = await rows('select distinct "userId" as id from session order by 1')
      expect(having).toEqual(
        signedIn
          .flat()
          .toSorted()
          .map((id) => ({ id })),
      )
      expect(left).toEqual(having)
    })
  })

  it('asks for the isolation that it needs, whatever the default of the database is', async () => {
    const strict = new Pool({ connectionString: url(), options: '-c default_transaction_isolation=serializable' })
    await moving({ pool: pool() }).run()
    const client = await pool().connect()
    await client.query('begin')
    await client.query(
      `insert into session (id, "userId", token, "expiresAt", "createdAt", "updatedAt")
       values ('s-1', 'u-7', 't-1', now() + interval '1 day', now(), now())`,
    )
    const rolledBack = moving({ connections: strict }).rollback()
    await blocked()
    await client.query('commit')
    client.release()
    expect((await rolledBack).counts.person).toMatchObject({ removed: count - 1, blocked: 1 })
    await strict.end()
  })
})
