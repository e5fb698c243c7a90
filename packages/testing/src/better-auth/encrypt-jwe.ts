import { createCipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const SALT = 'better-auth-session'
const INFO = 'BetterAuth.js Generated Encryption Key'

/** Compact JWE (RFC 7516) as Better Auth makes it: `dir`, A256CBC-HS512, the key derived from the secret. */
export function encryptJwe(claims: unknown, secret: string): string {
  const key = Buffer.from(hkdfSync('sha256', secret, SALT, INFO, 64))
  const thumbprint = createHash('sha256').update(`{"k":"${key.toString('base64url')}","kty":"oct"}`)
  const header = { alg: 'dir', enc: 'A256CBC-HS512', kid: thumbprint.digest('base64url') }
  const protectedHeader = Buffer.from(JSON.stringify(header)).toString('base64url')
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', key.subarray(32), iv)
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(claims)), cipher.final()])
  const tag = tagOf(key.subarray(0, 32), protectedHeader, iv, ciphertext)
  // The second segment is the encrypted key; with `dir` there is none.
  return [protectedHeader, '', ...[iv, ciphertext, tag].map((part) => part.toString('base64url'))].join('.')
}

/** RFC 7518 section 5.2.2.1: half of the HMAC over header, IV, ciphertext and the header's length in bits. */
function tagOf(key: Buffer, header: string, iv: Buffer, ciphertext: Buffer): Buffer {
  const bits = Buffer.alloc(8)
  bits.writeBigUInt64BE(BigInt(header.length * 8))
  const mac = createHmac('sha512', key).update(header).update(iv).update(ciphertext).update(bits)
  return mac.digest().subarray(0, 32)
}
