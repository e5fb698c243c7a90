import * as crypto from '#crypto'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SECRET_LENGTH = 32
const CHECKSUM_LENGTH = 6

/** Length of a new key after its prefix: 190 random bits and a checksum. */
export const MINTED_LENGTH = 38

/** A new key: prefix, 32 random letters and digits, and 6 that check prefix and secret for typing errors and junk. */
export function mintKey(prefix: string): string {
  const body = prefix + randomBase62(SECRET_LENGTH)
  return body + checksumOf(body)
}

/** Recognises junk in the form of a key without a look-up; proves nothing else. */
export function hasMintedForm(key: string, prefix: string): boolean {
  if (key.length !== prefix.length + MINTED_LENGTH || !key.startsWith(prefix)) return false
  const split = key.length - CHECKSUM_LENGTH
  return /^[0-9A-Za-z]+$/.test(key.slice(prefix.length)) && numberOf(key, split) === crcOf(key, split)
}

/** How keys are stored and looked up: SHA-256 of the whole key, base64url. High entropy needs no salt. */
export async function hashApiKey(key: string): Promise<string> {
  return crypto.sha256(key)
}

const CRC_OF_BYTE: Uint32Array = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  return crc
})

/** CRC-32 (IEEE 802.3) of the first `length` characters. */
function crcOf(text: string, length: number): number {
  let crc = 0xffffffff
  for (let i = 0; i < length; i++) crc = (crc >>> 8) ^ (CRC_OF_BYTE[(crc ^ text.charCodeAt(i)) & 0xff] as number)
  return (crc ^ 0xffffffff) >>> 0
}

/** In base 62, most significant digit first. */
function checksumOf(text: string): string {
  let rest = crcOf(text, text.length)
  let digits = ''
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

/** The number in the base 62 digits from `from` to the end. */
function numberOf(text: string, from: number): number {
  let value = 0
  for (let i = from; i < text.length; i++) value = value * 62 + BASE62.indexOf(text.charAt(i))
  return value
}

function randomBase62(length: number): string {
  let text = ''
  while (text.length < length) {
    // 248 = 4 × 62: larger bytes are dropped, so that every letter is equally likely.
    for (const byte of globalThis.crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < 248 && text.length < length) text += BASE62.charAt(byte % 62)
    }
  }
  return text
}
