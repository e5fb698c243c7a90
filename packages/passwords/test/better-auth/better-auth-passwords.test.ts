import { betterAuth, type BetterAuthOptions } from 'better-auth'
import { betterAuth as betterAuth14 } from 'better-auth-1.4'
import { getMigrations } from 'better-auth/db/migration'
import pg from 'pg'
import { describeWith } from '@dualauth/servers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { betterAuthPasswords, legacyMoves, type PasswordInstance } from '../../src/better-auth/index.js'
import { onLegacyLogin } from '../../src/index.js'
import { openDatabase } from './world.js'

type Make = (options: BetterAuthOptions) => ReturnType<typeof betterAuth>
const VERSIONS: readonly (readonly [string, Make])[] = [
  ['1.7.7', betterAuth],
  // What it does counts, whatever its types say.
  ['1.4.22', betterAuth14 as never],
]

describeWith('PostgreSQL', 'the password of a login of the old side, pushed to Better Auth', () => {
  let opened: Awaited<ReturnType<typeof openDatabase>>
  beforeAll(async () => void (opened = await openDatabase()))
  afterAll(() => opened.close())
  const optionsOf = (pool: pg.Pool, more: Partial<BetterAuthOptions> = {}): BetterAuthOptions => ({
    database: pool,
    baseURL: 'http://localhost:3000',
    secret: 'a secret of a test that is long enough',
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [legacyMoves()],
    ...more,
  })

  describe.each(VERSIONS)('%s', (_version, make) => {
    beforeEach(() => opened.pool.query('truncate "user", "legacyMove" cascade'))
    const insert = (id: string, email = `${id}@example.com`) =>
      opened.pool.query(
        `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt") values ($1, 'Old', $2, true, now(), now())`,
        [id, email],
      )
    const accounts = async () =>
      (await opened.pool.query(`select "userId" as u, "accountId" as a from account order by 1`)).rows as unknown[]
    const signIn = async (server: ReturnType<Make>, email: string, password: string) =>
      (await server.api.signInEmail({ body: { email, password }, asResponse: true })).status
    const hookOf = (server: ReturnType<Make>, find?: (id: string) => string | null) =>
      onLegacyLogin({ to: betterAuthPasswords(server as PasswordInstance, find === undefined ? {} : { find }) })

    it('signs the person in there, and is written once, however many logins and processes there are', async () => {
      await insert('u-1')
      const pools = [0, 1, 2, 3].map(() => new pg.Pool({ connectionString: opened.url, max: 4 }))
      const servers = pools.map((pool) => make(optionsOf(pool)))
      const hooks = servers.map((server) => hookOf(server))
      const login = { userId: 'u-1', password: 'correct horse' }
      const outcomes = await Promise.all([...hooks, ...hooks].map((push) => push(login)))
      expect(new Set(outcomes)).toEqual(new Set(['set', 'kept']))
      expect(await accounts()).toEqual([{ u: 'u-1', a: 'u-1' }])
      expect(await signIn(servers[0]!, 'u-1@example.com', 'correct horse')).toBe(200)
      expect(await signIn(servers[0]!, 'u-1@example.com', 'wrong horse')).toBe(401)
      await Promise.all(pools.map((pool) => pool.end()))
    })

    it('is not written over one that the person has chosen since', async () => {
      const server = make(optionsOf(opened.pool))
      const { user } = await server.api.signUpEmail({
        body: { email: 'ada@example.com', password: 'my new horse', name: 'Ada' },
      })
      expect(await hookOf(server)({ userId: user.id, password: 'the old horse' })).toBe('kept')
      expect(await signIn(server, 'ada@example.com', 'my new horse')).toBe(200)
      expect(await signIn(server, 'ada@example.com', 'the old horse')).toBe(401)
    })

    it('does not come back once the person has removed it, nor where a chosen one was removed', async () => {
      const server = make(optionsOf(opened.pool))
      await insert('u-1')
      await insert('u-2')
      const push = hookOf(server)
      expect(await push({ userId: 'u-1', password: 'correct horse' })).toBe('set')
      await opened.pool.query(`delete from account where "userId" = 'u-1'`)
      expect(await push({ userId: 'u-1', password: 'correct horse' })).toBe('kept')
      await opened.pool.query(
        `insert into account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt") values ('a', 'u-2', 'credential', 'u-2', 'chosen', now(), now())`,
      )
      expect(await push({ userId: 'u-2', password: 'correct horse' })).toBe('kept')
      await opened.pool.query(`delete from account`)
      expect(await push({ userId: 'u-2', password: 'correct horse' })).toBe('kept')
      expect(await accounts()).toEqual([])
    })

    it('is for the linked person alone, and for nobody with the same address', async () => {
      await insert('b-7', 'ada@example.com')
      const server = make(optionsOf(opened.pool))
      const login = { userId: 'u-1', password: 'correct horse' }
      expect(await hookOf(server)(login)).toBe('absent')
      expect(await hookOf(server, () => null)(login)).toBe('absent')
      expect(await accounts()).toEqual([])
      expect(await hookOf(server, (id) => (id === 'u-1' ? 'b-7' : null))(login)).toBe('set')
      expect(await signIn(server, 'ada@example.com', 'correct horse')).toBe(200)
    })

    it('fails quietly where the database is away', async () => {
      const gone = new pg.Pool({ connectionString: 'postgres://127.0.0.1:1/none' })
      expect(await hookOf(make(optionsOf(gone)))({ userId: 'u-1', password: 'correct horse' })).toBe('failed')
      await gone.end()
    })
  })

  it('is written where ids are uuids, too', async () => {
    await opened.pool.query('create schema if not exists uuids')
    const pool = new pg.Pool({ connectionString: opened.url, options: '-c search_path=uuids' })
    const server = betterAuth(optionsOf(pool, { advanced: { database: { generateId: 'uuid' } } }))
    await (await getMigrations(server.options)).runMigrations()
    const id = crypto.randomUUID()
    await pool.query(
      `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt") values ($1, 'Old', 'u@example.com', true, now(), now())`,
      [id],
    )
    const push = () => onLegacyLogin({ to: betterAuthPasswords(server) })({ userId: id, password: 'correct horse' })
    expect((await Promise.all([push(), push()])).toSorted()).toEqual(['kept', 'set'])
    const body = { email: 'u@example.com', password: 'correct horse' }
    expect((await server.api.signInEmail({ body, asResponse: true })).status).toBe(200)
    await pool.end()
  })

  it('refuses at once what is no instance', () => {
    expect(() => betterAuthPasswords({} as never)).toThrow('betterAuthPasswords.instance')
    const forgetful = betterAuth({ ...optionsOf(opened.pool), plugins: [] })
    expect(() => betterAuthPasswords(forgetful)).toThrow('legacyMoves()')
    expect(() => betterAuthPasswords(null as never)).toThrow('betterAuthPasswords.instance')
  })
})
