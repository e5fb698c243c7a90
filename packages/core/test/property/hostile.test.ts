import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiKey, type AuthRequest } from '../../src/index.js'
import { everyKindOf, request } from '../support/requests.js'
import { found, sessionToken, signedCookie, signedValue } from '../support/sessions.js'
import { mint, segment } from '../support/tokens.js'
import { createWorld, type World } from '../support/world.js'

/** Nothing that a caller sends may throw, be accepted, or look like a fault of the server. */
const REFUSALS = new Set([400, 401, 403, 431])
const NEW = '__Secure-better-auth.session_token'
const token = sessionToken('abc')

let world: World
let genuine: string[]

beforeAll(async () => {
  world = await createWorld({ allowNonBrowser: true })
  world.sessions.set(token, found('ba-7'))
  const { key, record } = await createApiKey({ prefix: 'sk_live_', owner: { kind: 'user', id: 'o-7' }, scopes: ['*'] })
  world.store.add(record)
  await world.auth.ready()
  genuine = [mint(), world.workosToken(), signedValue(token), token, key]
})
afterAll(() => world.close())

async function refused(sent: AuthRequest, accepted: (value: string) => boolean = () => false): Promise<void> {
  const result = await world.auth.authenticate(sent)
  if (result.ok) {
    expect(accepted(JSON.stringify(sent))).toBe(true)
    return
  }
  expect(REFUSALS).toContain(result.error.status)
  expect(world.auth.respond(result.error).status).toBe(result.error.status)
}

/** Everywhere a credential may travel, as bytes that a header can hold. */
function carried(value: string): AuthRequest[] {
  return [
    request({ authorization: value }),
    request({ authorization: `Bearer ${value}` }),
    request({ 'x-api-key': value }),
    request({ cookie: value }),
    request({ cookie: `${NEW}=${value}; legacy_token=${value}; better-auth.session_token=${value}` }, 'POST'),
    request({ authorization: [value, value], 'x-api-key': value, cookie: value }),
  ]
}

const spliced = fc
  .tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat())
  .map(([a, b, i, j]) => {
    const [one, two] = [genuine[a % 5] as string, genuine[b % 5] as string]
    return one.slice(0, i % one.length) + two.slice(j % two.length)
  })
  .filter((value) => !genuine.includes(value))

const json = fc.oneof(
  fc.json(),
  fc.string(),
  fc.constantFrom(
    '{}',
    '[]',
    'null',
    '{"alg":"HS256"}',
    '{"alg":"HS256","alg":"none"}',
    '\ufeff{}',
    '{"__proto__":{}}',
  ),
  fc
    .record(
      {
        alg: fc.oneof(fc.constantFrom('HS256', 'RS256', 'none', 'ES256'), fc.jsonValue()),
        kid: fc.oneof(fc.constantFrom('k1', '__proto__', '../../x'), fc.jsonValue()),
        typ: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
  fc
    .record(
      { iss: fc.jsonValue(), aud: fc.jsonValue(), exp: fc.oneof(fc.double(), fc.jsonValue()), userId: fc.jsonValue() },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
)

describe('whatever a caller sends', () => {
  it('random text in every carrier is refused', async () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ maxLength: 12_000, size: 'max' }))
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        for (const sent of carried(value)) await refused(sent)
      }),
      { numRuns: 300 },
    )
  })

  it('truncated and spliced credentials are refused', async () => {
    await fc.assert(
      fc.asyncProperty(spliced, async (value) => {
        for (const sent of carried(value)) await refused(sent)
      }),
      { numRuns: 500 },
    )
  })

  it('odd JSON in a header or claims set is refused, signed or not', async () => {
    await fc.assert(
      fc.asyncProperty(json, json, fc.base64String({ maxLength: 60 }), async (header, claims, signature) => {
        const input = `${segment(header) || '_'}.${segment(claims) || '_'}`
        for (const value of [`${input}.${signature.replace(/[+/=]/g, '_')}`, mint({ header, claims }), `${input}.`])
          for (const sent of carried(value)) await refused(sent, () => claims.includes('"type":"access"'))
      }),
      { numRuns: 300 },
    )
  })

  it('odd encodings are refused: padding, percent, spaces, line breaks, other alphabets', async () => {
    const odd = fc.constantFrom(
      '=',
      '==',
      '%3D',
      '%',
      '%zz',
      ' ',
      '\n',
      '\u00a0',
      '+',
      '/',
      ',',
      ';',
      '"',
      '\u0000',
      'é',
      '.',
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), odd, async (which, at, insert) => {
        const value = genuine[which % 5] as string
        const place = 1 + (at % (value.length - 1))
        const changed = value.slice(0, place) + insert + value.slice(place)
        await refused(request({ authorization: `Bearer ${changed}` }))
        await refused(request({ 'x-api-key': changed }))
        if (insert !== ';') await refused(request({ cookie: `legacy_token=${changed}` }))
      }),
      { numRuns: 500 },
    )
  })

  it('odd header fields of every kind of request are refused', async () => {
    const name = fc.constantFrom('authorization', 'Authorization', 'x-api-key', 'cookie', 'Cookie', 'origin', 'host')
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('Bearer', 'Bearer ', 'Basic eA==', `Bearer ${'a.'.repeat(3000)}`),
    )
    // What a Web `Headers` can hold; servers refuse the rest before it gets here.
    const field = fc.tuple(
      name,
      value.map((text) => text.replace(/[^\x20-\x7e\xa0-\xff]/g, '')),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(field, { maxLength: 5 }),
        fc.constantFrom('GET', 'POST', 'OPTIONS'),
        async (fields, method) => {
          for (const [, sent] of everyKindOf(fields, method)) await refused(sent)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('a genuine credential', () => {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/='

  it.each([0, 1, 2, 3, 4])('number %i never passes with one byte changed', async (which) => {
    const value = genuine[which] as string
    expect((await world.auth.authenticate(request({ authorization: `Bearer ${value}` }))).ok).toBe(true)
    for (let at = 0; at < value.length; at++) {
      const letter = value.charAt(at)
      const other = ALPHABET.charAt((ALPHABET.indexOf(letter) + 1 + (at % (ALPHABET.length - 1))) % ALPHABET.length)
      const changed = value.slice(0, at) + (other === letter ? '~' : other) + value.slice(at + 1)
      await refused(request({ authorization: `Bearer ${changed}` }))
    }
  })

  it('in a cookie never passes with one byte of its decoded value changed', async () => {
    const value = signedValue(token)
    for (let at = 0; at < value.length; at++) {
      const changed = value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ 1) + value.slice(at + 1)
      await refused(request({ cookie: `${NEW}=${encodeURIComponent(changed)}` }))
    }
    expect((await world.auth.authenticate(request({ cookie: `${NEW}=${signedCookie(token)}` }))).ok).toBe(true)
  })

  it('is refused beside anything else in a repeated field', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.string(), async (which, other) => {
        const value = `Bearer ${genuine[which % 5] as string}`
        await refused(request({ authorization: [value, other] }))
        await refused(request({ authorization: [other, value] }))
        await refused(request({ authorization: `${value}, ${other}` }))
      }),
      { numRuns: 100 },
    )
  })
})
