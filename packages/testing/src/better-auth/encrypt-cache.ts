import { createHash, hkdfSync } from 'node:crypto'
import { encryptJwe } from '../jwt/encrypt-jwe.js'

const SALT = 'better-auth-session'
const INFO = 'BetterAuth.js Generated Encryption Key'

/** Encrypts as Better Auth does: `dir`, A256CBC-HS512, with a key derived from the secret. */
export function encryptCache(claims: unknown, secret: string): string {
  const key = Buffer.from(hkdfSync('sha256', secret, SALT, INFO, 64))
  const thumbprint = createHash('sha256').update(`{"k":"${key.toString('base64url')}","kty":"oct"}`)
  return encryptJwe(claims, { alg: 'dir', enc: 'A256CBC-HS512', kid: thumbprint.digest('base64url') }, key)
}
