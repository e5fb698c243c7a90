import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  apiKeys,
  betterAuth,
  createDualAuth,
  instanceSessions,
  keySetAt,
  legacyJwt,
  memoryApiKeys,
  sqlSessions,
} from '../src/index.js'
import { legacyOptions } from './support/legacy.js'
import { wrongOption } from './support/outcome.js'
import { SESSION_SECRET } from './support/sessions.js'
import { ecPair, edPair, OTHER_SECRET, rsaPair, SECRET } from './support/tokens.js'

const rsa = rsaPair()
const der = (pair: { publicKey: ReturnType<typeof rsaPair>['publicKey'] }) =>
  new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }))
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

const legacy = (options: object) => () => legacyJwt(legacyOptions(options as never))
const create = (options: object) => () =>
  createDualAuth({ verifiers: [legacyJwt(legacyOptions())], ...options } as never)
const sessions = (options: object) => () =>
  betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions: () => null, ...options } as never)
const keys = (options: object) => () =>
  apiKeys({ name: 'key', prefix: 'sk_', keys: memoryApiKeys(), ...options } as never)

/** One key in 256 does. */
function derEndingInZero(): Uint8Array {
  for (;;) {
    const key = der(ecPair())
    if (key.at(-1) === 0) return key
  }
}

describe('a secret', () => {
  it.each<[string, unknown]>([
    ['short', 'x'.repeat(31)],
    ['empty', ''],
    ['blank', ' '.repeat(40)],
    ['of no bytes', new Uint8Array(0)],
    ['short bytes', new Uint8Array(31).fill(7)],
    ['one character over and over', 'x'.repeat(64)],
    ['one byte over and over', new Uint8Array(64).fill(7)],
    ['a placeholder', 'your-secret-key-change-me-in-production'],
    ['an example of documentation', 'a-string-secret-at-least-256-bits-long'],
    ["Better Auth's default", 'better-auth-secret-12345678901234567890'],
    ['PEM', rsa.pem],
    ['PEM after other text', `key: ${rsa.pem}`],
    ['a JSON Web Key', JSON.stringify(rsa.jwk)],
    ['a JWK set', JSON.stringify({ keys: [rsa.jwk] })],
    ['DER of RSA', der(rsa)],
    ['DER of EC', der(ecPair())],
    ['DER of Ed25519', der(edPair())],
    ['DER that ends in a zero byte', derEndingInZero()],
    ['base64 of RSA', base64(der(rsa))],
    ['base64 of EC', base64(der(ecPair()))],
    ['base64 of Ed25519', base64(der(edPair()))],
    ['an SSH key', `ssh-ed25519 ${'A'.repeat(68)} a@b`],
  ])('that is refused by name: %s', (_, secret) => {
    expect(wrongOption(legacy({ secrets: [SECRET, secret] }))).toBe('legacyJwt(legacy).secrets[1]')
    expect(wrongOption(sessions({ secrets: [SESSION_SECRET, secret] }))).toBe('betterAuth(ba).secrets[1]')
  })

  it('is never repeated in the message', () => {
    for (const secret of ['hunter2-hunter2', rsa.pem])
      try {
        legacy({ secrets: [secret] })()
      } catch (error) {
        expect(String(error)).not.toContain(secret)
      }
    expect(JSON.stringify(legacy({})().secrets)).not.toContain(SECRET)
  })

  it('is as long as the longest hash', () => {
    const secrets = [randomBytes(24).toString('hex')]
    expect(legacy({ algorithms: ['HS256', 'HS384'], secrets })).not.toThrow()
    expect(wrongOption(legacy({ algorithms: ['HS256', 'HS512'], secrets }))).toBe('legacyJwt(legacy).secrets[0]')
  })

  it('of random bytes is not taken for a key', () => {
    for (const first of [
      [0x30, 0x82],
      [0x30, 0x59],
      [0x30, 0x2a],
    ])
      expect(legacy({ secrets: [new Uint8Array([...first, ...randomBytes(40)])] })).not.toThrow()
  })

  it.each([
    ['a line break at its end', `${SECRET}\n`],
    ['the line break of another system at its end', `${SECRET}\r\n`],
    ['a space in front', ` ${SECRET}`],
    ['a byte order mark in front', `\uFEFF${SECRET}`],
  ])('has no %s, unless it is given as bytes', (_, secret) => {
    expect(wrongOption(legacy({ secrets: [secret] }))).toBe('legacyJwt(legacy).secrets[0]')
    expect(wrongOption(sessions({ secrets: [SESSION_SECRET, secret] }))).toBe('betterAuth(ba).secrets[1]')
    expect(legacy({ secrets: [new TextEncoder().encode(secret)] })).not.toThrow()
    expect(legacy({ secrets: [`correct horse\nbattery staple ${SECRET}`] })).not.toThrow()
  })

  it('is not shared by two verifiers, unless both say so', () => {
    const shared = (acceptWeakSecret?: object) => () =>
      createDualAuth({
        verifiers: [
          legacyJwt(
            legacyOptions({ secrets: [OTHER_SECRET, SECRET], ...(acceptWeakSecret && { acceptWeakSecret }) } as never),
          ),
          betterAuth({
            name: 'ba',
            secrets: [SESSION_SECRET, SECRET],
            sessions: () => null,
            ...(acceptWeakSecret && { acceptWeakSecret }),
          } as never),
        ],
        link: () => null,
      })
    expect(wrongOption(shared())).toBe('createDualAuth.verifiers')
    const twice = [legacyJwt(legacyOptions()), legacyJwt(legacyOptions())]
    // Not that they share a secret, which is no more than a consequence.
    expect(wrongOption(() => createDualAuth({ verifiers: twice, link: () => null }))).toBe(
      'createDualAuth.verifiers[1].name',
    )
    expect(shared({ until: '2999-01-01', reason: 'one secret for years' })).not.toThrow()
  })
})

