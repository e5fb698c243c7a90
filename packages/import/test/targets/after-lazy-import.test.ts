import { randomBytes } from 'node:crypto'
import * as bcrypt from '@node-rs/bcrypt'
import { createPasswords } from '@dualauth/passwords'
import { betterAuthPassword, lazyImport } from '@dualauth/passwords/better-auth'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { betterAuthTarget, createImport, type BetterAuthTargetOptions, type ImportOptions } from '../../src/index.js'
import { describePostgres } from '../support/database.js'
import { listSource } from '../support/list-source.js'

const PASSWORD = 'correct horse'

describePostgres('an import beside people who come at their first sign-in', ({ query, pool }) => {
  let hash: string
  beforeAll(async () => void (hash = await bcrypt.hash(PASSWORD, { cost: 5, version: '2b' })))
  const idOf = (email: string): string => email.split('@')[0]!
  const make = () => {
    const passwords = createPasswords({ bcrypt, maxWaitMs: 60_000 })
    return betterAuth({
      database: pool(),
      baseURL: 'http://localhost:3000',
      secret: randomBytes(32).toString('hex'),
      emailAndPassword: { enabled: true, password: betterAuthPassword(passwords) },
      user: { changeEmail: { enabled: true, updateEmailWithoutVerification: true } },
      plugins: [lazyImport({ passwords, guardSignUp: false, find: (email) => ({ id: idOf(email), hash }) })],
      rateLimit: { enabled: false },
      telemetry: { enabled: false },
      logger: { disabled: true },
    })
  }
  let server: ReturnType<typeof make>
  beforeEach(async () => {
    await pool().query('drop table if exists "legacyMove", account, session, verification, "user" cascade')
    await (await getMigrations((server = make()).options)).runMigrations()
  })
  const signIn = (email: string) => server.api.signInEmail({ body: { email, password: PASSWORD }, asResponse: true })
  const status = async (id: string) => (await signIn(`${id}@example.com`)).status
  const moving = (
    ids: readonly string[],
    options: Partial<BetterAuthTargetOptions> = {},
    more: Partial<ImportOptions> = {},
  ) =>
    createImport({
      query,
      source: listSource({
        people: ids.map((id) => ({ id, email: `${id}@example.com`, emailVerified: true, passwordHash: hash })),
      }),
      target: betterAuthTarget({ query, pool: pool(), passwords: ['bcrypt', 'better-auth'], ...options }),
      ...more,
    })
  const all = async (sql: string) => (await pool().query(sql)).rows as unknown[]
  const accounts = () => all('select "userId" as id from account order by 1')
  const users = () => all('select id from "user" order by 1')

  it('makes nobody anew who came and was deleted since, and says so', async () => {
    expect(await status('ada')).toBe(200)
    await pool().query('delete from "user"')
    const people = moving(['ada', 'bob'])
    expect((await people.plan()).counts.person).toMatchObject({ created: 1, failed: 1 })
    expect((await people.run()).counts.person).toMatchObject({ created: 1, failed: 1 })
    expect(await users()).toEqual([{ id: 'bob' }])
  })

  it('brings no user and no password back that was removed after it', async () => {
    const people = moving(['ada', 'bob'], {}, { update: true })
    await people.run()
    await pool().query(`delete from "user" where id = 'ada'`)
    await pool().query(`delete from account where "userId" = 'bob'`)
    for (const id of ['ada', 'bob']) expect(await status(id)).toBe(401)
    await people.run()
    for (const id of ['ada', 'bob']) expect(await status(id)).toBe(401)
    expect({ users: await users(), accounts: await accounts() }).toEqual({ users: [{ id: 'bob' }], accounts: [] })
  })

  it('leaves the password to the first sign-in where it has none', async () => {
    await moving(['ada'], { passwords: [] }).run()
    expect(await accounts()).toEqual([])
    expect(await status('ada')).toBe(200)
    expect(await accounts()).toEqual([{ id: 'ada' }])
  })

  it('is taken back whole: whoever was made by it may come by a sign-in', async () => {
    const people = moving(['ada'])
    await people.run()
    await people.rollback()
    expect({ users: await users(), moves: await all('select key from "legacyMove"') }).toEqual({ users: [], moves: [] })
    expect(await status('ada')).toBe(200)
    expect(await users()).toEqual([{ id: 'ada' }])
  })

  it('knows who came by the address, where Better Auth makes the ids', async () => {
    await pool().query('alter table "user" add "legacyId" text unique')
    const people = moving(['ada'], { externalIds: { user: 'legacyId' } })
    await people.run()
    const [{ id }] = (await users()) as [{ id: string }]
    const keys = (await all('select key from "legacyMove" order by 1')) as { key: string }[]
    expect(keys.map(({ key }) => key.split(':')[0])).toEqual(['address', 'password', 'user'])
    expect(id).not.toBe('ada')
    await pool().query('delete from "user"')
    await pool().query('truncate dualauth.import_item, dualauth.identity_link')
    expect((await people.run()).counts.person).toMatchObject({ failed: 1 })
  })

  it.each([false, true])(
    'ends in a conflict where somebody else has changed to the address (linkVerifiedEmail: %s)',
    async (linkVerifiedEmail) => {
      const { headers } = await signIn('mallory@example.com')
      const cookie = headers.get('set-cookie')!.split(';')[0]!
      await server.api.changeEmail({ body: { newEmail: 'ada@example.com' }, headers: new Headers({ cookie }) })
      const before = await all('select u.*, a.* from "user" u join account a on a."userId" = u.id')
      expect(before).toMatchObject([{ userId: 'mallory', email: 'ada@example.com' }])
      const result = await moving(['ada'], {}, { linkVerifiedEmail }).run()
      expect(result.counts.person).toMatchObject({ conflicts: 1, created: 0, adopted: 0 })
      expect(await all('select u.*, a.* from "user" u join account a on a."userId" = u.id')).toEqual(before)
      expect(await all(`select subject from dualauth.identity_link`)).toEqual([])
    },
  )

  it('and sign-ins at the same moment make each person once', { timeout: 60_000 }, async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `person-${index}`)
    const [result, ...statuses] = await Promise.all([
      moving(ids, {}, { batchSize: 3 }).run(),
      ...ids.flatMap((id) => [status(id), status(id)]),
    ])
    expect(new Set(statuses)).toEqual(new Set([200]))
    const { created = 0, adopted = 0 } = result.counts.person as { created?: number; adopted?: number }
    expect(created + adopted).toBe(ids.length)
    expect(await users()).toHaveLength(ids.length)
    expect(await accounts()).toHaveLength(ids.length)
  })
})
