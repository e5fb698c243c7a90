import * as argon2 from '@node-rs/argon2'
import * as bcrypt from '@node-rs/bcrypt'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAuthError } from '@dualauth/core'
import { createPasswords } from '../src/index.js'
import { ASCII, EMPTY, MADE, NUL, SEVENTY_TWO } from './fixtures/made.js'
import { PUBLISHED } from './fixtures/published.js'

const passwords = createPasswords({ bcrypt, argon2 })
const hashBy = (start: string): string => MADE.find(({ by }) => by.startsWith(start))!.hash
const BCRYPT = hashBy('php: password_hash($P, PASSWORD_BCRYPT')

describe('what is stored', () => {
  it.each([
    ['a clear text', ASCII],
    ['an MD5 without a salt', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['MD5 of crypt(3)', '$1$abcdefgh$G6gY5vDaqWmMRrsM9XQ5l/'],
    ['SHA-512 of crypt(3)', '$6$rounds=5000$abc$x'],
    ['a salted MD5 of Django', 'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99'],
    ['the broken bcrypt of 2011', BCRYPT.replace('$2y$', '$2x$')],
    ['a very long text', 'x'.repeat(100_000)],
  ])('is of no known format: %s', async (_, hash) => {
    await expect(passwords.verifyPassword(hash, ASCII)).rejects.toMatchObject({
      code: 'password_format_unknown',
      status: 503,
      retryAfterSeconds: 5,
    })
  })

  it.each([undefined, 42, Buffer.from(BCRYPT), {}])('is no text: %j', async (hash) => {
    await expect(passwords.verifyPassword(hash as never, ASCII)).rejects.toMatchObject({
      code: 'password_format_unknown',
    })
  })

  it.each([
    BCRYPT.slice(0, -1),
    `${BCRYPT}x`,
    `${BCRYPT}\n`,
    BCRYPT.replace('$06$', '$6$'),
    BCRYPT.replace('$06$', '$03$'),
    BCRYPT.replace('$06$', '$32$'),
    BCRYPT.slice(0, -1) + '!',
    'bcrypt$$nonsense',
    '$argon2id$v=19$m=8192,t=2,p=1$abc',
    '$argon2id$v=20$m=8192,t=2,p=1$WXprRi9GM0RaNE5UWmpkRg$OAVjduU9bzNWTfvz9uq9Aa1QP4YEFypYCpWWnk1wM4w',
    '$argon2id$v=19$m=8192,t=0,p=1$WXprRi9GM0RaNE5UWmpkRg$OAVjduU9bzNWTfvz9uq9Aa1QP4YEFypYCpWWnk1wM4w',
    '$argon2id$v=19$m=8192,t=2,p=1$WXprRi9GM0RaNE5UWmpkRg$OAVj',
    `${'a'.repeat(32)}:${'a'.repeat(127)}`,
    `${'a'.repeat(32)}:${'g'.repeat(128)}`,
    '$scrypt$ln=12,r=8$2ltrDSGEcK4V4pxTinHOOQ$fW2x4nUr4inTbfh69xXIbHplAKh2a4a8FSdxbbW17rQ',
    '$scrypt$ln=12,r=8,p=1$2ltrDSGEcK4V4pxTinHOOQ$fW2x',
    'scrypt$1000$salt$8$1$IraBM8cCCnalnHsO0OmS9WBld5egIZIcVd5ZcU8M7xCl7+QvbSMhdGLNUok9EpuyOLQUUrrJb71rpGzrW65qpw==',
    '$pbkdf2-md5$1000$abcd$XWWNi85gJBV242/O216N.Od/Xb70h5it8Kgc5JPa4qU',
    '$pbkdf2-sha256$0$abcd$XWWNi85gJBV242/O216N.Od/Xb70h5it8Kgc5JPa4qU',
    '$pbkdf2-sha256$i=1000,l=16$abcd$XWWNi85gJBV242/O216N.Od/Xb70h5it8Kgc5JPa4qU',
    '$pbkdf2-sha256$1000$abcd$XQ',
    'pbkdf2_sha256$260000$salt$short',
    'pbkdf2_md5$260000$salt$7j14f8ThsL3uJcN2Op/oDakAMOyqnPnz8KkFuM7gM0Y=',
    'AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4A=',
    'AQAAAAIAAAAyAAAAAOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw',
    'AQAAAAIAAAAy/////+MwvhN3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw',
    '{SSHA}q/eq1kOINtvlJqojGr3i0O73TUI=',
    '{SHA}0X3jAxMJqYuuUjQnxcvUffChTggq6jF5',
    '{SSHA}not base64',
    '{SSHA1024}abcd',
    '$P$BhQtwI92P8K0se1l3kfjl9sh3XHwJ3',
    '$P$4hQtwI92P8K0se1l3kfjl9sh3XHwJ31',
    '$P$BhQtwI92P8K0se1l3kfjl9sh3XHwJ3z',
    '$fbscrypt$v=2$42xEC+ixf3L2lw==$lSrf',
    '$fbscrypt$v=1,n=14,r=8,p=2,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bpw==$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsag==',
    '$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bpw==$C0sHCg9ek77hsg==$zKVT',
    '$fbscrypt$v=1,n=x,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bpw==$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsag==',
  ])('is damaged: %j', async (hash) => {
    await expect(passwords.verifyPassword(hash, ASCII)).rejects.toMatchObject({
      code: 'password_hash_malformed',
      status: 503,
    })
  })

  it('is never taken for right or wrong when something of it is lost, and no error repeats it', async () => {
    const all = [...MADE, ...PUBLISHED].map(({ hash }) => hash)
    const outcome = async (hash: string): Promise<string> => {
      try {
        return String((await passwords.verifyPassword(hash, 'x')).ok)
      } catch (cause) {
        if (!isAuthError(cause)) throw cause
        if (hash.length > 16) expect(cause.message).not.toContain(hash.slice(8, 16))
        return cause.code
      }
    }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...all),
        fc.nat(),
        fc.constantFrom('', '$', '!', '=', '\0'),
        async (hash, at, put) => {
          const place = at % hash.length
          expect(await outcome(hash.slice(0, place) + put)).not.toBe('true')
        },
      ),
      { numRuns: 100 },
    )
  })

  it('says that there is no password: none is right', async () => {
    const verdict = { ok: false, needsRehash: false, format: 'disabled', truncated: false }
    for (const hash of ['!QkaMCzNTvHd9', '*', '*LK*', ''])
      expect(await passwords.verifyPassword(hash, hash)).toEqual(verdict)
    const mysql = '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19'
    await expect(passwords.verifyPassword(mysql, 'password')).rejects.toThrow('no known format')
  })
})

