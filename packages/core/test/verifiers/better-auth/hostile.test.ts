import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  betterAuth,
  betterAuthApiKeys,
  betterAuthTokens,
  httpSessions,
  redisSessions,
  sqlSessions,
} from '../../../src/index.js'
import { createSecretList } from '../../../src/keys/secrets/secret-list.js'
import { inFormOf, toMilliseconds } from '../../../src/sql/column-values.js'
import { cacheReader } from '../../../src/verifiers/better-auth/cookie-cache/read-cache.js'
import { readSession } from '../../../src/verifiers/better-auth/sessions/read-session.js'
import { wrongOption } from '../../support/outcome.js'
import { segment } from '../../support/tokens.js'

const SECRET = randomBytes(32).toString('hex')
const rules = { minimumBytes: 32, acceptWeakSecret: undefined }
const read = cacheReader(createSecretList([SECRET], rules, 'secrets', 0), null)

const part = fc.oneof(
  fc.base64String().map((text) => text.replace(/[+/=]/g, '_')),
  fc.json().map((json) => segment(json)),
  fc.constantFrom(
    '',
    segment({ alg: 'HS256' }),
    segment({ alg: 'dir', enc: 'A256CBC-HS512' }),
    segment({ session: { session: {}, user: {} }, expiresAt: 1, signature: 'A'.repeat(43) }),
    segment('{"session":{"__proto__":{"a":1}},"expiresAt":1e400,"signature":"AAAA"}'),
  ),
)

describe('whatever stands in a cookie cache, an answer or a column', () => {
  it('an unsigned cache is null, and nothing throws', async () => {
    const values = fc.oneof(
      fc.string(),
      fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => parts.join('.')),
    )
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        expect(await read(value)).toBeNull()
      }),
      { numRuns: 2_000 },
    )
  })

  it('a cache that is nested as deeply as its size allows is null', async () => {
    const deep = `${'{"a":'.repeat(12_000)}1${'}'.repeat(12_000)}`
    const cache = segment(`{"session":${deep},"expiresAt":9999999999999,"signature":"${'A'.repeat(43)}"}`)
    expect(await read(cache)).toBeNull()
  })

  it('a signed text counts as it was signed and in one layout, and holds no session where it is no JSON', async () => {
    const sealed = (members: string, layout = (rest: string) => `{"session":${members}}${rest}`) => {
      const signature = createHmac('sha256', SECRET).update(`${members},"expiresAt":9}`).digest('base64url')
      return read(segment(layout(`,"expiresAt":9,"signature":"${signature}"}`)))
    }
    expect(await sealed('{"user":{"id":"1.0"}')).toMatchObject({ payload: { user: { id: '1.0' } }, expiresAt: 9 })
    expect(await sealed('{not json')).toEqual({ payload: {}, expiresAt: 9, secretIndex: 0 })
    expect(await sealed('{"a":1', (rest) => `{"session":{"a":2}${rest}`)).toBeNull()
    expect(await sealed('{"a":1', (rest) => `{"session": {"a":1}${rest}`)).toBeNull()
    expect(await sealed('{"a":1', (rest) => `{"x":0,"session":{"a":1}${rest}`)).toBeNull()
    expect(await sealed('{"a":1', (rest) => `{"session":{"a":1}${rest} `)).toBeNull()
  })

  it('a session is read or is null', () => {
    const members = { session: fc.anything(), user: fc.anything() }
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record(members, { requiredKeys: [] })), (value) => {
        const found = readSession(value)
        if (found !== null) expect(found.found.user?.id).toBeDefined()
      }),
      { numRuns: 2_000 },
    )
  })

  it('a date is a moment that a date can hold, or null', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double(), fc.bigInt(), fc.date()), (value) => {
        const moment = toMilliseconds(value)
        if (moment !== null) expect(() => new Date(moment).toISOString()).not.toThrow()
      }),
      { numRuns: 2_000 },
    )
  })

  it('a moment is written in the form in which the column is read', () => {
    const moment = fc.integer({ min: 1_500_000_000, max: 4_000_000_000 }).map((seconds) => seconds * 1000)
    const sample = fc.constantFrom<string | number | Date>(
      '1770000000',
      1_770_000_000_000,
      '2026-01-01 00:00:00+00',
      new Date(0),
    )
    fc.assert(
      fc.property(moment, sample, (at, form) => {
        expect(toMilliseconds(inFormOf(form, at))).toBe(at)
      }),
    )
  })
})

