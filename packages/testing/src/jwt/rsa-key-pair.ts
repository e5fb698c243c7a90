import { generateKeyPairSync, type KeyObject } from 'node:crypto'

/** A new RSA key pair of 2048 bits; takes about 200 ms. In a file of its own so that our tests can replace it. */
export function rsaKeyPair(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}
