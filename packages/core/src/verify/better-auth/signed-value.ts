import * as crypto from '#crypto'
import { constantTimeEqual } from '../../keys/base64url.js'
import type { SecretList } from '../../keys/secrets.js'

const encoder: TextEncoder = /* @__PURE__ */ new TextEncoder()

/**
 * Reads Better Auth's signed value, `token.base64(HMAC-SHA256(secret, token))`, and tells which
 * secret of the list signed it. The signature has one spelling: 44 characters of standard base64.
 *
 * A genuine signature proves only that this server once signed this text, whatever the cookie's
 * name: the token must still be looked up.
 *
 * @returns null when no secret of the list signed it.
 */
export async function readSignedValue(
  value: string,
  secrets: SecretList,
): Promise<{ readonly token: string; readonly secretIndex: number } | null> {
  const dot = value.lastIndexOf('.')
  if (dot < 1) return null
  const token = value.slice(0, dot)
  const signature = value.slice(dot + 1)
  if (!/^[A-Za-z0-9+/]{43}=$/.test(signature)) return null
  const bytes = encoder.encode(signature)
  let secretIndex = -1
  for (let i = 0; i < secrets.size && secretIndex === -1; i++) {
    if (constantTimeEqual(encoder.encode(await macOf(token, secrets.at(i))), bytes)) secretIndex = i
  }
  return secretIndex === -1 ? null : { token, secretIndex }
}

/** Signs as Better Auth does, percent-encoded as it stands in the cookie. */
export async function signValue(token: string, secret: Uint8Array): Promise<string> {
  return encodeURIComponent(`${token}.${await macOf(token, secret)}`)
}

/** The token alone: it opens the same session by itself, and with whichever secret it was signed. */
export function unsigned(value: string): string {
  return /^(.+)\.[A-Za-z0-9+/]{43}=$/.exec(value)?.[1] ?? value
}

/** Compared as text: base64 has other spellings of the same bytes, which no server wrote. */
async function macOf(token: string, secret: Uint8Array): Promise<string> {
  return btoa(String.fromCharCode(...(await crypto.hmac('SHA-256', secret, token))))
}