describe('a wrong option of Better Auth is refused by name', () => {
  const query = async () => []
  const ba = (options: object) => () =>
    betterAuth({ name: 'ba', secrets: [SECRET], sessions: sqlSessions(query), ...options } as never)
  const keys = (options: object) => () => betterAuthApiKeys({ name: 'k', query, ...options } as never)

  it.each<[string, () => unknown]>([
    ['betterAuth(ba).sessions', ba({ sessions: 'sateless' })],
    ['betterAuth(ba).bearer', ba({ sessions: 'stateless', bearer: 'signed' })],
    ['betterAuth(ba).touch', ba({ sessions: 'stateless', touch: {} })],
    ['betterAuth(ba).touch', ba({ sessions: () => null, touch: {} })],
    [
      'betterAuth(ba).cookieCacheMaxAgeMs',
      ba({ sessions: sqlSessions(async () => [], { organizations: true }), cookieCacheMaxAgeMs: 60_000 }),
    ],
    ['betterAuth(ba).touch.expiresInSeconds', ba({ touch: { expiresInSeconds: 0 } })],
    ['betterAuth(ba).touch.cookie.domain', ba({ touch: { cookie: { domain: 'a; Secure' } } })],
    ['betterAuth(ba).tokens', ba({ tokens: { baseUrl: 'https://app.example.com' } })],
    ['betterAuth(ba).cookieCacheMaxAgeMs', ba({ cookieCacheMaxAgeMs: -1 })],
    ['betterAuth(ba).cookieCacheMaxAgeMs', ba({ cookieCacheMaxAgeMs: Number.NaN })],
    ['betterAuth(ba).cookies.cacheName', ba({ cookies: { cacheName: 'a b' } })],
    ['betterAuthTokens.baseUrl', () => betterAuthTokens({ baseUrl: 'http://app.example.com' })],
    ['betterAuthTokens.keySetUrl', () => betterAuthTokens({ baseUrl: 'https://a.example', keySetUrl: '/jwks' })],
    ['sqlSessions.tables.session', () => sqlSessions(query, { tables: { session: 'a"; --' } })],
    ['sqlSessions.columns.session.token', () => sqlSessions(query, { columns: { session: { token: 'a"b' } } })],
    ['httpSessions.url', () => httpSessions({ url: 'http://auth:3000/api/auth/get-session' })],
    ['httpSessions.url', () => httpSessions({ url: 'ftp://auth', allowHttp: true })],
    ['redisSessions.get', () => redisSessions(undefined as never)],
    ['betterAuthApiKeys(k).query', keys({ query: undefined })],
    ['betterAuthApiKeys(k).header', keys({ header: false })],
    ['betterAuthApiKeys(k).header', keys({ header: 'Cookie' })],
    ['betterAuthApiKeys(k).maxLength', keys({ prefix: 'sk_', maxLength: 30 })],
    ['betterAuthApiKeys(k).references', keys({ references: 'organization', ownerField: 'userId' })],
    ['betterAuthApiKeys(k).tables.apikey', keys({ tables: { apikey: 'a b' } })],
  ])('%s', (path, construct) => {
    expect(wrongOption(construct)).toBe(path)
  })

  it('and a server inside the house may be asked over http when the app says so', () => {
    expect(() => httpSessions({ url: 'http://auth:3000/api/auth/get-session', allowHttp: true })).not.toThrow()
  })
})
