import * as argon2 from '@node-rs/argon2'
import * as bcrypt from '@node-rs/bcrypt'
import { createPasswords } from '@dualauth/passwords'
import { describe, expect, it } from 'vitest'
import { MADE } from '../../../passwords/test/fixtures/made.js'
import { PUBLISHED } from '../../../passwords/test/fixtures/published.js'
import { passwordFormatOf } from '../../src/index.js'
import { takesPassword } from '../../src/targets/better-auth/password.js'

const BCRYPT = '$2b$10$abcdefghijklmnopqrstuuJwHEnVLdrzTvlkZqcZ2Ozu0CkhFqFHi'

describe('the format of a hash', () => {
  it.each([...MADE, ...PUBLISHED])('has the name that @dualauth/passwords gives it: $by', ({ hash, format }) => {
    expect(passwordFormatOf(hash)).toBe(format)
  })

  it.each([
    [`{CRYPT}${BCRYPT}`, 'bcrypt'],
    ['!', 'disabled'],
    ['$6$salt$hash', 'sha512-crypt'],
    ['5f4dcc3b5aa765d61d8327deb882cf99', null],
    ['', null],
  ])('of %s is %s', (hash, format) => expect(passwordFormatOf(hash)).toBe(format))
})

describe('whether Better Auth takes a hash', () => {
  const judged = (hash: string, passwords: Parameters<typeof takesPassword>[0]) =>
    takesPassword(passwords, { hash, format: passwordFormatOf(hash) })

  it('is what the passwords say that judge it there', () => {
    const all = createPasswords({ bcrypt, argon2 })
    for (const { hash } of MADE) expect(judged(hash, all)).toBe(true)
    expect(judged('!', all)).toBe(false)
    expect(judged('$6$salt$hash', all)).toBe(false)
    expect(judged(BCRYPT.slice(0, -9), all)).toBe(false)
    expect(judged(BCRYPT, createPasswords())).toBe(false)
    expect(judged(BCRYPT.replace('$10$', '$31$'), all)).toBe(false)
  })

  it('is what formats by name say', () => {
    expect(judged(BCRYPT, ['bcrypt'])).toBe(true)
    expect(judged(BCRYPT, ['better-auth'])).toBe(false)
  })

  it('does not hide a mistake of the judge', () => {
    const broken = {
      describeHash: () => {
        throw new TypeError('broken')
      },
    }
    expect(() => judged(BCRYPT, broken)).toThrow('broken')
  })
})
