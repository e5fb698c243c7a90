import { assertAcceptance, type Acceptance } from '../../settings/acceptance.js'
import { optionError } from '../../settings/options.js'
import { looksLikeKey } from '../../crypto/der.js'
import type { Emit } from '../../events/events.js'
import { isGuessable } from './guessable.js'

/**
 * Accepts an inherited secret that is short, guessable or shared, until a date. Never an empty or documented one, or
 * one that looks like a key.
 */
export type AcceptWeakSecret = Acceptance

export interface SecretRules {
  /** In bytes: the size of the hash (RFC 7518 section 3.2). */
  readonly minimumBytes: number
  /** False: there is no such option. */
  readonly acceptWeakSecret: AcceptWeakSecret | undefined | false
  /** Bytes are not accepted, so white space at either end may belong to the secret. */
  readonly isTextOnly?: true
  /** Advice in messages about a weak secret, if there is no such option. */
  readonly seeAlso?: string
}

/** The size of the hash of an HMAC algorithm, in bytes. */
export function hashBytes(algorithm: string): number {
  return Number(algorithm.slice(2)) / 8
}

/** Defaults and examples from documentation, which everybody can read. */
const DOCUMENTED: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'better-auth-secret-12345678901234567890',
  'better-auth-secret-123456789',
  'a-string-secret-at-least-256-bits-long',
  'a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long',
  'your-256-bit-secret',
  'your-384-bit-secret',
  'your-512-bit-secret',
  'your-secret-key',
  'your_jwt_secret',
  'secret',
  'changeme',
  'password',
  'shhhhh',
  'keyboard cat',
  'supersecret',
  'supersecretkey',
  'jwt_secret',
  'my-secret-key',
  'complex_password_at_least_32_characters_long',
  'your-32-character-secret-key-here',
  'this-is-a-test-cookie-password-at-least-32-characters',
  'a-random-secret-at-least-32-characters-long',
  'replace_with_a_minimum_32_character_secret',
])

/** A list of secrets, newest first, hidden from `console.log` and `JSON.stringify`. */
export interface SecretList {
  readonly size: number
  /** Bytes of the secret at an index. */
  at(index: number): Uint8Array
  includes(secret: Uint8Array): boolean
  /** Reports to the operator, at every start, that a weak secret is in use, with its issuer if it came from a table. */
  warn(emit: Emit, verifier: string, issuer?: string): void
  readonly acceptsShared: boolean
}

/**
 * Reads and checks HMAC secrets.
 *
 * @throws {AuthError} `configuration_invalid`, naming `path[index]`; the secret is never repeated.
 */
export function createSecretList(
  secrets: readonly (string | Uint8Array)[],
  rules: SecretRules,
  path: string,
  now: number,
): SecretList {
  const { minimumBytes } = rules
  const acceptWeakSecret = rules.acceptWeakSecret || undefined
  const seeAlso = rules.seeAlso ?? (rules.acceptWeakSecret === false ? '' : ', or see acceptWeakSecret')
  if (acceptWeakSecret !== undefined)
    assertAcceptance(acceptWeakSecret, path.replace(/[^.]*$/, 'acceptWeakSecret'), 'replace the weak secret', now)
  const list = secrets.map((secret, index) => {
    // Not slice(): a Buffer's slice shares its memory, and an app may wipe its own copy.
    const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : Uint8Array.from(secret)
    const counted = withoutPadding(bytes)
    const text = typeof secret === 'string' ? secret.replace(/\0+$/, '') : latin1(counted)
    // A DER key may end in a zero byte.
    const problem = secretProblem(text, typeof secret === 'string' ? secret : latin1(bytes))
    if (problem !== null) throw optionError(`${path}[${index}]`, problem)
    if (typeof secret === 'string' && rules.isTextOnly !== true && secret !== secret.trim())
      throw optionError(
        `${path}[${index}]`,
        'begins or ends with white space, such as the line break of a file; trim it, or give a Uint8Array if it belongs to the secret',
      )
    if (!isLongEnough(bytes, counted, minimumBytes) && acceptWeakSecret === undefined) {
      throw optionError(`${path}[${index}]`, `must be at least ${minimumBytes} bytes, made at random${seeAlso}`)
    }
    if (isGuessable(text) && acceptWeakSecret === undefined)
      throw optionError(`${path}[${index}]`, `is easy to guess; use random bytes${seeAlso}`)
    return bytes
  })
  return {
    size: list.length,
    at: (index) => list[index] as Uint8Array,
    includes: (secret) => list.some((other) => sameBytes(withoutPadding(other), withoutPadding(secret))),
    acceptsShared: acceptWeakSecret !== undefined,
    warn(emit, verifier, issuer) {
      if (acceptWeakSecret === undefined) return
      emit({ type: 'weak_secret', verifier, ...(issuer !== undefined && { issuer }), ...acceptWeakSecret })
    },
  }
}

/** Random bytes may end in a zero or two. */
function isLongEnough(bytes: Uint8Array, counted: Uint8Array, minimumBytes: number): boolean {
  return bytes.length >= minimumBytes && counted.length >= minimumBytes - 2
}

/** HMAC pads a key with zeros (RFC 2104 section 2), so it is the same key with or without them. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1)
}

/** Byte by byte, because the decoder named latin1 is really windows-1252. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}

function secretProblem(text: string, whole: string): string | null {
  if (text.trim().length === 0) return 'must not be empty'
  if (DOCUMENTED.has(text)) return 'is an example from documentation'
  if (/-----BEGIN|-----END/.test(text)) return 'looks like a PEM key; a public key is never an HMAC secret'
  if (/"(?:kty|keys)"\s*:/.test(text)) return 'looks like a JSON Web Key; a public key is never an HMAC secret'
  if (/^ssh-(?:rsa|ed25519) |^ecdsa-sha2/.test(text)) return 'looks like an SSH key'
  if (looksLikeKey(Uint8Array.from(whole, byteOf)) || looksLikeKey(fromBase64(text))) return 'looks like a DER key'
  return null
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text.replace(/\s/g, '').replace(/-/g, '+').replace(/_/g, '/')), byteOf)
  } catch {
    return new Uint8Array()
  }
}

function byteOf(character: string): number {
  return character.charCodeAt(0)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
