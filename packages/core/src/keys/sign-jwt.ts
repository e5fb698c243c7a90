import { SignJWT } from 'jose/jwt/sign'
import { andThen } from '../async/maybe-promise.js'
import { atHand } from '../async/at-hand.js'
import type { PublicKeyAlgorithm } from '../crypto/port.js'
import { importPrivateKey, readPrivateKey, type PrivateKeyInput } from './import/import-private-key.js'

export interface JwtSigner {
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>
  /** Imports the key. Rejects, naming the option, if only the platform can tell that it is wrong. */
  ready(): Promise<void>
}

/**
 * Signs small JWTs of our own, such as client assertions, with jose.
 *
 * @throws {AuthError} `configuration_invalid`: not a private key for the algorithm. The key is never repeated.
 */
export function createJwtSigner(
  input: PrivateKeyInput,
  algorithm: PublicKeyAlgorithm,
  keyId: string | null,
  path: string,
): JwtSigner {
  const read = atHand(readPrivateKey(input, algorithm, path))
  let imported: Promise<CryptoKey> | null = null
  // Imported at first use, because Workers may not allow it at startup.
  const key = () =>
    (imported ??= Promise.resolve(andThen(read(), (readable) => importPrivateKey(readable, algorithm, path))))
  const header = { alg: algorithm, typ: 'JWT', ...(keyId === null ? {} : { kid: keyId }) }
  return {
    sign: async (claims) => new SignJWT({ ...claims }).setProtectedHeader(header).sign(await key()),
    ready: async () => void (await key()),
  }
}
