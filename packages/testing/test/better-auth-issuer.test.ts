import { randomBytes } from 'node:crypto'
import { apiKey } from '@better-auth/api-key'
import { betterAuth as createBetterAuth, type BetterAuthOptions } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { getCookieCache } from 'better-auth/cookies'
import { bearer, jwt } from 'better-auth/plugins'
import { betterAuth, createDualAuth } from '@dualauth/core'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  createBetterAuthIssuer,
  createClock,
  tamper,
  type SessionDataEncoding,
  type SessionDataOptions,
  type SignedIn,
} from '../src/index.js'

const ORIGIN = 'http://localhost:3000'
const issuer = createBetterAuthIssuer({ secret: randomBytes(32).toString('hex'), baseUrl: ORIGIN })

type Row = Record<string, unknown>

/** A real server of 1.7.7 with our secret, over tables that the issuer's rows are put into. */
function realServer(strategy?: 'compact' | 'jwt' | 'jwe', sessionCookieCache = false) {
  const tables: Record<string, Row[]> = { user: [], session: [], account: [], verification: [], jwks: [], apikey: [] }
  const cookieCache = strategy === undefined ? {} : { session: { cookieCache: { enabled: true, strategy } } }
  const options = {
    baseURL: ORIGIN,
    secret: issuer.secret,
    database: memoryAdapter(tables),
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    plugins: [bearer(), jwt({ sessionCookieCache, disableSettingJwtHeader: true }), apiKey()],
    ...cookieCache,
  }
  const publicKey = JSON.stringify(issuer.keySet.signingKey.publicJwk)
  tables['jwks']!.push({
    id: issuer.keySet.signingKey.kid,
    publicKey,
    privateKey: '',
    alg: 'EdDSA',
    createdAt: new Date(),
  })
  return { tables, auth: createBetterAuth(options as BetterAuthOptions) }
}

function store(tables: Record<string, Row[]>, { session, user }: SignedIn): void {
  tables['session']!.push({ ...session })
  tables['user']!.push({ ...user })
}

describe('sessions that were minted', () => {
  const { tables, auth } = realServer()
  const get = (headers: Record<string, string>) => auth.api.getSession({ headers: new Headers(headers) })

  it('are accepted by a real server, as cookie and as bearer', async () => {
    const signedIn = issuer.session({ user: { name: 'Zoë' } })
    store(tables, signedIn)
    for (const headers of [
      { cookie: issuer.sessionCookie(signedIn.token) },
      { authorization: `Bearer ${issuer.bearer(signedIn.token)}` },
      { authorization: `Bearer ${signedIn.token}` },
    ])
      expect(await get(headers)).toMatchObject({ user: { id: signedIn.user.id, name: 'Zoë' } })
    expect(await get({ cookie: tamper(issuer.sessionCookie(signedIn.token)) })).toBeNull()
  })

  it('expire', async () => {
    const expired = issuer.session({ expiresInSeconds: -60 })
    store(tables, expired)
    expect(await get({ cookie: issuer.sessionCookie(expired.token) })).toBeNull()
  })

  it('are the very bytes that a real server sets', async () => {
    const server = createBetterAuth({
      baseURL: ORIGIN,
      secret: issuer.secret,
      database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
      emailAndPassword: { enabled: true },
      telemetry: { enabled: false },
    })
    const { headers, response } = await server.api.signUpEmail({
      body: { name: 'A', email: 'a@example.com', password: 'correct horse' },
      returnHeaders: true,
    })
    expect(headers.get('set-cookie')?.split(';')[0]).toBe(issuer.sessionCookie(response.token!))
  })
})

describe('cookie caches that were minted', () => {
  const STRATEGY = { compact: 'compact', jwt: 'jwt', jwe: 'jwe', 'key-set': 'jwt' } as const
  const encodings = Object.keys(STRATEGY) as SessionDataEncoding[]

  /** What the real server says without any row: nothing but the cache can make it accept. */
  async function judged(signedIn: SignedIn, cookie: string, encoding: SessionDataEncoding) {
    const { auth } = realServer(STRATEGY[encoding], encoding === 'key-set')
    const headers = new Headers({ cookie: `${issuer.sessionCookie(signedIn.token)}; ${cookie}` })
    return auth.api.getSession({ headers })
  }
  const mint = (encoding: SessionDataEncoding, options: SessionDataOptions = {}) => {
    const signedIn = issuer.session({ user: { name: 'Zoë 🙂' } })
    return { signedIn, cookie: issuer.sessionDataCookie(signedIn, { encoding, ...options }) }
  }

  it.each(encodings)('%s is accepted by a real server', async (encoding) => {
    const { signedIn, cookie } = mint(encoding)
    const found = await judged(signedIn, cookie, encoding)
    expect(found).toMatchObject({ session: { token: signedIn.token }, user: { name: 'Zoë 🙂' } })
    // 1.7.7 answers 500 to a compact cache whose signature is no base64url.
    const forged = judged(signedIn, tamper(cookie), encoding)
    expect(await (encoding === 'compact' ? forged.catch(() => null) : forged)).toBeNull()
    expect(await judged(signedIn, mint(encoding, { maxAgeSeconds: -60 }).cookie, encoding)).toBeNull()
    expect(await judged(issuer.session(), cookie, encoding)).toBeNull()
  })

  it.each(encodings)('%s is accepted in chunks', async (encoding) => {
    const { signedIn, cookie } = mint(encoding, { chunkSize: 300 })
    expect(cookie).toMatch(/^better-auth\.session_data\.0=[\w.-]{300}; better-auth\.session_data\.1=/)
    expect(await judged(signedIn, cookie, encoding)).not.toBeNull()
  })

  it.each(encodings)('%s is read by getCookieCache, which looks at the version', async (encoding) => {
    const { signedIn, cookie } = mint(encoding, { version: '2' })
    const headers = new Headers({ cookie })
    const keySet = { jwt: { jwks: { keys: issuer.keySet.keys as never[] }, issuer: ORIGIN } }
    const config = {
      secret: issuer.secret,
      strategy: STRATEGY[encoding],
      isSecure: false,
      ...(encoding === 'key-set' ? keySet : {}),
    }
    expect(await getCookieCache(headers, { ...config, version: '2' })).toMatchObject({ user: { id: signedIn.user.id } })
    expect(await getCookieCache(headers, { ...config, version: '1' })).toBeNull()
  })

  it('has the form of 1.3 where there is no version', () => {
    const { cookie } = mint('compact', { version: null })
    const value = Buffer.from(cookie.split('=')[1]!, 'base64url').toString()
    expect(Object.keys((JSON.parse(value) as { session: object }).session)).toEqual(['session', 'user'])
  })
})

