import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as crypto from '#crypto'
import { decodeBase64Url } from '../../src/crypto/base64url.js'

describe('base64url', () => {
  it('decodes what was encoded, as the platform would', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = crypto.encodeBase64Url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        for (const decode of [decodeBase64Url, crypto.decodeBase64Url])
          expect(new Uint8Array(decode(text) as Uint8Array)).toEqual(bytes)
      }),
    )
  })

  it('knows one spelling of every value', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ABYZaz09-_+/= \n%\u00e9'.split('')) }), (text) => {
        for (const bytes of [decodeBase64Url(text), crypto.decodeBase64Url(text)])
          if (bytes !== null) expect(crypto.encodeBase64Url(bytes)).toBe(text)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(['A', 'AB', 'AAB', 'AA==', 'AA=', '=', 'A A', 'AA\n', 'A+AA', 'A/AA', 'AAA.', '\u0141AAA'])(
    'refuses %j',
    (text) => {
      expect(decodeBase64Url(text)).toBeNull()
      expect(crypto.decodeBase64Url(text)).toBeNull()
    },
  )
})

it('compares bytes of any lengths without an exception', async () => {
  const bytes = (...values: number[]) => new Uint8Array(values)
  expect(await crypto.constantTimeEqual(bytes(1, 2), bytes(1, 2))).toBe(true)
  expect(await crypto.constantTimeEqual(bytes(1, 2), bytes(1, 3))).toBe(false)
  expect(await crypto.constantTimeEqual(bytes(1, 2), bytes(1))).toBe(false)
  expect(await crypto.constantTimeEqual(bytes(), bytes())).toBe(true)
})
