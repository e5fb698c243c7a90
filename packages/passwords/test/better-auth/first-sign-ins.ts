import * as bcrypt from '@node-rs/bcrypt'
import { describeWith } from '@dualauth/servers'
import type { BetterAuthOptions } from 'better-auth'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lazyImport, type LegacyPerson } from '../../src/better-auth/index.js'
import { createPasswords } from '../../src/index.js'
import { anAddress, createWorld, oldHash, openDatabase, type World } from './world.js'

const PASSWORD = 'correct horse'

/** How Better Auth may stand on its database. */
const DATABASES: readonly (readonly [string, (pool: pg.Pool) => Partial<BetterAuthOptions>])[] = [
  ['with transactions', (pool) => ({ database: pool })],
  // As the adapters of Drizzle and Prisma are without their option `transaction`.
  [
    'without transactions',
    (pool) => ({ database: { db: new Kysely({ dialect: new PostgresDialect({ pool }) }), type: 'postgres' } }),
  ],
  ['whose database makes the ids', (pool) => ({ database: pool, advanced: { database: { generateId: false } } })],
]

/** Many first sign-ins of one person at one moment, in two processes that share a database. @param version Which Better Auth it is. */
export function describeFirstSignIns(version: string): void {
  describeWith('PostgreSQL', `first sign-ins at one moment, Better Auth ${version}`, () => {
    let opened: Awaited<ReturnType<typeof openDatabase>>
    beforeAll(async () => {
      opened = await openDatabase()
      for (const table of ['user', 'account', 'session', 'legacyMove'])
        await opened.pool.query(`ALTER TABLE "${table}" ALTER COLUMN id SET DEFAULT gen_random_uuid()::text`)
    })
    afterAll(() => opened.close())

    /** Two processes, each with a pool of its own. */
    async function processes(
      optionsOf: (pool: pg.Pool) => Partial<BetterAuthOptions>,
      size: number,
      people: ReadonlyMap<string, LegacyPerson>,
      work: (worlds: readonly World[]) => Promise<void>,
    ): Promise<void> {
      const passwords = createPasswords({ bcrypt, maxWaitMs: 60_000 })
      const pools = [0, 1].map(() => new pg.Pool({ connectionString: opened.url, max: size }))
      const find = (email: string): LegacyPerson | null => people.get(email) ?? null
      try {
        await work(
          pools.map((pool) =>
            createWorld(pool, { plugins: [lazyImport({ passwords, find })], options: optionsOf(pool) }),
          ),
        )
      } finally {
        await Promise.all(pools.map((pool) => pool.end()))
      }
    }

    const accounts = async (world: World, email: string) =>
      (await world.rows('account', email)).map(({ accountId, providerId }) => [accountId, providerId])
    const all = (worlds: readonly World[], email: string) =>
      Promise.all(Array.from({ length: 10 }, (_, at) => worlds[at % worlds.length]!.signIn(email, PASSWORD)))

    it.each(DATABASES)('are all answered, and make one person, %s', { timeout: 60_000 }, async (name, optionsOf) => {
      for (const size of name === 'with transactions' ? [1, 10] : [10]) {
        const email = anAddress()
        const people = new Map([[email, { hash: await oldHash(PASSWORD) }]])
        await processes(optionsOf, size, people, async (worlds) => {
          const replies = await all(worlds, email)
          expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
          const [user, ...further] = await worlds[0]!.rows('user', email)
          expect(further).toEqual([])
          expect(await accounts(worlds[0]!, email)).toEqual([[user!['id'], 'credential']])
        })
      }
    })

    it.each(DATABASES)(
      'give one password to somebody who was imported without, %s',
      { timeout: 60_000 },
      async (_name, optionsOf) => {
        const [email, id] = [anAddress(), crypto.randomUUID()]
        const people = new Map([[email, { hash: await oldHash(PASSWORD), id }]])
        await processes(optionsOf, 10, people, async (worlds) => {
          await worlds[0]!.insert(email, null, id)
          const replies = await all(worlds, email)
          expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
          expect(await accounts(worlds[0]!, email)).toEqual([[id, 'credential']])
        })
      },
    )
  })
}
