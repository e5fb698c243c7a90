import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { EncryptJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  authJs,
  betterAuth,
  createDualAuth,
  legacyJwt,
  type AuthEvent,
  type AuthJsOptions,
  type DualAuth,
} from '../../../src/index.js'
import { authJsToken, type Oddity } from '../../support/auth-js-tokens.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer, cookies, request } from '../../support/requests.js'

const secret = randomBytes(33).toString('base64')
const NOW = Date.UTC(2026, 0, 15)
const seconds = NOW / 1000
const CLAIMS = { sub: 'ada', iat: seconds - 60, exp: seconds + 3_600 }
const NAMES = { 4: 'next-auth.session-token', 5: 'authjs.session-token' } as const

const authWith = (options: Partial<AuthJsOptions> = {}, onEvent?: (event: AuthEvent) => void): DualAuth =>
  createDualAuth({
    verifiers: [authJs({ name: 'auth-js', secrets: [secret], ...options })],
    now: () => NOW,
    ...(onEvent !== undefined && { onEvent }),
  }) as unknown as DualAuth

const ask = (token: string, version: 4 | 5 = 5, auth = authWith({ version })) =>
  outcome(auth, cookies([NAMES[version], token]))

describe.each([4, 5] as const)('an encrypted session of version %i', (version) => {
  const enc = version === 4 ? 'A256GCM' : 'A256CBC-HS512'
  const mint = (claims: unknown = CLAIMS, odd: Oddity = {}) => authJsToken(claims, { secret, version }, odd)

  it('passes as it is', async () => {
    expect(await ask(mint(), version)).toBe('200 ada by auth-js')
  })

  it.each<[string, Oddity]>([
    ['another enc', { header: { alg: 'dir', enc: 'A128CBC-HS256' } }],
    ['the enc of the other version', { header: { alg: 'dir', enc: version === 4 ? 'A256CBC-HS512' : 'A256GCM' } }],
    ['an alg that wraps a key', { header: { alg: 'A256KW', enc } }],
    ['a password as alg', { header: { alg: 'PBES2-HS256+A128KW', enc, p2c: 1e9, p2s: 'x' } }],
    ['no alg', { header: { enc } }],
    ['an alg in another case', { header: { alg: 'DIR', enc } }],
    ['compression', { header: { alg: 'dir', enc, zip: 'DEF' } }],
    ['something critical', { header: { alg: 'dir', enc, crit: ['exp'], exp: 1 } }],
    ['nothing critical', { header: { alg: 'dir', enc, crit: [] } }],
    ['an encrypted key', { encryptedKey: 'AAAA' }],
    ['a tag cut short', { tagBytes: version === 4 ? 12 : 16 }],
    ['a tag of four bytes', { tagBytes: 4 }],
    ['a vector of another size', { ivBytes: version === 4 ? 16 : 12 }],
    ['an empty vector', { ivBytes: version === 4 ? 1 : 0 }],
    ['a list for claims', { plaintext: '[]' }],
    ['no JSON', { plaintext: 'sub=ada' }],
    ['a byte order mark', { plaintext: `\ufeff${JSON.stringify(CLAIMS)}` }],
    ['no UTF-8', { plaintext: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }],
  ])('is refused with %s', async (_, odd) => {
    expect(await ask(mint(CLAIMS, odd), version)).toBe('401 credential_invalid')
  })

  it('has one spelling', async () => {
    const token = mint()
    const auth = authWith({ version })
    for (const other of [`${token}=`, `${token} `, `${token}.`, ` ${token}A`, token.replace('..', '.=.')])
      expect((await ask(other, version, auth)).startsWith('401') || other.trim() === token).toBe(true)
    const [, , , ciphertext = ''] = token.split('.')
    // Unused bits of the last character, where there are any.
    const parts = token.split('.')
    for (const [index, part] of parts.entries()) {
      if (part.length % 4 === 0) continue
      const last = part.charCodeAt(part.length - 1) + 1
      const spelled = parts.with(index, part.slice(0, -1) + String.fromCharCode(last)).join('.')
      expect(await ask(spelled, version, auth)).toBe('401 credential_invalid')
    }
    expect(ciphertext).not.toBe('')
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['expired', { exp: seconds - 16 }, 'credential_expired'],
    ['without an end', { exp: undefined }, 'credential_invalid'],
    ['with an end that is text', { exp: `${seconds + 60}` }, 'credential_invalid'],
    ['with an end past all sense', { exp: 1e300 }, 'credential_invalid'],
    ['issued in the future', { iat: seconds + 60 }, 'credential_invalid'],
    ['not yet valid', { nbf: seconds + 60 }, 'credential_invalid'],
    ['without a subject', { sub: undefined }, 'credential_invalid'],
    ['with an empty subject', { sub: '' }, 'credential_invalid'],
    ['with an object as subject', { sub: { id: 'ada' } }, 'credential_invalid'],
    ['with a control character in the subject', { sub: 'ada\n' }, 'credential_invalid'],
  ])('is refused %s', async (_, more, code) => {
    expect(await ask(mint({ ...CLAIMS, ...more }), version)).toBe(`401 ${code}`)
  })

  it('may hold whatever a profile brought along', async () => {
    const profile = {
      iss: 'https://accounts.example.com',
      aud: 'x',
      nonce: 'n',
      at_hash: 'h',
      token_use: 'id',
      typ: 'ID',
    }
    expect(await ask(mint({ ...CLAIMS, ...profile }), version)).toBe('200 ada by auth-js')
  })

  it('cannot reach the prototype of anything', async () => {
    const plaintext = `{"__proto__":{"roles":["admin"],"sub":"eve"},"constructor":1,${JSON.stringify(CLAIMS).slice(1)}`
    const result = await authWith({ version }).authenticate(cookies([NAMES[version], mint(CLAIMS, { plaintext })]))
    expect(result.ok && [result.principal.id, result.principal.roles]).toEqual(['ada', []])
    expect(result.ok && Object.hasOwn(result.principal.claims as object, '__proto__')).toBe(false)
    expect(({} as { roles?: unknown }).roles).toBeUndefined()
    const without = await ask(
      mint(CLAIMS, { plaintext: `{"__proto__":${JSON.stringify(CLAIMS)},"exp":${CLAIMS.exp}}` }),
      version,
    )
    expect(without).toBe('401 credential_invalid')
  })

  it('never passes with a byte changed', async () => {
    const token = mint()
    const auth = authWith({ version })
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'Ab0-_.~='.split('')), async (at, other) => {
        if (token.charAt(at) === other) return
        const changed = token.slice(0, at) + other + token.slice(at + 1)
        expect(await ask(changed, version, auth)).toBe('401 credential_invalid')
      }),
      { numRuns: 400 },
    )
  })

  it('is remembered, and ended by whatever it can be ended by', async () => {
    const events: AuthEvent[] = []
    const token = mint({ ...CLAIMS, sid: 's-1' })
    for (const what of [
      { credential: token },
      { credential: `${NAMES[version]}=${token}` },
      { principal: 'ada' },
      { session: 's-1', verifier: 'auth-js' },
      { verifier: 'auth-js' },
    ]) {
      const auth = authWith({ version }, (event) => void events.push(event))
      expect(await ask(token, version, auth)).toBe('200 ada by auth-js')
      expect(await ask(token, version, auth)).toBe('200 ada by auth-js')
      await auth.revoke(what as never)
      expect(await ask(token, version, auth)).toBe('401 credential_revoked')
    }
    expect(events.filter(({ type }) => type === 'remembered').length).toBeGreaterThanOrEqual(5)
  })

  it('is asked of the app, also when it is remembered', async () => {
    const gone = new Set<string>()
    const auth = authWith({ version, isRevoked: ({ claims }) => gone.has(String(claims.jti)) })
    const token = mint({ ...CLAIMS, jti: 'j-1' })
    expect(await ask(token, version, auth)).toBe('200 ada by auth-js')
    gone.add('j-1')
    expect(await ask(token, version, auth)).toBe('401 credential_revoked')
  })

  it('opens with what jose encrypts, and with no other key of its size', async () => {
    const token = mint()
    expect(await ask(token, version, authWith({ version, secrets: [randomBytes(32)] }))).toBe('401 credential_invalid')
    const foreign = await new EncryptJWT(CLAIMS)
      .setProtectedHeader({ alg: 'dir', enc })
      .encrypt(randomBytes(version === 4 ? 32 : 64))
    expect(await ask(foreign, version)).toBe('401 credential_invalid')
  })
})