/** One of version 3, with other iterations. */
function aspnetOf(iterations: number): string {
  const bytes = Buffer.from(PUBLISHED.find(({ format }) => format === 'aspnet-v3')!.hash, 'base64')
  bytes.writeUInt32BE(iterations, 5)
  return bytes.toString('base64')
}

describe('a hash that costs too much', () => {
  it.each([
    ['bcryptCost', BCRYPT.replace('$06$', '$31$')],
    [
      'pbkdf2Iterations',
      '$pbkdf2-sha256$i=2147483648$WXprRi9GM0RaNE5UWmpkRg$XWWNi85gJBV242/O216N+Od/Xb70h5it8Kgc5JPa4qU',
    ],
    ['pbkdf2Iterations', aspnetOf(2 ** 31)],
    [
      'memoryMiB',
      '$argon2id$v=19$m=4194304,t=1,p=1$WXprRi9GM0RaNE5UWmpkRg$OAVjduU9bzNWTfvz9uq9Aa1QP4YEFypYCpWWnk1wM4w',
    ],
    [
      'passes',
      '$argon2id$v=19$m=8192,t=4294967295,p=1$WXprRi9GM0RaNE5UWmpkRg$OAVjduU9bzNWTfvz9uq9Aa1QP4YEFypYCpWWnk1wM4w',
    ],
    [
      'parallelism',
      '$argon2id$v=19$m=8192,t=1,p=200$WXprRi9GM0RaNE5UWmpkRg$OAVjduU9bzNWTfvz9uq9Aa1QP4YEFypYCpWWnk1wM4w',
    ],
    ['memoryMiB', '$scrypt$ln=31,r=8,p=1$2ltrDSGEcK4V4pxTinHOOQ$fW2x4nUr4inTbfh69xXIbHplAKh2a4a8FSdxbbW17rQ'],
    ['passes', '$scrypt$ln=12,r=8,p=65536$2ltrDSGEcK4V4pxTinHOOQ$fW2x4nUr4inTbfh69xXIbHplAKh2a4a8FSdxbbW17rQ'],
    ['memoryMiB', '$scrypt$ln=1,r=524288,p=16$2ltrDSGEcK4V4pxTinHOOQ$fW2x4nUr4inTbfh69xXIbHplAKh2a4a8FSdxbbW17rQ'],
    // Seven parts of twenty bytes each.
    ['pbkdf2Iterations', `$pbkdf2-sha1$2000000$WXprRi9GM0RaNE5UWmpkRg$${'a'.repeat(170)}A`],
    ['phpassCost', '$P$ShQtwI92P8K0se1l3kfjl9sh3XHwJ31'],
    [
      'memoryMiB',
      '$fbscrypt$v=1,n=30,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bpw==$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsag==',
    ],
  ])('is refused before any work, naming the limit: %s', async (limit, hash) => {
    const begun = performance.now()
    await expect(passwords.verifyPassword(hash, ASCII)).rejects.toMatchObject({
      code: 'password_cost_refused',
      status: 503,
      message: expect.stringContaining(`createPasswords.limits.${limit}`),
    })
    expect(performance.now() - begun).toBeLessThan(200)
  })

  it('counts where the limit is raised', async () => {
    const cheap = createPasswords({ bcrypt, limits: { bcryptCost: 5 } })
    await expect(cheap.verifyPassword(BCRYPT, ASCII)).rejects.toMatchObject({ code: 'password_cost_refused' })
    const dear = createPasswords({ bcrypt, limits: { bcryptCost: 6 } })
    expect(await dear.verifyPassword(BCRYPT, ASCII)).toMatchObject({ ok: true })
  })
})

