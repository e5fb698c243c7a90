import * as argon2 from '@node-rs/argon2'
import * as bcrypt from '@node-rs/bcrypt'
import { describeWith } from '@dualauth/servers'
import { getMigrations } from 'better-auth/db/migration'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { lazyImport, type LazyImportOptions, type LegacyPerson } from '../../src/better-auth/index.js'
import { createPasswords, type BcryptLibrary } from '../../src/index.js'
import { ASCII } from '../fixtures/made.js'
import { anAddress, createWorld, oldHash, openDatabase, type World } from './world.js'

describeWith('PostgreSQL', 'moving people at their first sign-in', () => {
  /** The table of the old side. */
  const old = new Map<string, LegacyPerson>()
  const asked: string[] = []
  let checks = 0
  const counted: BcryptLibrary = {
    compare(password, hash) {
      checks++
      return bcrypt.compare(password, hash)
    },
  }
  let database: Awaited<ReturnType<typeof openDatabase>>
  let world: World

  const worldWith = async (more: Partial<LazyImportOptions> = {}): Promise<World> => {
    const dummyHash = await oldHash('nobody')
    const passwords = createPasswords({ bcrypt: counted, dummyHash, queueLimit: 200, maxWaitMs: 60_000 })
    const find = (email: string) => {
      asked.push(email)
      return old.get(email) ?? null
    }
    return createWorld(database.pool, { plugins: [lazyImport({ passwords, find, ...more })] })
  }

  beforeAll(async () => {
    database = await openDatabase()
    world = await worldWith()
  })
  afterAll(() => database.close())
  beforeEach(() => {
    asked.length = 0
    checks = 0
  })

  it('brings a person over who knows the password, and asks the old side no more', async () => {
    const email = anAddress()
    old.set(email, { hash: await oldHash(ASCII), id: `old-${email}`, name: 'Ada', emailVerified: true })
    const reply = await world.signIn(email.toUpperCase(), ASCII)
    expect(reply.status).toBe(200)
    expect(reply.cookie).toContain('session_token')
    const [user] = await world.rows('user', email)
    expect(user).toMatchObject({ id: `old-${email}`, name: 'Ada', email, emailVerified: true })
    expect(await world.rows('account', email)).toMatchObject([{ accountId: user!['id'], providerId: 'credential' }])
    expect(await world.storedHash(email)).toMatch(/^[\da-f]{32}:[\da-f]{128}$/)
    expect(asked).toEqual([email])
    expect((await world.signIn(email, ASCII)).status).toBe(200)
    expect(asked).toEqual([email])
  })

  it.each([undefined, null, false])('takes an address for unproven that is %s', async (emailVerified) => {
    const email = anAddress()
    old.set(email, { hash: await oldHash(ASCII), ...(emailVerified !== undefined && { emailVerified }) })
    expect((await world.signIn(email, ASCII)).status).toBe(200)
    expect(await world.rows('user', email)).toMatchObject([{ emailVerified: false, name: '' }])
  })

  it('answers all of many first sign-ins, and makes one person', async () => {
    const email = anAddress()
    old.set(email, { hash: await oldHash(ASCII) })
    const others = await Promise.all([worldWith(), worldWith()])
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, index) => [world, ...others][index % 3]!.signIn(email, ASCII)),
    )
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200))
    expect(await world.rows('user', email)).toHaveLength(1)
    expect(await world.rows('account', email)).toHaveLength(1)
    expect(await world.rows('session', email)).toHaveLength(12)
  })

  it('makes nothing of a wrong password, an unknown address or a person without a password', async () => {
    const [email, nobody, without] = [anAddress(), anAddress(), anAddress()]
    old.set(email, { hash: await oldHash(ASCII) })
    old.set(without, { hash: null })
    for (const address of [email, nobody, without]) {
      checks = 0
      expect(await world.signIn(address, 'wrong')).toMatchObject({ status: 401, code: 'INVALID_EMAIL_OR_PASSWORD' })
      expect(await world.rows('user', address)).toEqual([])
      // The same work each time.
      expect(checks).toBe(1)
    }
  })

  it('does the work of the old side for a wrong password of one who has moved, and none for a right one', async () => {
    const email = anAddress()
    old.set(email, { hash: await oldHash(ASCII) })
    expect((await world.signIn(email, ASCII)).status).toBe(200)
    checks = 0
    expect((await world.signIn(email, ASCII)).status).toBe(200)
    expect(checks).toBe(0)
    expect((await world.signIn(email, 'wrong')).status).toBe(401)
    expect(checks).toBe(1)
  })

  it('never touches a person who is there already', async () => {
    const [withPassword, withGoogle] = [anAddress(), anAddress()]
    const kept = `${'a'.repeat(32)}:${'b'.repeat(128)}`
    await world.insert(withPassword, kept)
    await world.insert(withGoogle, null)
    for (const email of [withPassword, withGoogle]) {
      old.set(email, { hash: await oldHash(ASCII), name: 'Somebody else' })
      expect((await world.signIn(email, ASCII)).status).toBe(email === withPassword ? 401 : 409)
      expect(await world.rows('user', email)).toMatchObject([{ name: 'Old' }])
    }
    expect(await world.storedHash(withPassword)).toBe(kept)
    expect(await world.rows('account', withGoogle)).toEqual([])
  })

  it('gives the password to one who was brought over before, by the very id', async () => {
    const email = anAddress()
    const id = await world.insert(email, null)
    old.set(email, { hash: await oldHash(ASCII), id, name: 'New name' })
    expect((await world.signIn(email, 'wrong')).status).toBe(401)
    expect((await world.signIn(email, ASCII)).status).toBe(200)
    expect(await world.rows('user', email)).toMatchObject([{ id, name: 'Old' }])
    expect(await world.storedHash(email)).toMatch(/^[\da-f]{32}:/)
  })

  it('leaves no half of a person behind when the database refuses the account', async () => {
    const email = anAddress()
    old.set(email, { hash: await oldHash(ASCII) })
    await database.pool.query('ALTER TABLE account ADD CONSTRAINT no_more CHECK (false) NOT VALID')
    try {
      const reply = await world.signIn(email, ASCII)
      expect(reply).toMatchObject({ status: 503, code: 'account_unavailable' })
      expect(reply.retryAfter).toBe('5')
      expect(await world.rows('user', email)).toEqual([])
    } finally {
      await database.pool.query('ALTER TABLE account DROP CONSTRAINT no_more')
    }
    expect((await world.signIn(email, ASCII)).status).toBe(200)
  })

  describe('an outage of the old side', () => {
    it.each<[string, Partial<LazyImportOptions>]>([
      ['that rejects', { find: () => Promise.reject(new Error('connect ECONNREFUSED secret-host')) }],
      [
        'that throws',
        {
          find() {
            throw new Error('no pool')
          },
        },
      ],
      ['that does not answer', { find: () => new Promise<never>(() => {}), timeoutMs: 20 }],
    ])('is 503 and not a wrong password: %s', async (_, more) => {
      const broken = await worldWith(more)
      const reply = await broken.signIn(anAddress(), ASCII)
      expect(reply).toMatchObject({ status: 503, code: 'account_unavailable', retryAfter: '5' })
      expect(reply.text).not.toContain('secret-host')
      // Who has moved does not notice.
      const moved = anAddress()
      old.set(moved, { hash: await oldHash(ASCII) })
      expect((await world.signIn(moved, ASCII)).status).toBe(200)
      expect((await broken.signIn(moved, ASCII)).status).toBe(200)
      expect((await broken.signUp(anAddress(), ASCII)).status).toBe(503)
    })

    it('is 503 for a hash that cannot be judged', async () => {
      const email = anAddress()
      old.set(email, { hash: '5f4dcc3b5aa765d61d8327deb882cf99' })
      expect(await world.signIn(email, ASCII)).toMatchObject({ status: 503, code: 'password_format_unknown' })
      expect(await world.rows('user', email)).toEqual([])
    })
  })

  it.each([[7], [''], [null], [{ toString: () => 'x' }], ['a\0b']])(
    'takes an id that is no text for an outage: %j',
    async (id) => {
      const email = anAddress()
      old.set(email, { hash: await oldHash(ASCII), id: id as never })
      expect(await world.signIn(email, ASCII)).toMatchObject({ status: 503, code: 'account_unavailable' })
      expect(await world.rows('user', email)).toEqual([])
    },
  )

  it('says of nobody in a log who it is, or what was typed', async () => {
    const email = anAddress()
    const hash = await oldHash(ASCII)
    old.set(email, { hash })
    const written: string[] = []
    const streams = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        written.push(String(text))
        return true
      }),
    )
    try {
      const others = await Promise.all([worldWith(), worldWith()])
      await Promise.all([0, 1, 2, 3, 4, 5].map((index) => others[index % 2]!.signIn(email, ASCII)))
      const failing = await worldWith({ find: () => Promise.reject(new Error(`no row for ${email} ${hash}`)) })
      expect((await failing.signIn(anAddress(), ASCII)).status).toBe(503)
      await database.pool.query('ALTER TABLE account ADD CONSTRAINT no_more CHECK (false) NOT VALID')
      const fresh = anAddress()
      old.set(fresh, { hash })
      expect((await others[0]!.signIn(fresh, ASCII)).status).toBe(503)
      for (const text of [...written, ...failing.logged, ...others.flatMap(({ logged }) => logged)]) {
        expect(text).not.toContain(ASCII)
        expect(text).not.toContain(hash)
        expect(text).not.toContain(email)
        expect(text).not.toContain(fresh)
      }
    } finally {
      for (const stream of streams) stream.mockRestore()
      await database.pool.query('ALTER TABLE account DROP CONSTRAINT IF EXISTS no_more')
    }
  })

  it('lets nobody sign up with the address of a person who has not come yet', async () => {
    const email = anAddress()
    old.set(email, { hash: await oldHash(ASCII) })
    const refused = { status: 422, code: 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL' }
    expect(await world.signUp(email, 'an attacker')).toMatchObject(refused)
    expect(await world.rows('user', email)).toEqual([])
    expect((await world.signUp(anAddress(), ASCII)).status).toBe(200)
    // As Better Auth itself says it.
    expect((await world.signIn(email, ASCII)).status).toBe(200)
    expect(await world.signUp(email, 'an attacker')).toMatchObject(refused)
    const open = await worldWith({ guardSignUp: false })
    const other = anAddress()
    old.set(other, { hash: await oldHash(ASCII) })
    expect((await open.signUp(other, ASCII)).status).toBe(200)
  })

  it.each([
    [{ password: 'x' }],
    [{ email: 7, password: 'x' }],
    [{ email: 'a@b.c' }],
    [{ email: 'not an address', password: 'x' }],
    [{ email: ' a@b.example', password: 'x' }],
    [{ email: 'a\0@b.example', password: 'x' }],
    [[]],
  ])('leaves to Better Auth what is no sign-in: %j', async (body) => {
    const reply = await world.signIn((body as { email: string }).email, (body as { password: string }).password)
    expect(reply.status).toBe(400)
    expect(asked).toEqual([])
  })

  it('brings nobody over again who has another address since', async () => {
    const [before, since] = [anAddress(), anAddress()]
    old.set(before, { hash: await oldHash(ASCII), id: `old-${before}` })
    expect((await world.signIn(before, ASCII)).status).toBe(200)
    await database.pool.query('UPDATE "user" SET email = $2 WHERE email = $1', [before, since])
    expect((await world.signIn(before, ASCII)).status).toBe(401)
    expect((await world.signIn(since, ASCII)).status).toBe(200)
    expect(await world.rows('user', before)).toEqual([])
  })

  it('lets Better Auth judge what it makes, of whichever target', async () => {
    const target = { format: 'argon2id', memoryKiB: 8_192 } as const
    const passwords = createPasswords({ bcrypt, argon2, target })
    const strong = createWorld(database.pool, {
      plugins: [lazyImport({ passwords, find: (address) => old.get(address) ?? null })],
    })
    const email = anAddress()
    old.set(email, { hash: await oldHash(ASCII) })
    for (let round = 0; round < 2; round++) expect((await strong.signIn(email, ASCII)).status).toBe(200)
    expect((await strong.signIn(email, 'wrong')).status).toBe(401)
    expect(await strong.storedHash(email)).toMatch(/^\$argon2id\$/)
    const own = anAddress()
    expect((await strong.signUp(own, ASCII)).status).toBe(200)
    expect((await strong.signIn(own, ASCII)).status).toBe(200)
    await database.pool.query(`UPDATE account SET password = 'a hash that nobody knows' WHERE password = $1`, [
      await strong.storedHash(own),
    ])
    expect((await strong.signIn(own, ASCII)).status).toBe(500)
  })

  it('takes another spelling of a uuid for the same person, where ids are uuids', async () => {
    await database.pool.query('create schema if not exists uuids')
    const pool = new pg.Pool({ connectionString: database.url, options: '-c search_path=uuids' })
    pool.on('error', () => {})
    const plugins = [
      lazyImport({ passwords: createPasswords({ bcrypt }), find: (address) => old.get(address) ?? null }),
    ]
    const options = { advanced: { database: { generateId: 'uuid' as const } } }
    await (await getMigrations({ database: pool, plugins, ...options })).runMigrations()
    const uuids = createWorld(pool, { plugins, options })
    const [email, there, id] = [anAddress(), anAddress(), crypto.randomUUID()]
    await uuids.insert(there, null, id)
    old.set(there, { hash: await oldHash(ASCII), id: id.toUpperCase() })
    const other = crypto.randomUUID()
    old.set(email, { hash: await oldHash(ASCII), id: other.toUpperCase() })
    for (const address of [email, there]) {
      expect((await uuids.signIn(address, ASCII)).status).toBe(200)
      const [user] = await uuids.rows('user', address)
      expect([id, other]).toContain(user!['id'])
      expect(await uuids.rows('account', address)).toMatchObject([{ accountId: user!['id'] }])
    }
    await pool.query('delete from "user"')
    old.set(email, { hash: await oldHash(ASCII), id: other })
    expect((await uuids.signIn(email, ASCII)).status).toBe(401)
    await pool.end()
  })

  it('works where the database makes the ids', async () => {
    const passwords = createPasswords({ bcrypt })
    const email = anAddress()
    old.set(email, { hash: await oldHash(ASCII) })
    const serial = createWorld(database.pool, {
      plugins: [lazyImport({ passwords, find: (address) => old.get(address) ?? null })],
      options: { advanced: { database: { generateId: false } } },
    })
    await database.pool.query('ALTER TABLE "user" ALTER COLUMN id SET DEFAULT gen_random_uuid()::text')
    for (const table of ['account', 'session', 'legacyMove'])
      await database.pool.query(`ALTER TABLE "${table}" ALTER COLUMN id SET DEFAULT gen_random_uuid()::text`)
    expect((await serial.signIn(email, ASCII)).status).toBe(200)
    const [user] = await world.rows('user', email)
    expect(await world.rows('account', email)).toMatchObject([{ accountId: user!['id'] }])
  })

  it.each([
    [{}, 'lazyImport.passwords'],
    [{ passwords: createPasswords() }, 'lazyImport.find'],
    [{ passwords: createPasswords(), find: () => null, timeoutMs: 0 }, 'lazyImport.timeoutMs'],
  ])('refuses wrong options by name', (options, named) => {
    expect(() => lazyImport(options as never)).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringContaining(named) }),
    )
  })
})
