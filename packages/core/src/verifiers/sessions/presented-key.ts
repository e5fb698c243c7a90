import * as crypto from '#crypto'

/**
 * How the store keeps tokens: unchanged, as their SHA-256, or, for tokens `<id>.<secret>`, as the id and the secret's
 * SHA-256.
 */
export const STORED_AS = ['plain', 'sha256-hex', 'sha256-base64', 'sha256-base64url', 'id.secret'] as const
export type StoredAs = (typeof STORED_AS)[number]

/** The key for looking up a session, and what must also match. */
export interface PresentedKey {
  readonly key: string
  readonly token: string
  /** SHA-256 of the secret in a token `<id>.<secret>`; null for other tokens. */
  readonly secretHash: Uint8Array | null
  /** What of it is looked up as it was sent, so that a store may find it in another spelling. */
  readonly spellings: readonly string[]
  /** What no error may quote. */
  readonly secrets: readonly string[]
}

/** No store contains anything else, and some databases refuse to search for it. */
const VISIBLE = /^[\x21-\x7e]+$/
const TWO_PARTS = /^([^.]+)\.([^.]+)$/

/** @returns null if the token does not have this form. */
export async function presentedKey(token: string, storedAs: StoredAs): Promise<PresentedKey | null> {
  if (!VISIBLE.test(token)) return null
  if (storedAs === 'plain') return { key: token, token, secretHash: null, spellings: [token], secrets: [token] }
  if (storedAs !== 'id.secret') {
    const hash = spelled(await sha256(token), storedAs)
    return { key: hash, token, secretHash: null, spellings: [], secrets: [token, hash] }
  }
  const [, key, secret] = TWO_PARTS.exec(token) ?? []
  if (key === undefined || secret === undefined) return null
  return { key, token, secretHash: await sha256(secret), spellings: [token, key], secrets: [token, secret] }
}

/** The stored hash of a secret; null if it is not a SHA-256. */
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

/** PostgreSQL writes bytes as `\x…`, and some drivers leave them as text. */
function bytesOf(text: string): Uint8Array | null {
  const hex = text.startsWith('\\x') ? text.slice(2) : text
  if (/^[\da-f]{64}$/i.test(hex)) return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  return crypto.decodeBase64Url(text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'))
}