describe('tokens of the JWT plugin', () => {
  it('are verified by a real server and by the key set', async () => {
    const { auth } = realServer()
    const signedIn = issuer.session({ user: { id: 'u-1', name: 'A' } })
    const token = issuer.jwt(signedIn, { org: 'o-1' })
    const api = auth.api as unknown as { verifyJWT(input: object): Promise<{ payload: object | null }> }
    const { payload } = await api.verifyJWT({ body: { token } })
    expect(payload).toMatchObject({ sub: 'u-1', iss: ORIGIN, aud: ORIGIN, name: 'A', org: 'o-1' })
    const keys = createLocalJWKSet({ keys: issuer.keySet.keys as never[] })
    expect((await jwtVerify(token, keys)).protectedHeader).toEqual({
      alg: 'EdDSA',
      kid: issuer.keySet.signingKey.kid,
    })
    await expect(jwtVerify(issuer.jwt(signedIn, {}, { expiresInSeconds: -60 }), keys)).rejects.toThrow('exp')
  })
})

describe('API keys that were minted', () => {
  const { tables, auth } = realServer()
  const api = auth.api as unknown as {
    verifyApiKey(
      input: object,
    ): Promise<{ valid: boolean; error: { code: string } | null; key: { referenceId: string } }>
  }

  it('are verified by a real server', async () => {
    const { key, row } = issuer.apiKey({ referenceId: 'u-1', prefix: 'sk_', permissions: { files: ['read'] } })
    tables['apikey']!.push({ ...row })
    expect(key).toMatch(/^sk_[A-Za-z]{64}$/)
    const verified = await api.verifyApiKey({ body: { key, permissions: { files: ['read'] } } })
    expect(verified).toMatchObject({ valid: true, key: { referenceId: 'u-1' } })
    expect(await api.verifyApiKey({ body: { key, permissions: { files: ['write'] } } })).toMatchObject({ valid: false })
  })

  it('expire, and are switched off', async () => {
    const expired = issuer.apiKey({ referenceId: 'u-1', expiresAt: Date.now() - 1000 })
    const off = issuer.apiKey({ referenceId: 'u-1', fields: { enabled: false } })
    tables['apikey']!.push({ ...expired.row }, { ...off.row })
    expect(await api.verifyApiKey({ body: { key: expired.key } })).toMatchObject({ error: { code: 'KEY_EXPIRED' } })
    expect(await api.verifyApiKey({ body: { key: off.key } })).toMatchObject({ error: { code: 'KEY_DISABLED' } })
  })
})

describe('the issuer’s own table', () => {
  const clock = createClock(Date.UTC(2026, 0, 15))
  const own = createBetterAuthIssuer({ now: clock.now, secure: true, cookiePrefix: 'app' })
  const auth = createDualAuth({
    verifiers: [
      betterAuth({
        name: 'better-auth',
        secrets: [own.secret],
        sessions: own.findSession,
        cookies: { prefix: 'app', secure: true },
      }),
    ],
    now: clock.now,
  })
  const ask = async (token: string): Promise<string> => {
    const result = await auth.authenticate({ method: 'GET', headers: { cookie: own.sessionCookie(token) } })
    return result.ok ? result.principal.id : result.error.code
  }

  it('finds sessions until they expire or are ended', async () => {
    const { token } = own.session({ user: 'u-1' })
    const other = own.session({ user: 'u-1' }).token
    expect(await ask(token)).toBe('u-1')
    own.signOut(token)
    expect([await ask(token), await ask(other)]).toEqual(['credential_revoked', 'u-1'])
    clock.advance(7 * 86_400_000)
    expect(await ask(other)).toBe('credential_expired')
  })

  it('knows of bans, of users who are gone, and of impersonation', async () => {
    const { token, user } = own.session({ user: { role: 'editor' }, fields: { impersonatedBy: 'admin-1' } })
    const result = await auth.authenticate({ method: 'GET', headers: { cookie: own.sessionCookie(token) } })
    expect(result.ok && result.principal.impersonator).toBe('admin-1')
    own.changeUser(user.id, { banned: true })
    expect(await ask(token)).toBe('account_banned')
    own.changeUser(user.id, null)
    expect(await ask(token)).toBe('credential_revoked')
  })
})
