import { LRUCache } from 'lru-cache'
import * as crypto from '#crypto'
import { flatCopy } from '../crypto/flat-copy.js'
import { decodeJson } from '../crypto/json.js'

export type JsonObject = Readonly<Record<string, unknown>>

/** A compact JWS as read, not as believed: nothing in it is verified. */
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
 * Reads a compact JWS strictly: canonical base64url (one token, one spelling), header and claims
 * are JSON objects in UTF-8, `alg` is a string other than `none`, nothing critical, `b64` or
 * `zip`. Of members that stand twice the last counts. Keys that a token brings along (`jwk`, `jku`, `x5u`, `x5c`) are never
 * looked at.
 *
 * @returns null for anything else; routing and verifying share this one reading.
 * @see RFC 7515 sections 4 and 5.2, RFC 7519 sections 4 and 7.2, RFC 8725 section 3
 */
export function readJwt(token: string): UnverifiedJwt | null {
  return readParts(token, readHeader)
}

type ReadHeader = (segment: string) => UnverifiedJwt['header'] | null

function readParts(token: string, readHeader: ReadHeader): UnverifiedJwt | null {
  // Five segments are a JWE, which no bearer may be: no segment decodes with a dot in it.
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
 * What the signature of a JWT signs, header and claims as they are spelled; null for what is no JWT. Padding, which load
 * balancers add, is left out.
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

/** `readJwt` of one instance: all tokens of one key have one header, so what was read of it is not read again. */
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

/** Whether a text is the first segment of a JWT, whatever follows it. */
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
    // An own `__proto__` member is data to JSON.parse and a trap to whoever copies the object.
    if (Object.hasOwn(value, '__proto__')) delete (value as Record<string, unknown>)['__proto__']
    return value as JsonObject
  } catch {
    return null
  }
}
