import { decodeBase64Url, encodeBase64Url } from '../http/base64url.js'

/** Signs what a browser keeps (HMAC-SHA256), and believes nothing else. */
export interface Signing {
  sign(text: string): Promise<string>
  isSigned(text: string, signature: string): Promise<boolean>
}

/**
 * @param secrets Newest first; the first one signs.
 * @param purpose The secrets may sign other things as well.
 */
export function createSigning(secrets: readonly string[], purpose: string): Signing {
  // Made at the first sign-in: some runtimes allow none at module scope.
  let keys: Promise<readonly CryptoKey[]> | null = null
  const imported = (): Promise<readonly CryptoKey[]> => (keys ??= Promise.all(secrets.map(keyOf)))
  const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`${purpose}\0${text}`)
  return {
    async sign(text) {
      const [newest] = await imported()
      const signature = await crypto.subtle.sign('HMAC', newest as CryptoKey, bytesOf(text))
      return encodeBase64Url(new Uint8Array(signature))
    },
    async isSigned(text, signature) {
      const given = decodeBase64Url(signature)
      if (given === null) return false
      const tried = (await imported()).map((key) => crypto.subtle.verify('HMAC', key, given, bytesOf(text)))
      return (await Promise.all(tried)).includes(true)
    },
  }
}

function keyOf(secret: string): Promise<CryptoKey> {
  const usages: KeyUsage[] = ['sign', 'verify']
  return crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    usages,
  )
}
