import * as crypto from '#crypto'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import { signerOf } from '../../../verify/signer-of.js'

/**
 * Reads Better Auth's signed value, `token.base64(HMAC-SHA256(secret, token))`, and tells which secret of the list
 * signed it. The signature has one spelling: 44 characters of standard base64.
 *
 * A genuine signature proves only that this server once signed this text, whatever the cookie's name: the token must
 * still be looked up.
 *
 * @returns null if no secret of the list signed it.
 */
export async function readSignedValue(
  value: string,
  secrets: SecretList,
): Promise<{ readonly token: string; readonly secretIndex: number } | null> {
  const dot = value.lastIndexOf('.')
  if (dot < 1) return null
  const token = value.slice(0, dot)
  const bytes = readSignature(value.slice(dot + 1))
  if (bytes === null) return null
  const secretIndex = await signerOf(token, bytes, secrets)
  return secretIndex === null ? null : { token, secretIndex }
}

/** Null for other spellings of the same bytes, which no server writes. */
function readSignature(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return null
  return crypto.decodeBase64Url(text.slice(0, -1).replaceAll('+', '-').replaceAll('/', '_'))
}

/** Signs as Better Auth does, percent-encoded for the cookie. */
export async function signValue(token: string, secret: Uint8Array): Promise<string> {
  const mac = await crypto.hmacSha256(secret, token)
  return encodeURIComponent(`${token}.${btoa(String.fromCharCode(...mac))}`)
}

/** The token alone, which identifies the same session whichever secret signed it. */
export function unsigned(value: string): string {
  return /^(.+)\.[A-Za-z0-9+/]{43}=$/.exec(value)?.[1] ?? value
}