it('a session is refused under the name of another app’s cookie, although both have one secret', async () => {
  const token = authJsToken(CLAIMS, { secret, salt: 'shop.session' })
  const auth = authWith({ cookie: ['shop.session', 'admin.session'] })
  expect(await outcome(auth, cookies(['shop.session', token]))).toBe('200 ada by auth-js')
  expect(await outcome(auth, cookies(['admin.session', token]))).toBe('401 credential_invalid')
})

it('a session that says that its person signed in later than now is revoked with that person', async () => {
  const auth = authWith({ signedInAt: 'signedInAt' })
  const token = authJsToken({ ...CLAIMS, signedInAt: NOW + 3_600_000 }, { secret })
  expect(await ask(token, 5, auth)).toBe('200 ada by auth-js')
  await auth.revoke({ principal: 'ada' })
  expect(await ask(token, 5, auth)).toBe('401 credential_revoked')
})

it('a cookie that is too large is refused as such', async () => {
  const token = authJsToken({ ...CLAIMS, notes: 'x'.repeat(9_000) }, { secret })
  const chunks = token
    .match(/.{1,3936}/g)!
    .map((part, index): [string, string] => [`authjs.session-token.${index}`, part])
  expect(await outcome(authWith(), cookies(...chunks))).toBe('431 credential_too_large')
})

it('a whole cookie beside chunks decides', async () => {
  const [ada, eve] = ['ada', 'eve'].map((sub) => authJsToken({ ...CLAIMS, sub }, { secret }))
  const field = cookies(['authjs.session-token.0', eve!], ['authjs.session-token', ada!])
  expect(await outcome(authWith(), field)).toBe('200 ada by auth-js')
})

