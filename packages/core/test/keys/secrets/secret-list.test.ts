import { describe, expect, it } from 'vitest'
import { createSecretList } from '../../../src/keys/secrets/secret-list.js'
import { legacyAuth } from '../../support/legacy.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { mint, SECRET } from '../../support/tokens.js'

const list = (...secrets: (string | Uint8Array)[]) =>
  createSecretList(secrets, { minimumBytes: 32, acceptWeakSecret: undefined }, 'secrets', 0)

describe('a secret of bytes', () => {
  it('is a copy: what the app does to its own afterwards changes nothing', async () => {
    const own = Buffer.from(SECRET)
    const auth = legacyAuth({ secrets: [own] })
    own.fill(0)
    expect(await outcome(auth, bearer(mint()))).toMatch(/^200/)
    expect(await outcome(auth, bearer(mint({ key: new Uint8Array(own.length) })))).toBe('401 credential_invalid')
    expect(await outcome(auth, bearer(mint({ key: '' })))).toBe('401 credential_invalid')
  })
})

describe('zeros at the end of a secret, with which HMAC pads by itself,', () => {
  it.each<[string, string | Uint8Array]>([
    ['alone are an empty secret', new Uint8Array(32)],
    ['alone are an empty secret, as text', '\0'.repeat(40)],
    ['do not lengthen it', Uint8Array.from(Buffer.from(`${'a1'.repeat(15)}${'\0'.repeat(20)}`))],
    ['do not lengthen it, as text', `${'a1'.repeat(15)}${'\0'.repeat(20)}`],
    ['do not hide an example', `a-string-secret-at-least-256-bits-long${'\0'.repeat(9)}`],
  ])('%s', (_, secret) => {
    expect(wrongOption(() => list(secret))).toBe('secrets[0]')
  })

  it('do not make it another secret', () => {
    expect(list(`${SECRET}\0\0`).includes(new TextEncoder().encode(SECRET))).toBe(true)
    expect(list(SECRET).includes(new TextEncoder().encode(`${SECRET}\0`))).toBe(true)
    expect(list(SECRET).includes(new TextEncoder().encode(`\0${SECRET}`))).toBe(false)
  })
})
