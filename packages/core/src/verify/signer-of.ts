import * as crypto from '#crypto'
import type { SecretList } from '../keys/secrets/secret-list.js'

/** Index of the secret that made this HMAC-SHA256 of a text; null if none did. */
export async function signerOf(text: string, mac: Uint8Array, secrets: SecretList): Promise<number | null> {
  for (let place = 0; place < secrets.size; place++)
    if (await crypto.verifyHmacSha256(secrets.at(place), text, mac)) return place
  return null
}
