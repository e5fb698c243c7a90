import { cookieField } from '@dualauth/core/adapter'
import { decodeBase64Url, encodeBase64Url } from '../http/base64url.js'
import type { SignOutHints } from './provider.js'

/** What is kept of a sign-in for the sign-out of that very session. */
export interface KeptHints extends SignOutHints {
  readonly sessionId: string
}

/** A cookie that only the sign-out gets, so that an id token makes no other request larger. */
export interface HintCookie {
  /** The field that keeps them; without the id token where it would be too large, and null if nothing is left. */
  keep(hints: KeptHints, maxAgeSeconds: number | null): Promise<string | null>
  /** Of the session that ends; another one's are none. */
  find(sessionId: string, cookies: ReadonlyMap<string, readonly string[]>): Promise<SignOutHints | null>
  /** The field that clears it. */
  readonly cleared: string
}

/** Browsers drop a larger one without a word. */
const MAX_FIELD_BYTES = 4_096
const PURPOSE = 'dualauth-sign-out\0'
const IV_BYTES = 12

/**
 * Encrypted (AES-256-GCM), because an id token names a person and lies in the browser as long as the session does.
 *
 * @param secrets Newest first; the first one encrypts.
 * @param path Of the sign-out, as browsers see it.
 */
export function createHintCookie(secrets: readonly string[], path: string, secure: boolean): HintCookie {
  const name = `${secure ? '__Secure-' : ''}dualauth-sign-out`
  const attributes = { path, secure, sameSite: 'strict' } as const
  // Made at the first sign-in: some runtimes allow none at module scope.
  let keys: Promise<readonly CryptoKey[]> | null = null
  const imported = (): Promise<readonly CryptoKey[]> => (keys ??= Promise.all(secrets.map(keyOf)))

  const sealed = async (hints: KeptHints, age: object): Promise<string> => {
    const [newest] = await imported()
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
    const text = new TextEncoder().encode(JSON.stringify(hints))
    const encrypted = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, newest as CryptoKey, text))
    return cookieField(name, `${encodeBase64Url(iv)}.${encodeBase64Url(encrypted)}`, { ...attributes, ...age })
  }

  return {
    cleared: cookieField(name, '', { ...attributes, maxAgeSeconds: 0 }),
    async keep(hints, maxAgeSeconds) {
      const age = maxAgeSeconds === null ? {} : { maxAgeSeconds }
      for (const kept of [hints, { ...hints, idToken: null }]) {
        if (kept.idToken === null && kept.logoutHint === null) return null
        const field = await sealed(kept, age)
        if (field.length <= MAX_FIELD_BYTES) return field
      }
      return null
    },
    async find(sessionId, cookies) {
      for (const value of cookies.get(name) ?? [])
        for (const key of await imported()) {
          const hints = await opened(value, key)
          if (hints?.sessionId === sessionId) return hints
        }
      return null
    },
  }
}

/** With its purpose: the secret may make other keys as well. */
async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(PURPOSE + secret))
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

/** Null for what this key did not encrypt. */
async function opened(value: string, key: CryptoKey): Promise<KeptHints | null> {
  const [iv, encrypted] = value.split('.').map(decodeBase64Url)
  if (iv?.length !== IV_BYTES || encrypted === undefined || encrypted === null) return null
  try {
    const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, encrypted)
    return JSON.parse(new TextDecoder().decode(text)) as KeptHints
  } catch {
    return null
  }
}
