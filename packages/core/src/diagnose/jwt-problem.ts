import * as crypto from '#crypto'
import { decodeJson } from '../crypto/json.js'
import { readJwt, type JsonObject } from '../route/jwt.js'
import { own } from '../settings/own.js'

/**
 * Why the strict reading refuses a JWT, for support; null if it does not. Repeats nothing of the token beyond the names
 * of header members.
 */
export function jwtProblem(token: string): string | null {
  if (readJwt(token) !== null) return null
  const segments = token.split('.')
  if (segments.length === 5)
    return 'has five segments: it is encrypted (JWE), and only sessions of Auth.js and Better Auth may be'
  if (segments.length !== 3) return `has ${segments.length} segments instead of three`
  const [header, claims, signature] = segments as [string, string, string]
  if (signature === '') return 'has no signature'
  for (const [name, segment] of Object.entries({ header, claims, signature }))
    if (crypto.decodeBase64Url(segment) === null) return `${name}: ${encodingProblem(segment)}`
  const read = objectOf(header)
  if (read === null) return 'header: is not a JSON object in UTF-8'
  if (objectOf(claims) === null) return 'claims: are not a JSON object in UTF-8'
  return headerProblem(read)
}

function encodingProblem(segment: string): string {
  if (segment === '') return 'is empty'
  if (/^[\w-]+=+$/.test(segment)) return 'is padded with `=`; JWTs have none'
  if (/^[\w+/=-]+$/.test(segment) && /[+/]/.test(segment)) return 'is base64, not base64url'
  return /^[\w-]+$/.test(segment) ? 'is not canonical base64url' : 'holds characters outside base64url'
}

function headerProblem(header: JsonObject): string {
  const alg = own(header, 'alg')
  if (typeof alg !== 'string') return 'header: `alg` is missing or not a string'
  if (alg.toLowerCase() === 'none') return 'header: `alg` is none, so the token is unsigned'
  const forbidden = ['crit', 'b64', 'zip'].find((name) => Object.hasOwn(header, name))
  if (forbidden !== undefined) return `header: has \`${forbidden}\`, which is not supported`
  return 'header: `kid` or `typ` is not a string'
}

function objectOf(segment: string): JsonObject | null {
  try {
    const value = decodeJson(crypto.decodeBase64Url(segment) as Uint8Array)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
  } catch {
    return null
  }
}
