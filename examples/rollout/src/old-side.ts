import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import type { Query } from '@dualauth/core'
import { SignJWT } from 'jose'

/** What the application has had for years: a table of users, and tokens of its own. It knows nothing of dualauth. */
export function createOldSide(query: Query, jwtSecret: string) {
  const secret = new TextEncoder().encode(jwtSecret)
  return {
    async register(email: string, password: string): Promise<string> {
      const salt = randomBytes(16).toString('hex')
      const insert = 'insert into users (email, password_hash) values ($1, $2) returning id'
      const [row] = await query(insert, [email, `${salt}:${hash(password, salt).toString('hex')}`])
      return String(row?.['id'])
    },
    /** The id of the user; null where address or password are wrong. */
    async check(email: string, password: string): Promise<string | null> {
      const [row] = await query('select id, password_hash from users where email = $1', [email])
      const [salt = '', stored = ''] = String(row?.['password_hash'] ?? '').split(':')
      const given = hash(password, salt)
      const isRight = stored.length === 128 && timingSafeEqual(given, Buffer.from(stored, 'hex'))
      return isRight ? String(row?.['id']) : null
    },
    issue: (userId: string): Promise<string> =>
      new SignJWT({ userId, type: 'access' })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuedAt()
        .setExpirationTime('30d')
        .sign(secret),
  }
}

function hash(password: string, salt: string): Buffer {
  return scryptSync(password, salt, 64)
}