describe('acceptWeakSecret', () => {
  const until = (date: string) => ({ secrets: ['short'], acceptWeakSecret: { until: date, reason: 'inherited' } })

  it('admits a short secret until its day', () => {
    expect(legacy(until('2999-01-01'))).not.toThrow()
    expect(wrongOption(legacy(until('2020-01-01')))).toBe('legacyJwt(legacy).acceptWeakSecret.until')
    expect(wrongOption(legacy(until('soon')))).toBe('legacyJwt(legacy).acceptWeakSecret.until')
  })

  it('ends at a date of the calendar, or at a moment in a stated zone, and at nothing else', () => {
    for (const date of ['2999-06-30', '2996-02-29', '2999-06-30T12:00:00Z', '2999-06-30T12:00:00.5+02:00'])
      expect(legacy(until(date))).not.toThrow()
    const wrong = [
      '06/30/2999',
      '2999-02-30',
      '2999-02-29',
      '2999-06-30T12:00:00',
      '2999-06-30T25:00:00Z',
      '2999-06',
      '2999',
      '2999-02-30T12:00:00Z',
      '9999-12-31T23:30:00-01:00',
    ]
    for (const date of [...wrong, ' 2999-06-30', '2999-06-30\n', '30 June 2999'])
      expect(wrongOption(legacy(until(date))), date).toBe('legacyJwt(legacy).acceptWeakSecret.until')
  })

  it('admits one that is easy to guess', () => {
    const acceptWeakSecret = { until: '2999-01-01', reason: 'inherited' }
    expect(legacy({ secrets: ['your-secret-key-change-me-in-production'], acceptWeakSecret })).not.toThrow()
  })

  it('never admits an empty, documented or key-looking one', () => {
    const acceptWeakSecret = { until: '2999-01-01', reason: 'inherited' }
    for (const secret of ['', 'secret', 'changeme', rsa.pem, JSON.stringify(rsa.jwk)])
      expect(wrongOption(legacy({ secrets: [secret], acceptWeakSecret }))).toBe('legacyJwt(legacy).secrets[0]')
  })

  it('needs a reason', () => {
    const acceptWeakSecret = { until: '2999-01-01', reason: '' }
    expect(wrongOption(legacy({ acceptWeakSecret }))).toBe('legacyJwt(legacy).acceptWeakSecret.reason')
  })
})

