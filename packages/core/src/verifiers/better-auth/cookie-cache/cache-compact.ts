import * as crypto from '#crypto'
import { decodeText } from '../../../crypto/json.js'
import type { SecretList } from '../../../keys/secrets/secret-list.js'
import type { JsonObject } from '../../../route/jwt.js'
import type { GenuineCache } from './cookie-cache.js'
import { signerOf } from '../../../verify/signer-of.js'

/**
 * Reads the cache in its default encoding: base64url of `{ session, expiresAt, signature }`, the
 * signature an HMAC over the JSON of the session with `expiresAt` behind it.
 *
 * What was signed stands in the cookie as it was signed, so that it is proven before it is parsed.
 */
export async function readCompactCache(value: string, secrets: SecretList): Promise<GenuineCache | null> {
  const envelope = readEnvelope(value)
  const signature = crypto.decodeBase64Url(envelope?.signature ?? '')
  if (envelope === null || signature === null) return null
  const secretIndex = await signerOf(envelope.signed, signature, secrets)
  return secretIndex === null ? null : { payload: parsed(envelope.session), expiresAt: envelope.expiresAt, secretIndex }
}

/** The same secret signs other texts too: one that is no JSON holds no session. */
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

/** As every server spells it, or null. `session` and `signed` are JSON once the signature holds. */
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
