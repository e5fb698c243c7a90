import type { Query } from '@dualauth/core'
import { hash, verify } from '@node-rs/bcrypt'
import { SignJWT } from 'jose'

/** What the application has had for years: a table of users, and tokens of its own. It knows nothing of dualauth. */
export function createOldSide(query: Query, jwtSecret: string, bcryptCost: number) {
  const secret = new TextEncoder().encode(jwtSecret)
  return {
    async register(email: string, password: string): Promise<string> {
      const insert = 'insert into users (email, password_hash) values ($1, $2) returning id'
      const [row] = await query(insert, [email, await hash(password, { cost: bcryptCost })])
      return String(row?.['id'])
    },
    /** The id of the user; null where address or password are wrong. */
    async check(email: string, password: string): Promise<string | null> {
      const [row] = await query('select id, password_hash from users where email = $1', [email])
      const stored = row?.['password_hash']
      return typeof stored === 'string' && (await verify(password, stored)) ? String(row?.['id']) : null
    },
    issue: (userId: string): Promise<string> =>
      new SignJWT({ userId, type: 'access' })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuedAt()
        .setExpirationTime('30d')
        .sign(secret),
  }
}
