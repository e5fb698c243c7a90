import { createHmac, randomUUID } from 'node:crypto'
import type { KeySet } from '../key-set/key-set.js'
import { assertKnown, type Known } from '../known-options.js'
import { signJwt } from '../jwt/sign-jwt.js'
import { encryptCache } from './encrypt-cache.js'
import type { BetterAuthSessionRow, BetterAuthUserRow } from './session-rows.js'

/** Better Auth's `session.cookieCache.strategy`; `key-set` is `jwt` signed with the key of the JWT plugin. */
export type SessionDataEncoding = 'compact' | 'jwt' | 'jwe' | 'key-set'

/** Options of the cookie cache. */
export interface SessionDataOptions {
  /** Default `compact`, as in Better Auth. */
  readonly encoding?: SessionDataEncoding
  /** Default `'1'`. Null gives the form of Better Auth 1.3, without `version` and `updatedAt`. */
  readonly version?: string | null
  /** Lifetime of the cookie, not the session. Default 300; zero or less gives an expired cookie. */
  readonly maxAgeSeconds?: number
  /** Longer values are split into `name.0`, `name.1`, … Default 3977, as in Better Auth 1.6 and 1.7. */
  readonly chunkSize?: number
}

export interface SessionDataIssuer {
  readonly secret: string
  readonly keySet: Pick<KeySet, 'sign'>
  /** `iss` for the encoding `key-set`: the origin of Better Auth's base URL. */
  readonly origin: string
}

const OPTIONS: Known<SessionDataOptions> = { encoding: true, version: true, maxAgeSeconds: true, chunkSize: true }

/** The value of the cookie `session_data`. */
export function sessionDataValue(
  { secret, keySet, origin }: SessionDataIssuer,
  session: BetterAuthSessionRow,
  user: BetterAuthUserRow,
  options: SessionDataOptions,
  now: number,
): string {
  assertKnown(options, OPTIONS, 'BetterAuthIssuer.sessionDataCookie')
  const { encoding = 'compact', version = '1', maxAgeSeconds = 300 } = options
  // In the compact form, the order of the fields is part of what is signed.
  const data = { session, user, ...(version === null ? {} : { updatedAt: now, version }) }
  const iat = Math.floor(now / 1000)
  const times = { iat, exp: iat + maxAgeSeconds }
  switch (encoding) {
    case 'compact':
      return compact(data, now + maxAgeSeconds * 1000, secret)
    case 'jwt':
      return signJwt({ algorithm: 'HS256', key: secret, header: { alg: 'HS256' }, claims: { ...data, ...times } })
    case 'jwe':
      return encryptCache({ ...data, ...times, jti: randomUUID() }, secret)
    case 'key-set': {
      const parties = { iss: origin, aud: 'better-auth:session-cache', sub: user.id, sid: session.token }
      return keySet.sign({ ...data, ...times, ...parties }, { typ: 'better-auth.session-cache+jwt' })
    }
  }
}

function compact(data: object, expiresAt: number, secret: string): string {
  const signed = JSON.stringify({ ...data, expiresAt })
  const signature = createHmac('sha256', secret).update(signed).digest('base64url')
  return Buffer.from(JSON.stringify({ session: data, expiresAt, signature })).toString('base64url')
}
