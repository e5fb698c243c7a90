// The few parts of DER (X.690) that neither jose nor WebCrypto handle: recognising a truncated key or trailing bytes,
// and converting older key formats to those that WebCrypto imports.

const [SEQUENCE, INTEGER, BIT_STRING, OCTET_STRING] = [0x30, 0x02, 0x03, 0x04]

/** The content of a DER sequence of exactly these bytes; null for anything else. */
export function sequenceIn(der: Uint8Array): Uint8Array | null {
  const [tag, first = 0] = der
  const extra = first < 0x80 ? 0 : first & 0x7f
  const length = extra === 0 ? first : der.slice(2, 2 + extra).reduce((sum, byte) => sum * 256 + byte, 0)
  return tag === SEQUENCE && length === der.length - 2 - extra ? der.subarray(2 + extra) : null
}

/** Whether bytes look like a key or a certificate: a sequence that begins with a sequence or an integer. */
export function looksLikeKey(der: Uint8Array): boolean {
  const [tag] = sequenceIn(der) ?? []
  return tag === SEQUENCE || tag === INTEGER
}

/** PKCS #8, PKCS #1 and SEC 1 begin with a one-byte version; no public key does. */
export function isPrivateKey(der: Uint8Array): boolean {
  const [tag, length] = sequenceIn(der) ?? []
  return tag === INTEGER && length === 1
}

/** PKCS #1 as SPKI. @see RFC 8017 appendix A.1.1, RFC 5280 section 4.1 */
export function spkiOfPkcs1(key: Uint8Array): Uint8Array {
  return element(SEQUENCE, fromHex(RSA), element(BIT_STRING, Uint8Array.of(0), key))
}

/** PKCS #1 or SEC 1 as PKCS #8. @see RFC 5958 section 2 */
export function pkcs8Of(key: Uint8Array, algorithm: string): Uint8Array {
  const version = element(INTEGER, Uint8Array.of(0))
  return element(SEQUENCE, version, fromHex(EC[algorithm] ?? RSA), element(OCTET_STRING, key))
}

/** AlgorithmIdentifier of rsaEncryption, and of id-ecPublicKey on the curve of an algorithm. @see RFC 3279, RFC 5480 */
const RSA = '300d06092a864886f70d0101010500'
const EC: Readonly<Record<string, string>> = {
  ES256: '301306072a8648ce3d020106082a8648ce3d030107',
  ES384: '301006072a8648ce3d020106052b81040022',
  ES512: '301006072a8648ce3d020106052b81040023',
}

function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = parts.flatMap((part) => [...part])
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Uint8Array.of(tag, ...size, ...content)
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}
