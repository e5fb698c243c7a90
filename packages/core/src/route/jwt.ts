import { LRUCache } from 'lru-cache'
import * as crypto from '#crypto'
import { flatCopy } from '../crypto/flat-copy.js'
import { decodeJson } from '../crypto/json.js'

export type JsonObject = Readonly<Record<string, unknown>>

/** A compact JWS as read. Nothing in it is verified. */
export interface UnverifiedJwt {
  readonly token: string
  readonly header: JsonObject & { readonly alg: string }
  readonly claims: JsonObject
  /** Decoded. */
  readonly signature: Uint8Array
}

export function looksLikeJwt(value: string): boolean {
  const first = value.indexOf('.')
  return first !== -1 && value.indexOf('.', first + 1) !== -1
}

/**
 * Reads a compact JWS strictly: canonical base64url (one token, one spelling), header and claims are JSON objects in
 * UTF-8, `alg` is a string other than `none`, and there is no `crit`, `b64` or `zip`. If a member occurs twice, the
 * last one counts. Keys in the token (`jwk`, `jku`, `x5u`, `x5c`) are ignored.
 *
 * @returns null for anything else. Routing and verification share this function.
 * @see RFC 7515 sections 4 and 5.2, RFC 7519 sections 4 and 7.2, RFC 8725 section 3
 */
export function readJwt(token: string): UnverifiedJwt | null {
  return readParts(token, readHeader)
}

type ReadHeader = (segment: string) => UnverifiedJwt['header'] | null

function readParts(token: string, readHeader: ReadHeader): UnverifiedJwt | null {
  // Five segments are a JWE, which is refused: a segment with a dot in it does not decode.
  const first = token.indexOf('.')
  const last = token.lastIndexOf('.')
  if (last <= first || last === token.length - 1) return null
  const header = readHeader(token.slice(0, first))
  if (header === null) return null
  const claims = readObject(token.slice(first + 1, last))
  const signature = claims === null ? null : crypto.decodeBase64Url(token.slice(last + 1))
  if (claims === null || signature === null) return null
  return { token, header, claims, signature }
}

/**
 * The part of a JWT that is signed: header and claims as spelled; null if it is not a JWT. Padding, which load
 * balancers add, is removed.
 */
export function signedPartOf(token: string): string | null {
  const match = /^([\w-]+)=*\.([\w-]+)=*\.[\w-]+=*$/.exec(token)
  if (match === null) return null
  const [, header = '', claims = ''] = match
  return readHeader(header) === null ? null : `${header}.${claims}`
}

const MAX_HEADERS = 64
const MAX_HEADER_LENGTH = 256

export type ReadJwt = (token: string) => UnverifiedJwt | null

/** `readJwt` for one instance: all tokens of a key have the same header, so it is read only once. */
export function createJwtReader(): ReadJwt {
  const headers = new LRUCache<string, UnverifiedJwt['header']>({ max: MAX_HEADERS })
  const read: ReadHeader = (segment) => {
    const known = headers.get(segment)
    if (known !== undefined) return known
    const header = readHeader(segment)
    if (header === null || segment.length > MAX_HEADER_LENGTH) return header
    headers.set(flatCopy(segment), Object.freeze(header))
    return header
  }
  return (token) => readParts(token, read)
}

function readHeader(segment: string): UnverifiedJwt['header'] | null {
  const header = readObject(segment)
  return header !== null && acceptableHeader(header) ? header : null
}

/** Whether a text is the first segment of a JWT. */
export function statesAlgorithm(segment: string): boolean {
  return typeof readObject(segment)?.['alg'] === 'string'
}

function acceptableHeader(header: JsonObject): header is UnverifiedJwt['header'] {
  const { alg, kid, typ } = header
  return (
    typeof alg === 'string' &&
    alg.toLowerCase() !== 'none' &&
    !Object.hasOwn(header, 'crit') &&
    !Object.hasOwn(header, 'b64') &&
    !Object.hasOwn(header, 'zip') &&
    (kid === undefined || typeof kid === 'string') &&
    (typ === undefined || typeof typ === 'string')
  )
}

function readObject(segment: string): JsonObject | null {
  const bytes = crypto.decodeBase64Url(segment)
  if (bytes === null) return null
  try {
    const value = decodeJson(bytes)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    // JSON.parse keeps an own `__proto__` member, which is a trap for code that copies the object.
    if (Object.hasOwn(value, '__proto__')) delete (value as Record<string, unknown>)['__proto__']
    return value as JsonObject
  } catch {
    return null
  }
}