describe('a wrong option of legacyJwt', () => {
  it.each<[string, object]>([
    ['.purpose', { purpose: undefined }],
    ['.purpose', { purpose: 'access' }],
    ['.algorithms', { algorithms: [] }],
    ['.algorithms[0]', { algorithms: ['none'] }],
    ['.algorithms[1]', { algorithms: ['HS256', 'HS1'] }],
    ['.algorithms', { algorithms: ['HS256', 'RS256'] }],
    ['.secrets', { algorithms: ['RS256'], secrets: [SECRET] }],
    ['.keys', { algorithms: ['HS256'], keys: [rsa.pem] }],
    ['.keySet', { algorithms: ['HS256'], keySet: keySetAt('https://a.example/jwks') }],
    ['', { algorithms: ['RS256'], keys: [rsa.pem], keySet: keySetAt('https://a.example/jwks') }],
    ['', { algorithms: ['HS256'], secrets: undefined }],
    ['.keySet', { algorithms: ['RS256'], keySet: 'https://a.example/jwks' }],
    ['.keySetUrl', { algorithms: ['RS256'], keySetUrl: 'https://a.example/jwks' }],
    ['.keys[0]', { algorithms: ['ES256'], keys: [rsa.jwk] }],
    ['.keys[0]', { algorithms: ['ES256'], keys: [ecPair('P-384').jwk] }],
    ['.keys[0]', { algorithms: ['RS256'], keys: [rsa.privateKey.export({ format: 'pem', type: 'pkcs8' })] }],
    ['.keys[0]', { algorithms: ['RS256'], keys: [rsa.privateKey.export({ format: 'jwk' })] }],
    ['.keys[1]', { algorithms: ['RS256'], keys: [rsa.pem, { kty: 'oct', k: 'AAAA' }] }],
    ['.keys[0]', { algorithms: ['RS256'], keys: [{ ...rsa.jwk, use: 'enc' }] }],
    ['.keys[0]', { algorithms: ['RS256'], keys: [{ ...rsa.jwk, e: 'AQ' }] }],
    ['.keys[0]', { algorithms: ['RS256'], keys: [{ ...rsa.jwk, alg: 'PS256' }] }],
    ['.keySet', { algorithms: ['RS256'], keySet: { keys: [] } }],
    ['.keySet', { algorithms: ['RS256'], keySet: { keys: [rsa.jwk, { kty: 'oct', k: 'AAAA' }] } }],
    ['.audiance', { audiance: 'api' }],
    ['.claims.user', { claims: { user: 'x' } }],
    ['.clockToleranceSeconds', { clockToleranceSeconds: 301 }],
    ['.clockToleranceSeconds', { clockToleranceSeconds: Number.POSITIVE_INFINITY }],
    ['.maxAgeSeconds', { maxAgeSeconds: 0 }],
    // Milliseconds: 30 days would be 82 years.
    ['.maxAgeSeconds', { maxAgeSeconds: 30 * 86_400_000 }],
    ['.issuer', { issuer: [] }],
    ['.isRevoked', { isRevoked: true }],
    ['.schema', { schema: {} }],
    ['.carriers', { carriers: [] }],
    ['.carriers[0]', { carriers: ['query'] }],
    ['.carriers[0].header', { carriers: [{ header: 'authorization' }] }],
    ['.carriers[0].header', { carriers: [{ header: 'Cookie' }] }],
    ['.carriers[0].header', { carriers: [{ header: 'x token' }] }],
    ['.carriers[0].cookie', { carriers: [{ cookie: 'a;b' }] }],
  ])('is named legacyJwt(legacy)%s', (path, options) => {
    expect(wrongOption(legacy(options))).toBe(`legacyJwt(legacy)${path}`)
  })
})

describe('a wrong option of keySetAt', () => {
  it.each<[string, string, object?]>([
    ['url', 'http://a.example/jwks'],
    ['url', 'file:///etc/passwd'],
    ['url', '/jwks'],
    ['url', 'http://localhost.evil.example/'],
    ['url', 'https://user:secret@a.example/jwks'],
    ['maxAgeMs', 'https://a.example/jwks', { maxAgeMs: 0 }],
    ['maxAgeMs', 'https://a.example/jwks', { maxAgeMs: Number.NaN }],
    ['staleIfErrorMs', 'https://a.example/jwks', { staleIfErrorMs: -1 }],
    ['timeoutMs', 'https://a.example/jwks', { timeoutMs: 30_001 }],
    ['fetch', 'https://a.example/jwks', { fetch: 'https' }],
    ['waitUntil', 'https://a.example/jwks', { waitUntil: {} }],
    ['url', 'https://a.example/jwks', { url: 'https://b.example/jwks' }],
    ['random', 'https://a.example/jwks', { random: () => 0 }],
  ])('is named keySetAt.%s (%s, %o)', (path, url, options) => {
    expect(wrongOption(() => keySetAt(url, options))).toBe(`keySetAt.${path}`)
  })

  it('is not http on loopback', () => {
    for (const host of ['localhost:1', '127.0.0.1', '[::1]'])
      expect(legacy({ algorithms: ['RS256'], keySet: keySetAt(`http://${host}/jwks`) })).not.toThrow()
  })
})

