import * as crypto from '#crypto'
import { decodeText } from '../../../crypto/json.js'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import type { JsonObject } from '../../../route/jwt.js'
import type { GenuineCache } from './cookie-cache.js'
import { signerOf } from '../../../verify/signer-of.js'

/**
 * Reads the cache in its default encoding: base64url of `{ session, expiresAt, signature }`, where the signature is an
 * HMAC over the JSON of the session followed by `expiresAt`.
 *
 * The cookie contains the signed text unchanged, so it is verified before it is parsed.
 */
export async function readCompactCache(value: string, secrets: SecretList): Promise<GenuineCache | null> {
  const envelope = readEnvelope(value)
  const signature = crypto.decodeBase64Url(envelope?.signature ?? '')
  if (envelope === null || signature === null) return null
  const secretIndex = await signerOf(envelope.signed, signature, secrets)
  return secretIndex === null ? null : { payload: parsed(envelope.session), expiresAt: envelope.expiresAt, secretIndex }
}

/** The same secret also signs other texts: one that is not JSON contains no session. */
function parsed(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject
  } catch {
    return {}
  }
}

const BEGIN = '{"session":'
const END = '},"expiresAt":'
const REST = /^(\d{1,16}),"signature":"([\w-]+)"\}$/

/**
 * The envelope in the spelling of every server; otherwise null. `session` and `signed` are JSON only once the signature
 * is verified.
 */
function readEnvelope(value: string) {
  const bytes = crypto.decodeBase64Url(value)
  const text = bytes === null ? null : decodeText(bytes)
  if (text === null || !text.startsWith(`${BEGIN}{`)) return null
  const end = text.lastIndexOf(END)
  const rest = end === -1 ? null : REST.exec(text.slice(end + END.length))
  if (rest === null) return null
  const members = text.slice(BEGIN.length, end)
  const [, expiresAt = '', signature = ''] = rest
  return {
    session: `${members}}`,
    signed: `${members},"expiresAt":${expiresAt}}`,
    expiresAt: Number(expiresAt),
    signature,
  }
}
