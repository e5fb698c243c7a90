import { scrypt, type ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'
import { adaptedBase64Bytes, base64Bytes } from './base64.js'
import { assertCost, isSame, malformed, type HashLimits, type ReadingContext, type StoredHash } from './stored-hash.js'

const derive = promisify<Uint8Array | string, Uint8Array | string, number, ScryptOptions, Buffer>(scrypt)

/** Cost, block size and lanes. @see RFC 7914 section 2 */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** Of `better-auth/crypto`: these have not changed since its first release. */
const BETTER_AUTH: ScryptCost & { readonly length: number } = { N: 16_384, r: 16, p: 1, length: 64 }
const BETTER_AUTH_FORM = /^([\da-f]{32}):([\da-f]{128})$/

const PHC = /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,5}),p=([1-9]\d{0,5})\$([A-Za-z0-9+/.]+)\$([A-Za-z0-9+/.]+)$/
const DJANGO = /^scrypt\$([1-9]\d{0,9})\$([^$]+)\$([1-9]\d{0,5})\$([1-9]\d{0,5})\$([A-Za-z0-9+/]+={0,2})$/

/** Derives a key on a thread of libuv. */
export function scryptKey(
  password: Uint8Array | string,
  salt: Uint8Array | string,
  length: number,
  { N, r, p }: ScryptCost,
): Promise<Buffer> {
  // Node's own limit is 32 MiB, which Better Auth's cost reaches.
  return derive(password, salt, length, { N, r, p, maxmem: 128 * r * (N + p + 2) })
}

/** `<salt>:<key>` of Better Auth, both in hex. The password is in NFKC, and the salt is the hex text itself. */
export function readBetterAuth(hash: string, { limits }: ReadingContext): StoredHash | null {
  if (!/^[\da-f]{32}:/.test(hash)) return null
  const [, salt, key] = BETTER_AUTH_FORM.exec(hash) ?? []
  if (salt === undefined || key === undefined) throw malformed('better-auth')
  assertScryptCost('better-auth', BETTER_AUTH, limits)
  const wanted = Buffer.from(key, 'hex')
  return {
    format: 'better-auth',
    check: async ({ text }) => isSame(await betterAuthKey(text, salt), wanted),
  }
}

/** What Better Auth stores behind the salt. */
export function betterAuthKey(password: string, salt: string): Promise<Buffer> {
  return scryptKey(password.normalize('NFKC'), salt, BETTER_AUTH.length, BETTER_AUTH)
}

/** `$scrypt$ln=…,r=…,p=…$<salt>$<key>`, and `scrypt$N$salt$r$p$key` of Django. */
export function readScrypt(hash: string, { limits }: ReadingContext): StoredHash | null {
  if (hash.startsWith('$scrypt$')) {
    const [, ln, r, p, salt = '', key = ''] = PHC.exec(hash) ?? []
    if (ln === undefined || Number(ln) > 63) throw malformed('scrypt')
    const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p) }
    return scryptOf(cost, adaptedBase64Bytes(salt, 'scrypt'), adaptedBase64Bytes(key, 'scrypt'), limits)
  }
  if (!hash.startsWith('scrypt$')) return null
  const [, N, salt = '', r, p, key = ''] = DJANGO.exec(hash) ?? []
  if (N === undefined) throw malformed('scrypt')
  return scryptOf({ N: Number(N), r: Number(r), p: Number(p) }, salt, base64Bytes(key, 'scrypt'), limits)
}

function scryptOf(cost: ScryptCost, salt: Uint8Array | string, key: Uint8Array, limits: HashLimits): StoredHash {
  if (!Number.isInteger(Math.log2(cost.N)) || cost.N < 2 || key.length < 16 || key.length > 128)
    throw malformed('scrypt')
  assertScryptCost('scrypt', cost, limits)
  return {
    format: 'scrypt',
    check: async ({ bytes }) => isSame(await scryptKey(bytes, salt, key.length, cost), key),
  }
}

/** @throws {AuthError} `password_cost_refused` */
export function assertScryptCost(format: string, { N, r, p }: ScryptCost, limits: HashLimits): void {
  assertCost(
    format,
    [
      // Both of what is mixed and of what goes in, which is as long as there are lanes.
      [(128 * r * (N + p)) / 2 ** 20, 'memoryMiB'],
      [p, 'passes'],
    ],
    limits,
  )
}
