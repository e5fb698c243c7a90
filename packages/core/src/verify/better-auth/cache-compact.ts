import * as crypto from '#crypto'
import { constantTimeEqual } from '../../keys/base64url.js'
import { decodeJson } from '../../keys/read-json.js'
import type { SecretList } from '../../keys/secrets.js'
import { own, type JsonObject } from '../../route/jwt.js'
import type { GenuineCache } from './cookie-cache.js'
import { objectOf, textOf } from './read-session.js'

/**
 * Reads the cache in its default encoding: base64url of `{ session, expiresAt, signature }`, the
 * signature an HMAC over the JSON of the session with `expiresAt` behind it.
 *
 * What was signed is not in the cookie: it is made again, member by member in the order sent.
 */
export async function readCompactCache(value: string, secrets: SecretList): Promise<GenuineCache | null> {
  const envelope = readEnvelope(value)
  const expiresAt = own(envelope, 'expiresAt')
  const signature = crypto.decodeBase64Url(textOf(envelope, 'signature') ?? '')
  const payload = objectOf(own(envelope, 'session'))
  if (typeof expiresAt !== 'number' || signature === null) return null
  const signed = spell({ ...payload, expiresAt })
  if (signed === null) return null
  for (let secretIndex = 0; secretIndex < secrets.size; secretIndex++) {
    if (constantTimeEqual(await crypto.hmac('SHA-256', secrets.at(secretIndex), signed), signature))
      return { payload, expiresAt, secretIndex }
  }
  return null
}

/** Null for what is nested too deeply to be written: no server has signed that. */
function spell(signed: JsonObject): string | null {
  try {
    return JSON.stringify(signed)
  } catch {
    return null
  }
}

function readEnvelope(value: string): JsonObject {
  const bytes = crypto.decodeBase64Url(value)
  if (bytes === null) return {}
  try {
    return objectOf(decodeJson(bytes))
  } catch {
    return {}
  }
}
