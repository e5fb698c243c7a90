import type { Credential } from '../extract/credential.js'
import { isChunkOf } from '../http/chunks.js'
import { carries, intersect, shareCarrier, type Carriage } from './carriers.js'
import { issuersMeet, namesIssuer } from './issuers.js'
import { looksLikeJwt, readJwt, type ReadJwt, type UnverifiedJwt } from './jwt.js'
import { own } from '../settings/own.js'
import { readPaddedJwt } from './padded-jwt.js'

/**
 * The credentials that a verifier owns, as data. Routing compares a shape with a credential; construction compares it
 * with other shapes.
 */
export type Shape = JwtShape | PrefixShape | PatternShape | CookieShape

export interface JwtShape {
  readonly kind: 'jwt'
  readonly carriage: Carriage
  readonly algorithms: readonly string[]
  /** Exact issuers, or patterns with a named part. Null: only tokens without an issuer. */
  readonly issuers: readonly string[] | null
  /** Only tokens for one of these audiences, if two verifiers share an issuer. */
  readonly audiences: readonly string[] | null
  /** Only tokens signed by one of these keys. */
  readonly keyIds: readonly string[] | null
  /** True: only tokens with a session (`sid`). False: only tokens without one. Default: both. */
  readonly sid?: boolean
  /** True: only tokens with padded segments; no other token has this form. Default false. */
  readonly padded?: boolean
}

/** An opaque credential, recognised by its prefix and, if given, its length. */
export interface PrefixShape {
  readonly kind: 'prefix'
  readonly carriage: Carriage
  readonly prefix: string
  readonly minLength: number
  readonly maxLength: number
  /** True: only letters, digits, `-` and `_`, so it is never a JWT. The prefix may then be empty. */
  readonly opaque?: boolean
  /** With `opaque`: two such parts joined by a dot, such as a session's id and its secret. Never a JWT, which has two dots. */
  readonly dotted?: boolean
  /** True: an access token, and challenges call it one. Default false: an API key. */
  readonly token?: boolean
}

/**
 * An opaque credential with a fixed alphabet and a fixed length or beginning: Better Auth's session tokens, and
 * Auth.js's encrypted JWTs, by their encryption.
 */
export interface PatternShape {
  readonly kind: 'pattern'
  readonly carriage: Carriage
  readonly pattern: 'session-token' | 'signed-session-token' | 'jwe-cbc' | 'jwe-gcm'
}

/** Everything in cookies of these names. */
export interface CookieShape {
  readonly kind: 'cookie'
  readonly carriage: Carriage
  /** Further cookies that the verifier reads together with them. Without them, they mean nothing. */
  readonly companions?: readonly string[]
  /** Whether the cookies may arrive in numbered chunks. */
  readonly chunked?: boolean
}

/**
 * The base64url of `{"alg":"dir","enc":"A256CBC-HS512` and `{"alg":"dir","enc":"A256GCM`, up to where the next
 * character would change it.
 */
const JWE_BEGINNINGS: Readonly<Record<'jwe-cbc' | 'jwe-gcm', string>> = {
  'jwe-cbc': 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEy',
  'jwe-gcm': 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NN',
}

const PATTERNS: Readonly<Record<PatternShape['pattern'], RegExp>> = {
  'session-token': /^[A-Za-z0-9]{32}$/,
  'signed-session-token': /^[A-Za-z0-9]{32}\.[A-Za-z0-9+/]{43}=$/,
  'jwe-cbc': jwePattern('jwe-cbc'),
  'jwe-gcm': jwePattern('jwe-gcm'),
}

/** There is no encrypted key, so two of the dots are adjacent. */
function jwePattern(encryption: keyof typeof JWE_BEGINNINGS): RegExp {
  return new RegExp(`^${JWE_BEGINNINGS[encryption]}[\\w-]*\\.\\.[\\w-]+\\.[\\w-]+\\.[\\w-]+$`)
}

const OPAQUE = /^[A-Za-z0-9_-]+$/
const DOTTED = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** A credential that is parsed when a shape first asks for it. */
export interface Presented extends Credential {
  jwt(): UnverifiedJwt | null
  /** Like `jwt`, for a JWT with padded segments. No credential can be read both ways. */
  paddedJwt(): UnverifiedJwt | null
}

/** @param read Each instance has its own reader, which reads each key's header once. */
export function present(credential: Credential, read: ReadJwt = readJwt): Presented {
  const { carrier, name, value, companions, chunks } = credential
  let known: UnverifiedJwt | null | undefined
  const jwt = () => (known === undefined ? (known = looksLikeJwt(value) ? read(value) : null) : known)
  let padded: UnverifiedJwt | null | undefined
  const paddedJwt = () => (padded === undefined ? (padded = readPaddedJwt(value)) : padded)
  if (companions === undefined && chunks === undefined) return { carrier, name, value, jwt, paddedJwt }
  return { ...credential, jwt, paddedJwt }
}

