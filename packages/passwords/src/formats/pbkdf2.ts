import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { adaptedBase64Bytes, base64Bytes } from './base64.js'
import {
  assertCost,
  isSame,
  malformed,
  type HashLimits,
  type PasswordFormat,
  type ReadingContext,
  type StoredHash,
} from './stored-hash.js'

const derive = promisify(pbkdf2)

const PHC =
  /^\$pbkdf2(?:-(sha1|sha256|sha384|sha512))?\$(?:i=)?([1-9]\d{0,9})(?:,l=([1-9]\d{0,2}))?\$([A-Za-z0-9+/.]+={0,2})\$([A-Za-z0-9+/.]+={0,2})$/
const DJANGO = /^pbkdf2_(sha1|sha256)\$([1-9]\d{0,9})\$([^$]+)\$([A-Za-z0-9+/]+={0,2})$/

/**
 * `$pbkdf2-sha256$i=…,l=…$<salt>$<key>` and its like (`-sha512`, `-sha1`), without `i=` and with dots as passlib writes it, and
 * `pbkdf2_sha256$…` of Django, where the salt is a text.
 */
export function readPbkdf2(hash: string, { limits }: ReadingContext): StoredHash | null {
  if (hash.startsWith('$pbkdf2')) {
    const [, digest = 'sha1', iterations, length, salt = '', key = ''] = PHC.exec(hash) ?? []
    if (iterations === undefined) throw malformed('pbkdf2')
    const wanted = adaptedBase64Bytes(key, 'pbkdf2')
    if (length !== undefined && Number(length) !== wanted.length) throw malformed('pbkdf2')
    return pbkdf2Of('pbkdf2', digest, Number(iterations), adaptedBase64Bytes(salt, 'pbkdf2'), wanted, limits)
  }
  if (!hash.startsWith('pbkdf2_')) return null
  const [, digest, iterations, salt = '', key = ''] = DJANGO.exec(hash) ?? []
  if (digest === undefined) throw malformed('pbkdf2')
  return pbkdf2Of('pbkdf2', digest, Number(iterations), Buffer.from(salt), base64Bytes(key, 'pbkdf2'), limits)
}

const DIGEST_BYTES: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 }

const ASPNET_DIGESTS = ['sha1', 'sha256', 'sha512']
// The marker 0x00 before 48 bytes, and 0x01 before a number below three and a number of any size, as base64 spells them.
const ASPNET_V2 = /^A[A-P][A-Za-z0-9+/]{64}==$/
const ASPNET_V3 = /^AQAAAA[A-L][A-Za-z0-9+/=]*$/
const ASPNET_V2_ITERATIONS = 1000
const ASPNET_V3_HEADER = 13

/**
 * ASP.NET Identity: base64 of a marker, then a salt and a key. Version 2 has PBKDF2 with SHA-1 and 1,000 iterations; version 3 says
 * its digest, its iterations and the length of its salt, as numbers of four bytes.
 */
export function readAspnet(hash: string, { limits }: ReadingContext): StoredHash | null {
  if (!ASPNET_V2.test(hash) && !ASPNET_V3.test(hash)) return null
  const bytes = base64Bytes(hash, 'aspnet')
  if (ASPNET_V2.test(hash)) {
    const [salt, key] = [bytes.subarray(1, 17), bytes.subarray(17)]
    return pbkdf2Of('aspnet-v2', 'sha1', ASPNET_V2_ITERATIONS, salt, key, limits)
  }
  if (bytes.length < ASPNET_V3_HEADER + 32) throw malformed('aspnet')
  const digest = ASPNET_DIGESTS[bytes.readUInt32BE(1)]
  const [iterations, saltLength] = [bytes.readUInt32BE(5), bytes.readUInt32BE(9)]
  const saltEnd = ASPNET_V3_HEADER + saltLength
  if (digest === undefined || iterations < 1 || saltLength < 16 || saltEnd + 16 > bytes.length)
    throw malformed('aspnet')
  const [salt, key] = [bytes.subarray(ASPNET_V3_HEADER, saltEnd), bytes.subarray(saltEnd)]
  return pbkdf2Of('aspnet-v3', digest, iterations, salt, key, limits)
}

function pbkdf2Of(
  format: PasswordFormat,
  digest: string,
  iterations: number,
  salt: Uint8Array,
  key: Uint8Array,
  limits: HashLimits,
): StoredHash {
  if (key.length < 16 || key.length > 128) throw malformed(format)
  // A key that is longer than the digest is made in several parts, each with all iterations.
  const parts = Math.ceil(key.length / (DIGEST_BYTES[digest] ?? 1))
  assertCost(format, [[iterations * parts, 'pbkdf2Iterations']], limits)
  return {
    format,
    check: async ({ bytes }) => isSame(await derive(bytes, salt, iterations, key.length, digest), key),
  }
}
