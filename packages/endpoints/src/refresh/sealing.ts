import { decodeBase64Url, encodeBase64Url } from '../http/base64url.js'

/** Seals JSON, so that only this application reads it and nobody changes it. */
export interface Sealing {
  seal(content: unknown): Promise<string>
  /**
   * Undefined for what none of the secrets sealed for this purpose.
   *
   * @param sealed Untrusted.
   */
  open(sealed: string): Promise<unknown>
}

const VECTOR_BYTES = 12

/**
 * AES-256-GCM, with a key for each purpose: what is sealed for one opens for no other.
 *
 * @param secrets Newest first: the first one seals, each opens.
 * @see RFC 5869, NIST SP 800-38D
 */
export function createSealing(secrets: readonly string[], purpose: string): Sealing {
  // Made at the first use: some runtimes allow none at module scope.
  let keys: Promise<readonly CryptoKey[]> | null = null
  const derived = (): Promise<readonly CryptoKey[]> =>
    (keys ??= Promise.all(secrets.map((secret) => keyOf(secret, purpose))))
  return {
    async seal(content) {
      const [newest] = await derived()
      const iv = crypto.getRandomValues(new Uint8Array(VECTOR_BYTES))
      const text = new TextEncoder().encode(JSON.stringify(content))
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, newest as CryptoKey, text)
      return `${encodeBase64Url(iv)}.${encodeBase64Url(new Uint8Array(sealed))}`
    },
    async open(sealed) {
      const [iv, content, ...more] = sealed.split('.').map(decodeBase64Url)
      if (iv?.length !== VECTOR_BYTES || content === undefined || content === null || more.length > 0) return undefined
      for (const key of await derived()) {
        const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, content).catch(() => null)
        if (opened !== null) return JSON.parse(new TextDecoder().decode(opened)) as unknown
      }
      return undefined
    },
  }
}

async function keyOf(secret: string, purpose: string): Promise<CryptoKey> {
  const text = new TextEncoder()
  const material = await crypto.subtle.importKey('raw', text.encode(secret), 'HKDF', false, ['deriveKey'])
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: text.encode(purpose) }
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}
