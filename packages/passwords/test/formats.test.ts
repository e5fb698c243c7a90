import * as argon2 from '@node-rs/argon2'
import * as bcrypt from '@node-rs/bcrypt'
import { hashPassword as betterAuthHash, verifyPassword as betterAuthVerify } from 'better-auth/crypto'
import bcryptjs from 'bcryptjs'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createPasswords, firebaseHash } from '../src/index.js'
import { ASCII, MADE, UNICODE } from './fixtures/made.js'
import { FIREBASE, PUBLISHED } from './fixtures/published.js'

const passwords = createPasswords({ bcrypt, argon2 })

describe('a hash that other software made', () => {
  it.each([...MADE, ...PUBLISHED])('$by: $format', async ({ format, password, hash }) => {
    expect(await passwords.verifyPassword(hash, password)).toEqual({
      ok: true,
      needsRehash: true,
      format,
      truncated: false,
    })
    const wrong = { ok: false, needsRehash: false, format, truncated: false }
    expect(await passwords.verifyPassword(hash, `${password}x`)).toEqual(wrong)
    expect(passwords.describeHash(hash)).toEqual({ format, needsRehash: true })
  })

  it.each(MADE.filter(({ hash }) => /\$2[ay]\$06\$/.test(hash)))('is judged by bcryptjs, too: $by', async (made) => {
    const pure = createPasswords({ bcrypt: bcryptjs })
    expect(await pure.verifyPassword(made.hash, made.password)).toMatchObject({ ok: true })
    expect(await pure.verifyPassword(made.hash, 'another')).toMatchObject({ ok: false })
  })

  it('of PBKDF2 is read as the PHC form writes it', async () => {
    const rows = MADE.filter(({ by }) => by.startsWith('passlib: pbkdf2'))
    expect(rows).toHaveLength(6)
    for (const { hash, password } of rows) {
      const [, id = '', rounds = '', salt = '', key = ''] = hash.replaceAll('.', '+').split('$')
      const name = id === 'pbkdf2' ? 'pbkdf2-sha1' : id
      const length = Buffer.from(key, 'base64').length
      for (const parameters of [`i=${rounds}`, `i=${rounds},l=${length}`]) {
        const phc = `$${name}$${parameters}$${salt}$${key}`
        expect(await passwords.verifyPassword(phc, password)).toMatchObject({ ok: true, format: 'pbkdf2' })
      }
    }
  })

  it('of bcrypt counts with the prefix {CRYPT} of a directory', async () => {
    const { hash, password } = MADE[0]!
    expect(await passwords.verifyPassword(`{CRYPT}${hash}`, password)).toMatchObject({ ok: true, format: 'bcrypt' })
  })
})

it('is of each format that the page names, but those that have tests of their own', () => {
  const page = readFileSync(new URL('../../../docs/passwords.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('| `format`'), page.indexOf('Our tests check'))
  const cells = table.split('\n').flatMap((row) => row.split('|')[1] ?? [])
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([a-z\d-]+)`/g)].map(([, name]) => name)).slice(1)
  const proven = new Set([...MADE, ...PUBLISHED].map(({ format }) => format))
  expect(named.length).toBeGreaterThan(12)
  expect(named.filter((name) => !proven.has(name!) && name !== '-v3')).toEqual(['better-auth', 'disabled'])
  const unnamed = [...proven].filter((format) => !table.includes(format.replace('aspnet-v3', '-v3')))
  expect(unnamed).toEqual(['argon2i', 'argon2d'].filter((format) => !table.includes(format)))
})

describe('a hash of Firebase', () => {
  const firebase = createPasswords({ firebase: FIREBASE.project })

  it('counts with the parameters of the project', async () => {
    const hash = firebaseHash(FIREBASE.user)
    expect(await firebase.verifyPassword(hash, FIREBASE.password)).toMatchObject({
      ok: true,
      format: 'firebase-scrypt',
    })
    expect(await firebase.verifyPassword(hash, 'user2password')).toMatchObject({ ok: false })
  })

  it('counts in base64url, as the export writes it', async () => {
    const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_')
    const hash = firebaseHash({ salt: urlSafe(FIREBASE.user.salt), passwordHash: urlSafe(FIREBASE.user.passwordHash) })
    expect(await firebase.verifyPassword(hash, FIREBASE.password)).toMatchObject({ ok: true })
  })

  it('cannot be judged without the parameters', async () => {
    await expect(passwords.verifyPassword(firebaseHash(FIREBASE.user), FIREBASE.password)).rejects.toMatchObject({
      code: 'password_format_unknown',
      status: 503,
    })
  })
})

describe('hashes of Better Auth', () => {
  it.each([ASCII, UNICODE, 'ﬁ Å'])('are the same here and there: %s', async (password) => {
    const theirs = await betterAuthHash(password)
    expect(await passwords.verifyPassword(theirs, password)).toEqual({
      ok: true,
      needsRehash: false,
      format: 'better-auth',
      truncated: false,
    })
    expect(await passwords.verifyPassword(theirs, `${password} `)).toMatchObject({ ok: false })
    const ours = await passwords.hashPassword(password)
    expect(await betterAuthVerify({ hash: ours, password })).toBe(true)
    expect(await betterAuthVerify({ hash: ours, password: `${password} ` })).toBe(false)
  })
})

describe('a target of argon2id', () => {
  const target = { format: 'argon2id', memoryKiB: 8_192, passes: 2, parallelism: 1 } as const
  const strict = createPasswords({ bcrypt, argon2, target })

  it('makes hashes that need no other', async () => {
    const hash = await strict.hashPassword(UNICODE)
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=8192,t=2,p=1\$/)
    expect(await strict.verifyPassword(hash, UNICODE)).toMatchObject({ ok: true, needsRehash: false })
  })

  it('leaves stronger hashes alone and replaces weaker ones', async () => {
    const hash = await argon2.hash(ASCII, { memoryCost: 16_384, timeCost: 2, parallelism: 2 })
    expect(strict.describeHash(hash)).toMatchObject({ needsRehash: false })
    expect(strict.describeHash(await argon2.hash(ASCII, { memoryCost: 8_192, timeCost: 1 }))).toMatchObject({
      needsRehash: true,
    })
    expect(strict.describeHash(await betterAuthHash(ASCII))).toMatchObject({ needsRehash: true })
  })

  it('needs its library', () => {
    expect(() => createPasswords({ target })).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringContaining('argon2') }),
    )
  })
})
