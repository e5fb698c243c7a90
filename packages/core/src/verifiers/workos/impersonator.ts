import type { JsonObject } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { objectOf, textOf } from '../../verify/jwt/mapped-claims.js'

/** Whoever acts in the user's place; a form that nobody documented still counts as somebody. */
export function impersonatorOf(claims: JsonObject): string | null {
  const act = own(claims, 'act')
  if (act === undefined) return null
  return textOf(objectOf(act), 'sub') ?? 'unknown'
}