describe('a wrong option of the others', () => {
  it.each<[string, () => unknown]>([
    ['createDualAuth.verifiers', create({ verifiers: [] })],
    ['createDualAuth.verifiers[0]', create({ verifiers: [{ name: 'x' }] })],
    ['createDualAuth.acess', create({ acess: {} })],
    ['createDualAuth.link', create({ link: 'x' })],
    // Without link no account has memberships, so that every organization would be refused.
    ['createDualAuth.organization', create({ organization: () => 'acme' })],
    ['createDualAuth.trustedOrigins[1]', create({ trustedOrigins: ['https://a.example', 'a.example'] })],
    ['createDualAuth.trustedOrigins[0]', create({ trustedOrigins: ['https://a.example/'] })],
    ['createDualAuth.trustedOrigins[0]', create({ trustedOrigins: ['*'] })],
    ['createDualAuth.allowNonBrowser', create({ allowNonBrowser: 'legacy' })],
    ['createDualAuth.allowNonBrowser[0]', create({ allowNonBrowser: ['nobody'] })],
    // Takes bearers only, so that the entry would count for nothing.
    ['createDualAuth.allowNonBrowser[0]', create({ allowNonBrowser: ['legacy'] })],
    ['createDualAuth.maxCredentialBytes', create({ maxCredentialBytes: 100 })],
    ['createDualAuth.maxCredentialBytes', create({ maxCredentialBytes: 1e6 })],
    ['createDualAuth.realm', create({ realm: 'a"b' })],
    ['createDualAuth.access.roles.editor[0]', create({ access: { roles: { editor: ['things:**'] } } })],
    ['createDualAuth.onEvent', create({ onEvent: {} })],
    ['betterAuth(ba).secrets', sessions({ secrets: [] })],
    ['betterAuth(ba).sessions', sessions({ sessions: undefined })],
    ['betterAuth(ba).cookies.name', sessions({ cookies: { name: 'a=b' } })],
    ['betterAuth(ba).cookies.prefix', sessions({ cookies: { prefix: 'app.' } })],
    ['betterAuth(ba).cookies.prefix', sessions({ cookies: { prefix: '__Secure-app', secure: true } })],
    ['betterAuth(ba).cookies.name', sessions({ cookies: { name: '__Host-session', secure: true } })],
    ['betterAuth(ba).cookies.cacheName', sessions({ cookies: { cacheName: '__secure-cache', secure: true } })],
    ['betterAuth(ba).bearer', sessions({ bearer: true })],
    ['betterAuth(ba).secret', sessions({ secret: SECRET })],
    ['apiKeys(key).prefix', keys({ prefix: 'sk' })],
    ['apiKeys(key).keys', keys({ keys: {} })],
    ['apiKeys(key).header', keys({ header: false, bearer: false })],
    ['apiKeys(key).header', keys({ header: 'Authorization' })],
    ['apiKeys(key).header', keys({ header: 'x key' })],
    ['apiKeys(key).imported[0].minLength', keys({ imported: [{ prefix: 'x', minLength: 1, maxLength: 40 }] })],
    ['apiKeys.name', keys({ name: '' })],
    ['sqlSessions.query', () => sqlSessions('x' as never)],
    ['sqlSessions.tables.session', () => sqlSessions(async () => [], { tables: { session: 's"; drop' } })],
    ['sqlSessions.columns', () => sqlSessions(async () => [], { columns: 'kebab' as never })],
    ['instanceSessions.instance', () => instanceSessions({} as never)],
  ])('is named %s', (path, construct) => {
    expect(wrongOption(construct)).toBe(path)
  })
})
