import { createHash, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { chunked } from '../chunked.js'
import { encryptJwe } from '../jwt/encrypt-jwe.js'
import { assertLifetime, timedClaims, type Lifetime } from '../jwt/timed-claims.js'
import { assertKnown, type Known } from '../known-options.js'

/** Of `createAuthJsIssuer`. */
export interface AuthJsIssuerOptions {
  /** `AUTH_SECRET`. Default: 32 random bytes, in base64. */
  readonly secret?: string
  /** 5 for Auth.js (`@auth/core`, `next-auth` 5), 4 for NextAuth 4. Default 5. */
  readonly version?: 4 | 5
  /** Whether the cookie's own name begins with `__Secure-`. Default false. */
  readonly secure?: boolean
  /** `cookies.sessionToken.name`, whole. Default: that of the version. */
  readonly cookie?: string
  /** What the key is derived with. Default: in 5 the name of the cookie, in 4 nothing. */
  readonly salt?: string
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** What Auth.js with JWT sessions hands out, without the server. */
export interface AuthJsIssuer {
  readonly secret: string
  /** Name of the session cookie. */
  readonly cookie: string
  /** An encrypted session, good for 30 days unless the lifetime says otherwise. */
  token(claims?: Readonly<Record<string, unknown>>, lifetime?: Lifetime): string
  /** `name=value` of the session cookie, or its chunks where the value is longer than one. */
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
/** 4096 bytes of a cookie, less what Auth.js reckons for its name and attributes. */
const CHUNK_SIZE = { 4: 4096 - 163, 5: 4096 - 160 } as const

/**
 * Mints the JWT sessions that Auth.js or NextAuth with this secret would set.
 * @throws {AuthError} `configuration_invalid`: an unknown option, by name.
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

/** As `@auth/core/jwt` and `next-auth/jwt` 4 derive it. */
function keyOf(secret: string, version: 4 | 5, salt: string) {
  if (version === 4) {
    const info = `NextAuth.js Generated Encryption Key${salt === '' ? '' : ` (${salt})`}`
    return { header: { alg: 'dir', enc: 'A256GCM' }, key: Buffer.from(hkdfSync('sha256', secret, salt, info, 32)) }
  }
  const key = Buffer.from(hkdfSync('sha256', secret, salt, `Auth.js Generated Encryption Key (${salt})`, 64))
  const thumbprint = createHash('sha512').update(`{"k":"${key.toString('base64url')}","kty":"oct"}`)
  return { header: { alg: 'dir', enc: 'A256CBC-HS512', kid: thumbprint.digest('base64url') }, key }
}
