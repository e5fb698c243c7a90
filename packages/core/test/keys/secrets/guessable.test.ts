import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isGuessable } from '../../../src/keys/secrets/guessable.js'

describe('a secret of sufficient length is easy to guess', () => {
  it.each([
    'x'.repeat(40),
    'ab'.repeat(20),
    'secretsecretsecretsecretsecretsecret',
    '0123456789abcdef0123456789abcdef0123456789abcdef',
    'changeme-changeme-changeme-changeme',
    'changemechangemechangemechangeme1234',
    'CHANGE_ME_PLEASE_CHANGE_ME_PLEASE_!!',
    'your-secret-key-change-this-in-production',
    'your_super_secret_jwt_key_at_least_32_characters_long',
    'super-secret-key-for-development-only!',
    'my-super-secret-key-1234567890123456',
    'your-256-bit-secret-your-256-bit-secret',
    'a-password-of-32-characters-or-more',
    'your-cookie-password-at-least-32-chars!!',
    'this-is-a-secret-cookie-password-for-workos',
    'abcdefghijklmnopqrstuvwxyz0123456789',
  ])('%s', (secret) => {
    expect(isGuessable(secret)).toBe(true)
  })
})

describe('a secret is not easy to guess', () => {
  it.each([
    ['a word with random characters behind it', `acme-secret-key-${randomBytes(24).toString('hex')}`],
    ['a passphrase', 'crumpet otter velvet lantern sprocket maple'],
    ['the characters of hex, each once and once more in another order', '0123456789abcdeffedcba9876543210'],
  ])('%s', (_what, secret) => {
    expect(isGuessable(secret)).toBe(false)
  })

  it('when it is random, in whatever spelling', () => {
    const bytes = fc.integer({ min: 32, max: 64 }).map((length) => randomBytes(length))
    const spelling = fc.constantFrom<BufferEncoding>('hex', 'base64', 'base64url', 'latin1')
    fc.assert(
      fc.property(bytes, spelling, (secret, encoding) => {
        expect(isGuessable(secret.toString(encoding))).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })
})
