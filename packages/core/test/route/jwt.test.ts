import { describe, expect, it } from 'vitest'
import { createJwtReader, looksLikeJwt, readJwt } from '../../src/route/jwt.js'
import { own } from '../../src/settings/own.js'
import { legacyClaims, mint, segment } from '../support/tokens.js'

const HEADER = { alg: 'HS256', typ: 'JWT' }
const parts = (header: unknown, claims: unknown, signature = 'AAAA') =>
  `${segment(header)}.${segment(claims)}.${signature}`

describe('readJwt', () => {
  it('reads header and claims without believing them', () => {
    const token = mint({ claims: { sub: 'x' } })
    expect(readJwt(token)).toMatchObject({ token, header: HEADER, claims: { sub: 'x' } })
  })

  it.each(['none', 'None', 'nOnE', 'NONE', '', null, 1, ['HS256'], { alg: 'HS256' }, true])(
    'refuses the algorithm %j',
    (alg) => {
      const jwt = readJwt(parts({ alg }, {}))
      // An empty name is a name that no verifier pins.
      if (alg === '') expect(jwt?.header.alg).toBe('')
      else expect(jwt).toBeNull()
    },
  )

  it.each([
    { alg: 'HS256', crit: ['exp'] },
    { alg: 'HS256', crit: [] },
    { alg: 'HS256', crit: null },
    { alg: 'HS256', b64: false },
    { alg: 'HS256', b64: true },
    { alg: 'HS256', zip: 'DEF' },
    { alg: 'HS256', kid: 1 },
    { alg: 'HS256', kid: {} },
    { alg: 'HS256', typ: 7 },
    {},
  ])('refuses the header %j', (header) => {
    expect(readJwt(parts(header, {}))).toBeNull()
  })

  it.each(['[]', '"text"', '1', 'null', 'true', '', '{', '{}{}', '\ufeff{}', '{"a":1,}', "{'a':1}"])(
    'refuses a header or claims set that is no JSON object: %j',
    (text) => {
      expect(readJwt(`${segment(HEADER)}.${segment(text) || '_'}.AAAA`)).toBeNull()
      expect(readJwt(`${segment(text) || '_'}.${segment('{}')}.AAAA`)).toBeNull()
    },
  )

  it.each([
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['an overlong encoding', Buffer.from([0x7b, 0x22, 0xc0, 0xa2, 0x22, 0x3a, 0x31, 0x7d])],
    ['a surrogate', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
  ])('refuses %s', (_, bytes) => {
    expect(readJwt(`${segment(HEADER)}.${bytes.toString('base64url')}.AAAA`)).toBeNull()
  })

  it('knows one spelling of a token', () => {
    const token = mint({ claims: { a: 'x' } })
    const [header, claims, signature] = token.split('.') as [string, string, string]
    const spellings = [
      `${header}=.${claims}.${signature}`,
      `${header}.${claims}==.${signature}`,
      `${header}.${claims}.${signature}=`,
      `${header}.${claims}.${signature}\n`,
      ` ${token}`,
      `${header}.${claims} .${signature}`,
      `${token}.`,
      `.${token}`,
      `${header}.${claims}`,
      `${header}.${claims}.`,
      `${header}..${signature}`,
      `${header}.${claims}.${signature}.${signature}.${signature}`,
      // 43 characters hold 258 bits: the last two must be zero.
      `${header}.${claims}.${signature.slice(0, -1)}${nextLetter(signature.at(-1) as string)}`,
    ]
    for (const spelling of spellings) expect(readJwt(spelling)).toBeNull()
  })

  it('reads 5,000 levels of nesting and thousands of dots without harm', () => {
    expect(readJwt(parts(HEADER, `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`))).not.toBeNull()
    expect(readJwt('.'.repeat(8_000))).toBeNull()
    expect(readJwt(`${'a.'.repeat(4_000)}a`)).toBeNull()
  })

  it('takes the last of members that stand twice, and refuses what that makes of the header', () => {
    const jwt = readJwt(parts('{"alg":"none","alg":"HS256"}', '{"iat":1,"sub":"x","iat":2}'))
    expect([jwt?.header.alg, jwt?.claims['iat']]).toEqual(['HS256', 2])
    expect(readJwt(parts('{"alg":"HS256","alg":"none"}', {}))).toBeNull()
    expect(readJwt(parts('{"alg":"HS256","crit":["exp"],"crit":[]}', {}))).toBeNull()
  })

  it('keeps a claim named __proto__ from reaching whoever copies the claims', () => {
    const jwt = readJwt(parts(HEADER, '{"__proto__":{"admin":true},"sub":"x"}'))
    expect(Object.keys(jwt?.claims ?? {})).toEqual(['sub'])
    expect((Object.assign({}, jwt?.claims) as { admin?: boolean }).admin).toBeUndefined()
  })
})

function nextLetter(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet.charAt((alphabet.indexOf(letter) + 1) % 64)
}

it('the reader of an instance reads a header the same, whatever was read between', () => {
  const reader = createJwtReader()
  const read = (header: object) => reader(`${segment(header)}.${segment({ sub: 'a' })}.AAAA`)
  const first = read({ alg: 'HS256', kid: 'k' })
  expect(first?.header).toEqual({ alg: 'HS256', kid: 'k' })
  expect(Reflect.set(first?.header as object, 'kid', 'another')).toBe(false)
  for (let i = 0; i < 200; i++) expect(read({ alg: 'HS256', kid: `k${i}` })?.header['kid']).toBe(`k${i}`)
  for (const unread of [{ alg: 'none' }, { alg: 'HS256', crit: [] }, { alg: 'HS256', kid: 1 }])
    expect([read(unread), read(unread)]).toEqual([null, null])
  expect(read({ alg: 'HS256', kid: 'k'.repeat(400) })?.header['kid']).toHaveLength(400)
  expect(read({ alg: 'HS256', kid: 'k' })?.header).toEqual({ alg: 'HS256', kid: 'k' })
})

it('takes two dots for a JWT, and only then reads it', () => {
  expect(looksLikeJwt(mint({ claims: legacyClaims() }))).toBe(true)
  expect(looksLikeJwt('a.b')).toBe(false)
  expect(looksLikeJwt('')).toBe(false)
})

it('reads own members only', () => {
  expect(own({}, 'constructor')).toBeUndefined()
  expect(own({ constructor: 1 } as never, 'constructor')).toBe(1)
})

it('a reader of an instance reads as any other, and the header of one key once', () => {
  const read = createJwtReader()
  const [one, other] = [parts(HEADER, { sub: 'a' }), parts(HEADER, { sub: 'b' })]
  expect([read(one), read(other)]).toEqual([readJwt(one), readJwt(other)])
  expect(read(other)?.header).toBe(read(one)?.header)
  expect(createJwtReader()(one)?.header).not.toBe(read(one)?.header)
  const unsigned = parts({ alg: 'none' }, {})
  expect([read(unsigned), read(unsigned)]).toEqual([null, null])
})
