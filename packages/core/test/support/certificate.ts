import { sign, type KeyObject } from 'node:crypto'

function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const SHA256_WITH_RSA = Buffer.from('300d06092a864886f70d01010b0500', 'hex')
const ED25519 = Buffer.from('300506032b6570', 'hex')

/** A self-signed X.509 certificate (RFC 5280) of nobody, in DER. */
export function certificateOf(publicKey: KeyObject, privateKey: KeyObject): Buffer {
  const isRsa = privateKey.asymmetricKeyType === 'rsa'
  const algorithm = isRsa ? SHA256_WITH_RSA : ED25519
  const time = (text: string): Buffer => element(0x17, Buffer.from(text))
  const nobody = element(0x30)
  const content = element(
    0x30,
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, Buffer.from([1])),
    algorithm,
    nobody,
    element(0x30, time('200101000000Z'), time('210101000000Z')),
    nobody,
    publicKey.export({ format: 'der', type: 'spki' }),
  )
  const signature = sign(isRsa ? 'sha256' : null, content, privateKey)
  return element(0x30, content, algorithm, element(0x03, Buffer.from([0]), signature))
}

/** PEM (RFC 7468) of whatever it is given. */
export function pemOf(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
