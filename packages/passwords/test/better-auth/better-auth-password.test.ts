import * as argon2 from '@node-rs/argon2'
import * as bcrypt from '@node-rs/bcrypt'
import { describeWith } from '@dualauth/servers'
import { twoFactor } from 'better-auth/plugins'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { betterAuthPassword, rehashOnSignIn } from '../../src/better-auth/index.js'
import { createPasswords, type BcryptLibrary } from '../../src/index.js'
import { ASCII, MADE } from '../fixtures/made.js'
import { anAddress, createWorld, oldHash, openDatabase, type World } from './world.js'

describeWith('PostgreSQL', 'Better Auth with the hashes of other systems', () => {
  const passwords = createPasswords({ bcrypt, argon2, concurrency: 2, queueLimit: 200, maxWaitMs: 60_000 })
  const SCRYPT = /^[\da-f]{32}:[\da-f]{128}$/
  let database: Awaited<ReturnType<typeof openDatabase>>
  let world: World
  beforeAll(async () => {
    database = await openDatabase()
    world = createWorld(database.pool, {
      password: betterAuthPassword(passwords),
      plugins: [rehashOnSignIn(passwords), twoFactor()],
    })
  })
  afterAll(() => database.close())

  it('would answer 500 to them by itself', async () => {
    const bare = createWorld(database.pool, {})
    const email = anAddress()
    await bare.insert(email, await oldHash(ASCII))
    expect((await bare.signIn(email, ASCII)).status).toBe(500)
  })

  it('signs a person in with an old hash, refuses another password, and has its own hash afterwards', async () => {
    const email = anAddress()
    const hash = await oldHash(ASCII)
    await world.insert(email, hash)
    expect(await world.signIn(email, 'wrong')).toMatchObject({ status: 401, code: 'INVALID_EMAIL_OR_PASSWORD' })
    expect(await world.storedHash(email)).toBe(hash)
    expect((await world.signIn(email, ASCII)).status).toBe(200)
    const made = await world.storedHash(email)
    expect(made).toMatch(SCRYPT)
    expect(await world.signIn(email, 'wrong')).toMatchObject({ status: 401 })
    expect((await world.signIn(email, ASCII)).status).toBe(200)
    expect(await world.storedHash(email)).toBe(made)
    // Better Auth alone reads it from now on.
    expect((await createWorld(database.pool, {}).signIn(email, ASCII)).status).toBe(200)
  })

  it.each([...new Set(MADE.map(({ format }) => format))])('signs in with %s', async (format) => {
    const made = MADE.find((one) => one.format === format)!
    const email = anAddress()
    await world.insert(email, made.hash)
    expect((await world.signIn(email, `${made.password}!`)).status).toBe(401)
    expect((await world.signIn(email, made.password)).status).toBe(200)
    expect(await world.storedHash(email)).toMatch(SCRYPT)
  })

  it('lets many sign in at once with one old hash', async () => {
    const email = anAddress()
    await world.insert(email, await oldHash(ASCII))
    const replies = await Promise.all(Array.from({ length: 8 }, () => world.signIn(email, ASCII)))
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
    expect(await world.rows('account', email)).toHaveLength(1)
    expect(await world.storedHash(email)).toMatch(SCRYPT)
  })

  it('does not put back a password that was changed while it was hashed again', async () => {
    const email = anAddress()
    await world.insert(email, await oldHash(ASCII))
    const changed = `${'a'.repeat(32)}:${'b'.repeat(128)}`
    const slow = createPasswords({ bcrypt })
    const changing = createWorld(database.pool, {
      password: betterAuthPassword(slow),
      plugins: [
        rehashOnSignIn({
          ...slow,
          async hashPassword(text) {
            const hash = await slow.hashPassword(text)
            await database.pool.query(
              'UPDATE account SET password = $1 WHERE "userId" IN (SELECT id FROM "user" WHERE email = $2)',
              [changed, email],
            )
            return hash
          },
        }),
      ],
    })
    expect((await changing.signIn(email, ASCII)).status).toBe(200)
    expect(await world.storedHash(email)).toBe(changed)
  })

  it('does not put an old password over another one that somebody has imported meanwhile', async () => {
    const email = anAddress()
    await world.insert(email, await oldHash(ASCII))
    const newer = await oldHash('another password')
    const judge = betterAuthPassword(passwords)
    const importing = createWorld(database.pool, {
      plugins: [rehashOnSignIn(passwords)],
      password: {
        ...judge,
        async verify(input) {
          const isRight = await judge.verify(input)
          await database.pool.query('UPDATE account SET password = $1 WHERE password = $2', [newer, input.hash])
          return isRight
        },
      },
    })
    expect((await importing.signIn(email, ASCII)).status).toBe(200)
    expect(await world.storedHash(email)).toBe(newer)
  })

  it('makes no new password of one that bcrypt has seen a part of only, and whose end is mistyped', async () => {
    const email = anAddress()
    const password = `${'a'.repeat(72)} and its end`
    await world.insert(email, await oldHash(password))
    expect((await world.signIn(email, `${'a'.repeat(72)} and a slip`)).status).toBe(200)
    expect((await world.signIn(email, password)).status).toBe(200)
  })

  it('signs in although the new hash cannot be made, and says so without a secret', async () => {
    const email = anAddress()
    const hash = await oldHash(ASCII)
    await world.insert(email, hash)
    const failing = createWorld(database.pool, {
      password: betterAuthPassword(passwords),
      plugins: [
        rehashOnSignIn({ ...passwords, hashPassword: () => Promise.reject(new Error(`no room for ${ASCII}`)) }),
      ],
    })
    expect((await failing.signIn(email, ASCII)).status).toBe(200)
    expect(await world.storedHash(email)).toBe(hash)
    const log = failing.logged.join('\n')
    expect(log).toContain('dualauth-rehash')
    for (const secret of [ASCII, hash, email]) expect(log).not.toContain(secret)
  })

  it('signs up with hashes of the target', async () => {
    const email = anAddress()
    expect((await world.signUp(email, ASCII)).status).toBe(200)
    expect(await world.storedHash(email)).toMatch(SCRYPT)
  })

  it('replaces the hash of a person with a second factor, who is not signed in yet', async () => {
    const email = anAddress()
    const id = await world.insert(email, await oldHash(ASCII))
    await database.pool.query('UPDATE "user" SET "twoFactorEnabled" = true WHERE id = $1', [id])
    await database.pool.query(
      `INSERT INTO "twoFactor" (id, secret, "backupCodes", "userId") VALUES ($1, 'x', 'x', $1)`,
      [id],
    )
    const reply = await world.signIn(email, ASCII)
    expect(reply).toMatchObject({ status: 200 })
    expect(reply.text).toContain('twoFactorRedirect')
    expect(await world.storedHash(email)).toMatch(SCRYPT)
  })

  it.each([
    ['password_format_unknown', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['password_hash_malformed', '$2y$05$short'],
    ['password_cost_refused', '$2y$31$abcdefghijklmnopqrstuu2cWZ3evg9SCkuaENb4maXfjYJc9cCB2'],
  ])('answers 503 and never 401 to what cannot be judged: %s', async (code, hash) => {
    const email = anAddress()
    await world.insert(email, hash)
    const reply = await world.signIn(email, ASCII)
    expect(reply).toMatchObject({ status: 503, code, retryAfter: '5' })
    expect(reply.text).not.toContain(hash)
  })

  it('answers 503 to too many at once', async () => {
    let release: (isRight: boolean) => void = () => {}
    const held: BcryptLibrary = { compare: () => new Promise<boolean>((resolve) => (release = resolve)) }
    const narrow = createPasswords({ bcrypt: held, concurrency: 1, queueLimit: 0 })
    const busy = createWorld(database.pool, { password: betterAuthPassword(narrow) })
    const email = anAddress()
    await busy.insert(email, await oldHash(ASCII))
    const replies = [busy.signIn(email, ASCII), busy.signIn(email, ASCII)]
    expect(await Promise.race(replies)).toMatchObject({ status: 503, code: 'password_checks_busy', retryAfter: '5' })
    release(true)
    expect((await Promise.all(replies)).map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 503])
  })
})