export function matches(shape: Shape, credential: Presented): boolean {
  if (!carries(shape.carriage, credential.carrier, credential.name)) return false
  switch (shape.kind) {
    case 'cookie':
      return true
    case 'prefix':
      return (
        credential.value.startsWith(shape.prefix) &&
        credential.value.length >= shape.minLength &&
        credential.value.length <= shape.maxLength &&
        (shape.opaque !== true || (shape.dotted === true ? DOTTED : OPAQUE).test(credential.value))
      )
    case 'pattern':
      return PATTERNS[shape.pattern].test(credential.value)
    case 'jwt':
      return matchesJwt(shape, readingOf(shape, credential))
  }
}

/** The credential parsed as the shape requires. */
export function readingOf(shape: JwtShape, credential: Presented): UnverifiedJwt | null {
  return shape.padded === true ? credential.paddedJwt() : credential.jwt()
}

function matchesJwt(shape: JwtShape, jwt: UnverifiedJwt | null): boolean {
  if (jwt === null || !shape.algorithms.includes(jwt.header.alg)) return false
  const issuer = own(jwt.claims, 'iss')
  if (shape.issuers === null ? issuer !== undefined : !namesIssuer(shape.issuers, issuer)) return false
  if (shape.audiences !== null && !audiencesOf(jwt).some((audience) => shape.audiences?.includes(audience)))
    return false
  if (shape.sid !== undefined && Object.hasOwn(jwt.claims, 'sid') !== shape.sid) return false
  return shape.keyIds === null || (typeof jwt.header['kid'] === 'string' && shape.keyIds.includes(jwt.header['kid']))
}

export function audiencesOf(jwt: Pick<UnverifiedJwt, 'claims'>): readonly string[] {
  const audience = own(jwt.claims, 'aud')
  if (typeof audience === 'string') return [audience]
  return Array.isArray(audience) && audience.every((entry) => typeof entry === 'string') ? audience : []
}

/** Whether a credential could have both shapes. The configuration must then say which verifier owns it. */
export function overlap(a: Shape, b: Shape): boolean {
  if (readsAsChunk(a, b) || readsAsChunk(b, a)) return true
  if (!shareCarrier(a.carriage, b.carriage)) return false
  if (a.kind === 'cookie' || b.kind === 'cookie') return true
  if (a.kind === 'jwt' && b.kind === 'jwt') {
    return (
      (a.padded === true) === (b.padded === true) &&
      intersect(a.algorithms, b.algorithms) &&
      sameIssuer(a.issuers, b.issuers) &&
      (a.audiences === null || b.audiences === null || intersect(a.audiences, b.audiences)) &&
      (a.keyIds === null || b.keyIds === null || intersect(a.keyIds, b.keyIds)) &&
      (a.sid === undefined || b.sid === undefined || a.sid === b.sid)
    )
  }
  if (a.kind === 'prefix' && b.kind === 'prefix') {
    return (
      !(a.opaque === true && b.opaque === true && (a.dotted === true) !== (b.dotted === true)) &&
      (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) &&
      a.minLength <= b.maxLength &&
      b.minLength <= a.maxLength
    )
  }
  if (a.kind === 'pattern' && b.kind === 'pattern') return a.pattern === b.pattern
  if (a.kind === 'prefix') return prefixMeets(a, b)
  if (b.kind === 'prefix') return prefixMeets(b, a)
  return false
}

/** Whether a cookie of the one is a chunk of the other's, as `sid.0` is of `sid`. */
function readsAsChunk(chunked: Shape, { carriage }: Shape): boolean {
  return (
    chunked.kind === 'cookie' &&
    chunked.chunked === true &&
    carriage.cookies.some((cookie) => isChunkOf(chunked.carriage.cookies, cookie))
  )
}

/** Session tokens consist of letters and digits; JWTs begin with the base64url of `{"`. */
function prefixMeets(prefix: PrefixShape, other: Shape): boolean {
  if (other.kind === 'jwt' && prefix.opaque === true) return false
  if (other.kind === 'jwt')
    return prefix.prefix === '' || prefix.prefix.startsWith('ey') || 'ey'.startsWith(prefix.prefix)
  if (other.kind !== 'pattern') return true
  if (other.pattern === 'jwe-cbc' || other.pattern === 'jwe-gcm')
    return prefix.opaque !== true && meetsBeginning(prefix, JWE_BEGINNINGS[other.pattern])
  if (prefix.opaque === true && (prefix.dotted === true || other.pattern === 'signed-session-token')) return false
  const length = other.pattern === 'session-token' ? 32 : 77
  return /^[A-Za-z0-9]*$/.test(prefix.prefix) && prefix.minLength <= length && length <= prefix.maxLength
}

function meetsBeginning({ prefix, maxLength }: PrefixShape, beginning: string): boolean {
  return maxLength >= beginning.length && (beginning.startsWith(prefix) || prefix.startsWith(beginning))
}

function sameIssuer(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return a === null || b === null ? a === b : issuersMeet(a, b)
}
