import type { SignatureAlgorithm } from './port.js'

const CURVE: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }
const FAMILY: Readonly<Record<string, string>> = {
  HS: 'HMAC',
  RS: 'RSASSA-PKCS1-v1_5',
  PS: 'RSA-PSS',
  ES: 'ECDSA',
  Ed: 'Ed25519',
}

/** One object serves to import, sign and verify: each call reads the members that it knows (RFC 7518 section 3.1, RFC 8037). */
export function parametersOf(algorithm: SignatureAlgorithm): RsaHashedImportParams & EcKeyImportParams & RsaPssParams {
  const bits = algorithm.slice(2)
  return {
    name: FAMILY[algorithm.slice(0, 2)] as string,
    hash: `SHA-${bits}`,
    saltLength: Number(bits) / 8,
    namedCurve: CURVE[algorithm] as string,
  }
}
