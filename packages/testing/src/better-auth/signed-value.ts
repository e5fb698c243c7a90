import { createHmac } from 'node:crypto'

/** Better Auth's signed form of a text, before percent-encoding: `text.base64(HMAC-SHA256(secret, text))`. */
export function signedValue(text: string, secret: string): string {
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64')}`
}