describe('a library that was not given', () => {
  it.each([
    ['bcrypt', BCRYPT],
    ['argon2', hashBy('php: password_hash($P, PASSWORD_ARGON2ID')],
  ])('%s: is named, and the password is not wrong', async (option, hash) => {
    await expect(createPasswords().verifyPassword(hash, ASCII)).rejects.toMatchObject({
      code: 'password_format_unknown',
      message: expect.stringContaining(`createPasswords.${option}`),
    })
  })
})

describe('a password', () => {
  it('that is empty is never right, even where the hash is of nothing', async () => {
    expect(await bcrypt.compare('', EMPTY)).toBe(true)
    expect(await passwords.verifyPassword(EMPTY, '')).toMatchObject({ ok: false, format: 'bcrypt' })
  })

  it('with a NUL is never right for bcrypt, of which it is the end in C', async () => {
    expect(await passwords.verifyPassword(NUL, 'abc')).toMatchObject({ ok: true })
    expect(await passwords.verifyPassword(NUL, 'abc\0def')).toMatchObject({ ok: false })
    expect(await passwords.verifyPassword(NUL, 'abc\0')).toMatchObject({ ok: false })
    const withNul = await bcrypt.hash('abc\0def', { cost: 4 })
    expect(await passwords.verifyPassword(withNul, 'abc\0def')).toMatchObject({ ok: false })
  })

  it('with a NUL is one like others where the format keeps it', async () => {
    const hash = await passwords.hashPassword('abc\0def')
    expect(await passwords.verifyPassword(hash, 'abc\0def')).toMatchObject({ ok: true })
    expect(await passwords.verifyPassword(hash, 'abc')).toMatchObject({ ok: false })
  })

  it('of more than 72 bytes says that bcrypt saw only the first ones', async () => {
    const exact = { ok: true, truncated: false }
    expect(await passwords.verifyPassword(SEVENTY_TWO, 'a'.repeat(72))).toMatchObject(exact)
    expect(await passwords.verifyPassword(SEVENTY_TWO, 'a'.repeat(71))).toMatchObject({ ok: false })
    expect(await passwords.verifyPassword(SEVENTY_TWO, `${'a'.repeat(72)}b`)).toEqual({
      ok: true,
      needsRehash: true,
      format: 'bcrypt',
      truncated: true,
    })
    expect(await passwords.verifyPassword(SEVENTY_TWO, `${'a'.repeat(71)}b${'a'.repeat(9)}`)).toMatchObject({
      ok: false,
      truncated: false,
    })
  })

  it('that is too long is wrong, and costs no more than another', async () => {
    const long = 'a'.repeat(4_097)
    expect(await passwords.verifyPassword(SEVENTY_TWO, long)).toMatchObject({ ok: false })
    expect(await passwords.verifyPassword(SEVENTY_TWO, 'a'.repeat(4_096))).toMatchObject({ ok: true })
    // In bytes: 1,366 signs of three.
    expect(await passwords.verifyPassword(null, '€'.repeat(1_366))).toMatchObject({ ok: false })
    await expect(passwords.hashPassword(long)).rejects.toMatchObject({ code: 'password_refused', status: 400 })
    await expect(passwords.hashPassword('')).rejects.toMatchObject({ code: 'password_refused' })
  })

  it('that is half a character is not another one with half a character', async () => {
    const hash = await bcrypt.hash('a\ufffd', { cost: 4 })
    expect(await passwords.verifyPassword(hash, 'a\ufffd')).toMatchObject({ ok: true })
    expect(await passwords.verifyPassword(hash, 'a\ud800')).toMatchObject({ ok: false })
    await expect(passwords.hashPassword('a\udfff')).rejects.toMatchObject({ code: 'password_refused' })
  })
})

describe('wrong options', () => {
  it.each([
    [{ concurrency: 0 }, 'createPasswords.concurrency'],
    [{ bcrypt: {} }, 'createPasswords.bcrypt'],
    [{ argon2: { verify() {} } }, 'createPasswords.argon2'],
    [{ target: { format: 'md5' } }, 'createPasswords.target'],
    [{ limits: { bcryptCost: 40 } }, 'createPasswords.limits.bcryptCost'],
    [{ firebase: { signerKey: 'x', rounds: 8, memCost: 14 } }, 'createPasswords.firebase.signerKey'],
    [{ dummyHash: 'nonsense' }, 'createPasswords.dummyHash'],
    [{ pepper: 'x' }, 'createPasswords'],
  ])('%j', (options, named) => {
    expect(() => createPasswords(options as never)).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringContaining(named) }),
    )
  })
})
