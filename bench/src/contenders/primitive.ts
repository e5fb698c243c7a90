import { createHmac, createPublicKey, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto'
import type { Contender } from '../contenders.js'
import type { SigningKey } from '../tokens.js'

/**
 * The raw primitive, which nothing can beat: input and signature decoded ahead, the bare key object,
 * no claims. ECDSA signatures are already in the encoding that OpenSSL takes.
 */
export function primitive(key: SigningKey): Contender {
  const { algorithm, privateKey, publicKey, jwk } = key
  return (tokens) => {
    const prepared = tokens.map((token) => prepare(key, token))
    const at = (index: number) => prepared[index] as (typeof prepared)[number]
    if (publicKey === null) {
      return (index) => {
        const { input, signature } = at(index)
        sound(timingSafeEqual(createHmac('sha256', privateKey).update(input).digest(), signature))
      }
    }
    const hash = algorithm === 'EdDSA' ? null : 'sha256'
    const imported = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    return (index) => {
      const { input, signature } = at(index)
      sound(verify(hash, input, imported, signature))
    }
  }
}

function prepare(
  { algorithm, privateKey, publicKey }: SigningKey,
  token: string,
): { input: Buffer; signature: Buffer } {
  const dot = token.lastIndexOf('.')
  const input = Buffer.from(token.slice(0, dot))
  const signature = Buffer.from(token.slice(dot + 1), 'base64url')
  if (algorithm !== 'ES256') return { input, signature }
  const isSound = verify('sha256', input, { key: publicKey as KeyObject, dsaEncoding: 'ieee-p1363' }, signature)
  return { input, signature: isSound ? sign('sha256', input, privateKey as KeyObject) : signature }
}

function sound(holds: boolean): void {
  if (!holds) throw new Error('a sound token was refused')
}
