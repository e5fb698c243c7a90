import { generateKeyPairSync, type KeyObject } from 'node:crypto'

/** A new RSA key pair of 2048 bits, in some 200 ms. Apart from other keys, so that our own tests can put one in its place. */
export function rsaKeyPair(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}
