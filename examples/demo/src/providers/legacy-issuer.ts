import { randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'

export interface LegacyIssuer {
  readonly secret: string
  /** A negative lifetime gives an expired token. */
  accessToken(userId: number, lifetimeSeconds: number): Promise<string>
  refreshToken(userId: number): Promise<string>
}

/** The home-grown system: HS256, no `iss`, no `aud`, no `kid`, the subject in `userId`. */
export function createLegacyIssuer(): LegacyIssuer {
  const secret = randomBytes(32).toString('hex')
  const key = new TextEncoder().encode(secret)
  const sign = (userId: number, type: 'access' | 'refresh', lifetimeSeconds: number): Promise<string> => {
    const expiresAt = Math.floor(Date.now() / 1000) + lifetimeSeconds
    return new SignJWT({ userId, type })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuedAt(expiresAt - Math.abs(lifetimeSeconds))
      .setExpirationTime(expiresAt)
      .sign(key)
  }
  return {
    secret,
    accessToken: (userId, lifetimeSeconds) => sign(userId, 'access', lifetimeSeconds),
    refreshToken: (userId) => sign(userId, 'refresh', 30 * 86_400),
  }
}
