import type { JsonObject } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { textOf } from '../jwt/mapped-claims.js'

/** Represents somebody who acts as the subject and whose name cannot be read. */
export const UNKNOWN_ACTOR = 'unknown'

/** Who acts as the subject (RFC 8693 section 4.1). */
export function actorOf(claims: JsonObject): string | null {
  const actor = own(claims, 'act')
  if (actor === undefined) return null
  const stated = typeof actor === 'object' && actor !== null && !Array.isArray(actor) ? (actor as JsonObject) : {}
  return textOf(stated, 'sub') ?? UNKNOWN_ACTOR
}
