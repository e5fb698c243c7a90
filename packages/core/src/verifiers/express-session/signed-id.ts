import * as crypto from '#crypto'
import type { SecretList } from '../../keys/secrets/secret-list.js'
import { signerOf } from '../../verify/signer-of.js'

const SIGNED = /^s:(.+)\.([A-Za-z0-9+/]{43})$/

/**
 * Reads the express-session cookie, `s:<id>.<signature>`: HMAC-SHA256 in base64 without padding, with only one accepted
 * spelling.
 *
 * @returns null if no secret of the list signed it.
 */
export async function readSignedId(
  value: string,
  secrets: SecretList,
): Promise<{ readonly id: string; readonly secretIndex: number } | null> {
  const [, id, signature] = SIGNED.exec(value) ?? []
  if (id === undefined || signature === undefined) return null
  const mac = crypto.decodeBase64Url(signature.replaceAll('+', '-').replaceAll('/', '_'))
  const secretIndex = mac === null ? null : await signerOf(id, mac, secrets)
  return secretIndex === null ? null : { id, secretIndex }
}

/** The same id whichever secret signed it. */
export function unsignedId(value: string): string {
  const [, id] = SIGNED.exec(value) ?? []
  return id === undefined ? value : `s:${id}`
}
