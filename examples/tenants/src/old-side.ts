import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import type { Query } from '@dualauth/core'
import { SignJWT } from 'jose'

export type OldSide = ReturnType<typeof createOldSide>

export interface User {
  readonly id: string
  readonly tenant: string
}

/** What the application has had for years: passwords, and tokens of its own. It knows nothing of dualauth. */
export function createOldSide(query: Query, jwtSecret: string) {
  const secret = new TextEncoder().encode(jwtSecret)
  return {
    /** @param roles By tenant; the first is where the user belongs. */
    async register(email: string, password: string, roles: Readonly<Record<string, string>>): Promise<string> {
      const salt = randomBytes(16).toString('hex')
      const insert = 'insert into users (email, password_hash, tenant_id) values ($1, $2, $3) returning id'
      const stored = `${salt}:${hash(password, salt).toString('hex')}`
      const [row] = await query(insert, [email, stored, Object.keys(roles)[0]])
      const id = String(row?.['id'])
      for (const [tenant, role] of Object.entries(roles))
        await query('insert into tenant_users (user_id, tenant_id, role) values ($1, $2, $3)', [id, tenant, role])
      return id
    },
    /** Null where address or password are wrong. */
    async check(email: string, password: string): Promise<User | null> {
      const [row] = await query('select id, password_hash, tenant_id from users where email = $1', [email])
      const [salt = '', stored = ''] = String(row?.['password_hash'] ?? '').split(':')
      const given = hash(password, salt)
      const isRight = stored.length === 128 && timingSafeEqual(given, Buffer.from(stored, 'hex'))
      return isRight ? { id: String(row?.['id']), tenant: String(row?.['tenant_id']) } : null
    },
    issue: (userId: string, tenantId: string): Promise<string> =>
      new SignJWT({ userId, tenantId })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuedAt()
        .setExpirationTime('30d')
        .sign(secret),
  }
}

function hash(password: string, salt: string): Buffer {
  return scryptSync(password, salt, 64)
}
