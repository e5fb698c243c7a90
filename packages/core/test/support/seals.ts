import { randomBytes } from 'node:crypto'
import { sealData } from 'iron-session'

export const COOKIE_PASSWORD: string = randomBytes(32).toString('base64url')
export const OLD_COOKIE_PASSWORD: string = randomBytes(32).toString('base64url')

/** Seals as the WorkOS SDK does, by the library that it once used. */
export function seal(content: unknown, password: string = COOKIE_PASSWORD): Promise<string> {
  return sealData(content, { password, ttl: 0 })
}
