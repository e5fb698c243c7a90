import { createHmac } from 'node:crypto'

/** Better Auth's signed value, before percent-encoding: `token.base64(HMAC-SHA256(secret, token))`. */
export function signedValue(token: string, secret: string): string {
  return `${token}.${createHmac('sha256', secret).update(token).digest('base64')}`
}
