import * as crypto from '#crypto'
import { decodeJson } from '../../crypto/json.js'
import type { SecretList } from '../../keys/secrets/secret-list.js'

export type OpenedSeal =
  | {
      readonly outcome: 'opened'
      readonly content: unknown
      readonly passwordIndex: number
      /** Milliseconds since the epoch; null if the seal has no expiry. */
      readonly endsAt: number | null
    }
  /** No password of the list made it, or its content is not JSON. */
  | { readonly outcome: 'invalid' }
  /** Genuine, but past its own expiry. */
  | { readonly outcome: 'expired' }

/** The MAC covers name, password id, salt, IV, text and expiry, but not its own salt and the layout. */
const SEAL =
  /^(Fe26\.2\*\d{1,4}\*([0-9a-f]{64})\*([\w-]{22})\*([\w-]+)\*(\d{0,15}))\*([0-9a-f]{64})\*([\w-]{43})(?:~([1-9]\d?))?$/
const LAYOUT = 2
const INVALID: OpenedSeal = { outcome: 'invalid' }

/**
 * Opens a `Fe26.2` seal, as iron-webcrypto, iron-session and the WorkOS SDK for Node create them: AES-256-CBC, then
 * HMAC-SHA-256. Nothing is decrypted before the MAC is verified. Each password is tried.
 *
 * Its key derivation has one iteration: a password must be random, not a phrase.
 *
 * @param sealed Untrusted.
 * @param now Milliseconds since the epoch.
 * @see https://github.com/hueniverse/iron
 */
export async function openSeal(sealed: string, passwords: SecretList, now: number): Promise<OpenedSeal> {
  const match = SEAL.exec(sealed)
  if (match === null) return INVALID
  const [, covered = '', salt = '', vector = '', text = '', end, macSalt = '', tag = '', layout] = match
  const mac = crypto.decodeBase64Url(tag)
  const iv = crypto.decodeBase64Url(vector)
  const ciphertext = crypto.decodeBase64Url(text)
  if (mac === null || iv === null || ciphertext === null) return INVALID
  const passwordIndex = await indexOfPassword(passwords, macSalt, covered, mac)
  if (passwordIndex === -1) return INVALID
  if (end !== '' && Number(end) <= now) return { outcome: 'expired' }
  try {
    const key = await crypto.pbkdf2Sha1Once(passwords.at(passwordIndex), salt)
    const content = decodeJson(await crypto.aesCbcDecrypt(key, iv, ciphertext))
    // Before layout 2, iron-session kept the data one level deeper.
    const old = layout !== undefined && Number(layout) !== LAYOUT
    return {
      outcome: 'opened',
      content: old ? (content as { persistent?: unknown } | null)?.persistent : content,
      passwordIndex,
      endsAt: end === '' ? null : Number(end),
    }
  } catch {
    return INVALID
  }
}

/**
 * The part of a seal that identifies it, without the layout, which the MAC does not cover. Other text is returned
 * unchanged.
 */
export function sealedPartOf(text: string): string {
  return SEAL.exec(text)?.[1] ?? text
}

/** Seals without an expiry, like the WorkOS SDK: only the provider knows when the session ends. */
export async function createSeal(content: unknown, password: Uint8Array): Promise<string> {
  const [salt, macSalt] = [randomHex(), randomHex()]
  const iv = globalThis.crypto.getRandomValues(new Uint8Array(16))
  const plaintext = new TextEncoder().encode(JSON.stringify(content))
  const ciphertext = await crypto.aesCbcEncrypt(await crypto.pbkdf2Sha1Once(password, salt), iv, plaintext)
  const covered = `Fe26.2*1*${salt}*${crypto.encodeBase64Url(iv)}*${crypto.encodeBase64Url(ciphertext)}*`
  const mac = await crypto.hmacSha256(await crypto.pbkdf2Sha1Once(password, macSalt), covered)
  return `${covered}*${macSalt}*${crypto.encodeBase64Url(mac)}~${LAYOUT}`
}

async function indexOfPassword(
  passwords: SecretList,
  macSalt: string,
  covered: string,
  mac: Uint8Array,
): Promise<number> {
  for (let index = 0; index < passwords.size; index++) {
    const key = await crypto.pbkdf2Sha1Once(passwords.at(index), macSalt)
    if (await crypto.verifyHmacSha256(key, covered, mac)) return index
  }
  return -1
}

function randomHex(): string {
  return Array.from(globalThis.crypto.getRandomValues(new Uint8Array(32)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
