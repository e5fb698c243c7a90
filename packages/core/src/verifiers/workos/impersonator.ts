import type { JsonObject } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { objectOf, textOf } from '../../verify/jwt/mapped-claims.js'

/** Who acts as the user. An undocumented form still counts as somebody. */
export function impersonatorOf(claims: JsonObject): string | null {
  const act = own(claims, 'act')
  if (act === undefined) return null
  return textOf(objectOf(act), 'sub') ?? 'unknown'
}
