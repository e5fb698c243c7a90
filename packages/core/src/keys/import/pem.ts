const SPKI = /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/

/**
 * The bytes of one public key in PEM (SPKI), and nothing around it: platform parsers differ in what
 * else they take, such as PKCS #1, text before the key, or the first of two keys.
 *
 * @returns null for anything else.
 * @see RFC 7468 section 13
 */
export function spkiOfPem(pem: string): Uint8Array | null {
  const body = SPKI.exec(pem)?.[1]?.replace(/\s/g, '')
  if (body === undefined || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(body)) return null
  const der = Uint8Array.from(atob(body), (character) => character.charCodeAt(0))
  return isOneSequence(der) ? der : null
}

/** One DER sequence of exactly these bytes; what trails it would be read by one platform and not by another. */
function isOneSequence(der: Uint8Array): boolean {
  const [tag, first = 0] = der
  const extra = first < 0x80 ? 0 : first & 0x7f
  const length = extra === 0 ? first : der.slice(2, 2 + extra).reduce((sum, byte) => sum * 256 + byte, 0)
  return tag === 0x30 && length === der.length - 2 - extra
}
