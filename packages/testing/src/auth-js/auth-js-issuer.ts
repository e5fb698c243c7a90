import { createHash, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { chunked } from '../chunked.js'
import { encryptJwe } from '../jwt/encrypt-jwe.js'
import { assertLifetime, timedClaims, type Lifetime } from '../jwt/timed-claims.js'
import { assertKnown, type Known } from '../known-options.js'

/** The options of `createAuthJsIssuer`. */
export interface AuthJsIssuerOptions {
  /** `AUTH_SECRET`. Default: 32 random bytes, in base64. */
  readonly secret?: string
  /** 5 for Auth.js (`@auth/core`, `next-auth` 5), 4 for NextAuth 4. Default 5. */
  readonly version?: 4 | 5
  /** Whether the default cookie name begins with `__Secure-`. Default false. */
  readonly secure?: boolean
  /** The whole `cookies.sessionToken.name`. Default: the version's name. */
  readonly cookie?: string
  /** The salt of the key. Default: the cookie's name in version 5, none in 4. */
  readonly salt?: string
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** Issues what Auth.js with JWT sessions would issue, without the server. */
export interface AuthJsIssuer {
  readonly secret: string
  /** Name of the session cookie. */
  readonly cookie: string
  /** An encrypted session, valid for 30 days unless the lifetime says otherwise. */
  token(claims?: Readonly<Record<string, unknown>>, lifetime?: Lifetime): string
  /** `name=value` of the session cookie, or its chunks if the value is longer than one chunk. */
  sessionCookie(token: string): string
}

const OPTIONS: Known<AuthJsIssuerOptions> = {
  secret: true,
  version: true,
  secure: true,
  cookie: true,
  salt: true,
  now: true,
}

const MAX_AGE_SECONDS = 2_592_000
/** 4096 bytes, minus what Auth.js reserves for the cookie's name and attributes. */
const CHUNK_SIZE = { 4: 4096 - 163, 5: 4096 - 160 } as const

/**
 * Creates the JWT sessions that Auth.js or NextAuth would set with this secret.
 * @throws {AuthError} `configuration_invalid`: an unknown option; the message names it.
 */
export function createAuthJsIssuer(options: AuthJsIssuerOptions = {}): AuthJsIssuer {
  assertKnown(options, OPTIONS, 'createAuthJsIssuer')
  const { secret = randomBytes(32).toString('base64'), version = 5, secure = false, now = Date.now } = options
  const usual = `${secure ? '__Secure-' : ''}${version === 4 ? 'next-auth' : 'authjs'}.session-token`
  const { cookie = usual } = options
  const { header, key } = keyOf(secret, version, options.salt ?? (version === 4 ? '' : cookie))
  return {
    secret,
    cookie,
    token(claims = {}, lifetime = {}) {
      assertLifetime(lifetime, 'AuthJsIssuer.token')
      const times = timedClaims(now(), claims, lifetime, MAX_AGE_SECONDS)
      return encryptJwe({ sub: randomUUID(), jti: randomUUID(), ...times }, header, key)
    },
    sessionCookie: (token) => chunked(cookie, token, CHUNK_SIZE[version]),
  }
}

/** Derived as in `@auth/core/jwt` and `next-auth/jwt` 4. */
function keyOf(secret: string, version: 4 | 5, salt: string) {
  if (version === 4) {
    const info = `NextAuth.js Generated Encryption Key${salt === '' ? '' : ` (${salt})`}`
    return { header: { alg: 'dir', enc: 'A256GCM' }, key: Buffer.from(hkdfSync('sha256', secret, salt, info, 32)) }
  }
  const key = Buffer.from(hkdfSync('sha256', secret, salt, `Auth.js Generated Encryption Key (${salt})`, 64))
  const thumbprint = createHash('sha512').update(`{"k":"${key.toString('base64url')}","kty":"oct"}`)
  return { header: { alg: 'dir', enc: 'A256CBC-HS512', kid: thumbprint.digest('base64url') }, key }
}
