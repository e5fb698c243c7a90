import * as crypto from '#crypto'

/**
 * How the store keeps tokens: as they are, their SHA-256, or an id and the SHA-256 of a secret, for tokens `<id>.<secret>`.
 */
export const STORED_AS = ['plain', 'sha256-hex', 'sha256-base64', 'sha256-base64url', 'id.secret'] as const
export type StoredAs = (typeof STORED_AS)[number]

/** By what a session is looked up, and what must match beside that. */
export interface PresentedKey {
  readonly key: string
  /** SHA-256 of the secret of a token `<id>.<secret>`; null for any other. */
  readonly secretHash: Uint8Array | null
}

/** Anything else is in no store, and some databases refuse to look for it. */
const VISIBLE = /^[\x21-\x7e]+$/
const TWO_PARTS = /^([^.]+)\.([^.]+)$/

/** @returns null for what no token of this form is. */
export async function presentedKey(token: string, storedAs: StoredAs): Promise<PresentedKey | null> {
  if (!VISIBLE.test(token)) return null
  if (storedAs === 'plain') return { key: token, secretHash: null }
  if (storedAs !== 'id.secret') return { key: spelled(await sha256(token), storedAs), secretHash: null }
  const [, key, secret] = TWO_PARTS.exec(token) ?? []
  return key === undefined || secret === undefined ? null : { key, secretHash: await sha256(secret) }
}

/** The stored hash of a secret; null for what is no SHA-256. */
export function readSecretHash(stored: Uint8Array | string): Uint8Array | null {
  const bytes = typeof stored === 'string' ? bytesOf(stored) : stored
  return bytes?.length === 32 ? bytes : null
}

async function sha256(text: string): Promise<Uint8Array> {
  return crypto.decodeBase64Url(await crypto.sha256(text)) as Uint8Array
}

function spelled(hash: Uint8Array, form: 'sha256-hex' | 'sha256-base64' | 'sha256-base64url'): string {
  if (form === 'sha256-hex') return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
  if (form === 'sha256-base64') return btoa(String.fromCharCode(...hash))
  return crypto.encodeBase64Url(hash)
}

/** PostgreSQL writes bytes as `\x…` where a driver leaves them as text. */
function bytesOf(text: string): Uint8Array | null {
  const hex = text.startsWith('\\x') ? text.slice(2) : text
  if (/^[\da-f]{64}$/i.test(hex)) return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  return crypto.decodeBase64Url(text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'))
}
