import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hasMintedForm, hashApiKey, MINTED_LENGTH, mintKey } from '../../../src/verifiers/api-keys/api-key-form.js'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const prefixes = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,30}_$/)

/** The checksum as zlib and BigInt compute it: 6 digits of base 62, most significant first. */
function checksum(text: string): string {
  let rest = BigInt(crc32(text))
  let digits = ''
  for (let i = 0; i < 6; i++) {
    digits = BASE62.charAt(Number(rest % 62n)) + digits
    rest /= 62n
  }
  return digits
}

describe('a minted key', () => {
  it('is its prefix, 32 letters and digits, and their CRC-32 in base 62', () => {
    fc.assert(
      fc.property(prefixes, (prefix) => {
        const key = mintKey(prefix)
        const body = key.slice(0, -6)
        expect(body.slice(prefix.length)).toMatch(/^[0-9A-Za-z]{32}$/)
        expect(key).toBe(prefix + body.slice(prefix.length) + checksum(body))
        expect(key).toHaveLength(prefix.length + MINTED_LENGTH)
        expect(hasMintedForm(key, prefix)).toBe(true)
      }),
    )
  })

  it('loses its form by every change of one character, and by every other length', () => {
    const prefix = 'sk_live_'
    const key = mintKey(prefix)
    for (let i = 0; i < key.length; i++) {
      for (const letter of ['0', 'z', 'A', '-', '_', ' ', 'é']) {
        const changed = key.slice(0, i) + letter + key.slice(i + 1)
        expect([changed, hasMintedForm(changed, prefix)]).toEqual([changed, changed === key])
      }
      expect(hasMintedForm(key.slice(0, i) + key.slice(i + 1), prefix)).toBe(false)
      expect(hasMintedForm(`${key.slice(0, i)}0${key.slice(i)}`, prefix)).toBe(false)
    }
  })

  it('has the form of its own prefix only', () => {
    const key = mintKey('sk_live_')
    for (const prefix of ['sk_test_', 'pk_live_', 'sk_', 'sk_live', '']) expect(hasMintedForm(key, prefix)).toBe(false)
  })

  it('is refused where its checksum holds and its secret has another alphabet', () => {
    const body = `sk_${'-'.repeat(32)}`
    expect(hasMintedForm(body + checksum(body), 'sk_')).toBe(false)
  })

  it('is hashed whole, by SHA-256 in base64url', async () => {
    const key = mintKey('sk_')
    expect(await hashApiKey(key)).toBe(createHash('sha256').update(key).digest('base64url'))
  })
})

describe('the random part', () => {
  afterEach(() => void vi.restoreAllMocks())

  const mintFrom = (...blocks: readonly (readonly number[])[]): string => {
    let next = 0
    vi.spyOn(globalThis.crypto, 'getRandomValues').mockImplementation((array) => {
      const bytes = array as unknown as Uint8Array
      const block = blocks[Math.min(next++, blocks.length - 1)]!
      bytes.set(Array.from(bytes, (_, i) => block[i % block.length]!))
      return array
    })
    return mintKey('sk_').slice('sk_'.length, -6)
  }

  it('uses each letter equally often: bytes from 248 on are dropped', () => {
    expect(mintFrom([248, 249, 255, 61])).toBe('z'.repeat(32))
    expect(mintFrom([247])).toBe('z'.repeat(32))
    expect(mintFrom([0, 10, 36, 62])).toBe('0Aa0'.repeat(8))
  })

  it('goes on until it is long enough where bytes are dropped', () => {
    expect(mintFrom([255], [1])).toBe('1'.repeat(32))
    expect(mintFrom([255, 1], [2])).toBe('1'.repeat(16) + '2'.repeat(16))
  })
})
