import { createCipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** What is odd about an encrypted session; the rest is as Auth.js writes it. */
export interface Oddity {
  /** Instead of the header that Auth.js writes. */
  readonly header?: Readonly<Record<string, unknown>>
  /** The text that is encrypted, where it is not the JSON of the claims. */
  readonly plaintext?: string | Buffer
  readonly ivBytes?: number
  /** How much of the tag is left. */
  readonly tagBytes?: number
  /** Between the first two dots. */
  readonly encryptedKey?: string
}

export interface Minted {
  readonly secret: string
  readonly version?: 4 | 5
  /** Default: the plain name of the cookie in 5, nothing in 4. */
  readonly salt?: string
}

const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** An encrypted session, made by hand: jose makes no odd ones. */
export function authJsToken(claims: unknown, { secret, version = 5, salt }: Minted, odd: Oddity = {}): string {
  const enc = version === 4 ? 'A256GCM' : 'A256CBC-HS512'
  const used = salt ?? (version === 4 ? '' : 'authjs.session-token')
  const info = version === 4 ? 'NextAuth.js Generated Encryption Key' : `Auth.js Generated Encryption Key (${used})`
  const key = Buffer.from(hkdfSync('sha256', secret, used, info, version === 4 ? 32 : 64))
  const header = text(odd.header ?? { alg: 'dir', enc })
  const plaintext = odd.plaintext ?? JSON.stringify(claims)
  const iv = randomBytes(odd.ivBytes ?? (version === 4 ? 12 : 16))
  const sealed = version === 4 ? gcm(key, iv, header, plaintext, odd.tagBytes) : cbc(key, iv, header, plaintext)
  const parts = [iv, sealed.ciphertext, sealed.tag.subarray(0, odd.tagBytes)].map((part) => part.toString('base64url'))
  return [header, odd.encryptedKey ?? '', ...parts].join('.')
}

function gcm(key: Buffer, iv: Buffer, header: string, plaintext: string | Buffer, authTagLength = 16) {
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength })
  cipher.setAAD(Buffer.from(header))
  const ciphertext = Buffer.concat([cipher.update(plaintext as string), cipher.final()])
  return { ciphertext, tag: cipher.getAuthTag() }
}

function cbc(key: Buffer, iv: Buffer, header: string, plaintext: string | Buffer) {
  const cipher = createCipheriv('aes-256-cbc', key.subarray(32), iv.length === 16 ? iv : Buffer.alloc(16))
  const ciphertext = Buffer.concat([cipher.update(plaintext as string), cipher.final()])
  const bits = Buffer.alloc(8)
  bits.writeUInt32BE(header.length * 8, 4)
  const mac = createHmac('sha512', key.subarray(0, 32)).update(header).update(iv).update(ciphertext).update(bits)
  return { ciphertext, tag: mac.digest().subarray(0, 32) }
}