it('two sessions of two people are a conflict', async () => {
  const plain = authJsToken(CLAIMS, { secret })
  const secure = authJsToken({ ...CLAIMS, sub: 'eve' }, { secret, salt: '__Secure-authjs.session-token' })
  const field = cookies(['authjs.session-token', plain], ['__Secure-authjs.session-token', secure])
  expect(await outcome(authWith(), field)).toBe('401 identity_conflict')
})

it('an expired session falls through to a fresh one under the other name', async () => {
  const plain = authJsToken(CLAIMS, { secret })
  const salt = '__Secure-authjs.session-token'
  const secure = authJsToken({ ...CLAIMS, iat: seconds - 120, exp: seconds - 60 }, { secret, salt })
  const field = cookies([salt, secure], ['authjs.session-token', plain])
  expect(await outcome(authWith(), field)).toBe('200 ada by auth-js')
})

it('a change by cookie needs the proof of its origin', async () => {
  const field = `authjs.session-token=${authJsToken(CLAIMS, { secret })}`
  expect(await outcome(authWith(), request({ cookie: field }, 'POST'))).toBe('403 origin_untrusted')
})

describe('a bearer', () => {
  const both = (options: Partial<AuthJsOptions> = {}) =>
    createDualAuth({
      verifiers: [
        legacyJwt({
          name: 'legacy',
          algorithms: ['HS256'],
          secrets: [randomBytes(32)],
          purpose: 'only-access-tokens',
        }),
        authJs({ name: 'five', secrets: [secret], bearer: true, ...options }),
        authJs({ name: 'four', secrets: [secret], version: 4, bearer: true }),
        betterAuth({ name: 'better-auth', secrets: [secret], sessions: () => null }),
      ],
      link: ({ subject }) => ({ id: subject }),
      now: () => NOW,
    })

  it('has one owner beside JWTs, session tokens and the other version, with the secret that Better Auth falls back to', async () => {
    const auth = both()
    expect(await outcome(auth, bearer(authJsToken(CLAIMS, { secret })))).toBe('200 ada by five')
    expect(await outcome(auth, bearer(authJsToken(CLAIMS, { secret, version: 4 })))).toBe('200 ada by four')
    const secure = authJsToken(CLAIMS, { secret, salt: '__Secure-authjs.session-token' })
    expect(await outcome(auth, bearer(secure))).toBe('200 ada by five')
    for (const header of [
      { enc: 'A256GCM', alg: 'dir' },
      { alg: 'dir', enc: 'A128GCM' },
    ])
      expect(await outcome(auth, bearer(authJsToken(CLAIMS, { secret }, { header })))).toBe(
        '401 credential_unsupported',
      )
  })

  it('of two verifiers that would take it is a mistake', () => {
    const two = () =>
      createDualAuth({
        verifiers: ['one', 'two'].map((name) => authJs({ name, secrets: [secret], bearer: true, cookie: name })),
        link: () => null,
      })
    expect(wrongOption(two)).toBe('createDualAuth.verifiers')
  })
})

describe('options', () => {
  const construct = (options: object) =>
    wrongOption(() => authJs({ name: 'a', secrets: [secret], ...options } as never))

  it.each<[object, string]>([
    [{ secrets: [] }, 'authJs(a).secrets'],
    [{ secrets: ['too short'] }, 'authJs(a).secrets[0]'],
    [{ secrets: [secret, 'a'.repeat(40)] }, 'authJs(a).secrets[1]'],
    [{ version: 3 }, 'authJs(a).version'],
    [{ cookie: 'a b' }, 'authJs(a).cookie'],
    [{ cookie: [] }, 'authJs(a).cookie'],
    [{ cookie: ['a', 'b', 'a'] }, 'authJs(a).cookie[2]'],
    [{ salt: '' }, 'authJs(a).salt'],
    [{ bearer: 'yes' }, 'authJs(a).bearer'],
    [{ claims: { roles: '$.roles' } }, 'authJs(a).claims.roles'],
    [{ claims: { role: 'roles' } }, 'authJs(a).claims.role'],
    [{ signedInAt: '/x' }, 'authJs(a).signedInAt'],
    [{ clockToleranceSeconds: 301 }, 'authJs(a).clockToleranceSeconds'],
    [{ isRevoked: true }, 'authJs(a).isRevoked'],
    [{ secret }, 'authJs(a).secret'],
  ])('%o are refused, by name', (options, path) => {
    expect(construct(options)).toBe(path)
  })

  it('admit a weak secret until a date', async () => {
    const weak = 'a'.repeat(40)
    const until = new Date(Date.now() + 86_400_000).toISOString()
    const auth = authWith({ secrets: [weak], acceptWeakSecret: { until, reason: 'rotated on Friday' } })
    expect(await ask(authJsToken(CLAIMS, { secret: weak }), 5, auth)).toBe('200 ada by auth-js')
  })
})
