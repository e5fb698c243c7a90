import { createCipheriv, createHmac, randomBytes } from 'node:crypto'

/**
 * Compact JWE (RFC 7516) with a shared key: `dir`, and `enc` from the header. The key must have the length that `enc`
 * requires.
 */
export function encryptJwe(claims: unknown, header: Readonly<Record<string, unknown>>, key: Buffer): string {
  const protectedHeader = Buffer.from(JSON.stringify(header)).toString('base64url')
  const text = JSON.stringify(claims)
  const parts = header['enc'] === 'A256GCM' ? gcm(text, protectedHeader, key) : cbcHmac(text, protectedHeader, key)
  // The second segment is the encrypted key, which is empty with `dir`.
  return [protectedHeader, '', ...parts.map((part) => part.toString('base64url'))].join('.')
}

/** RFC 7518 section 5.3. */
function gcm(text: string, header: string, key: Buffer): Buffer[] {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(header))
  const ciphertext = Buffer.concat([cipher.update(text), cipher.final()])
  return [iv, ciphertext, cipher.getAuthTag()]
}

/** RFC 7518 section 5.2.2.1: the tag is half of the HMAC over header, IV, ciphertext and the header's length in bits. */
function cbcHmac(text: string, header: string, key: Buffer): Buffer[] {
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', key.subarray(32), iv)
  const ciphertext = Buffer.concat([cipher.update(text), cipher.final()])
  const bits = Buffer.alloc(8)
  bits.writeBigUInt64BE(BigInt(header.length * 8))
  const mac = createHmac('sha512', key.subarray(0, 32)).update(header).update(iv).update(ciphertext).update(bits)
  return [iv, ciphertext, mac.digest().subarray(0, 32)]
}
