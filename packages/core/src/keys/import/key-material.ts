import { sequenceIn } from '../../crypto/der.js'
import { decodeText } from '../../crypto/json.js'

/** A key as found in text or bytes, not yet checked. */
export type KeyMaterial =
  /** `label` is the PEM label; null for bare DER. */
  | { readonly kind: 'der'; readonly der: Uint8Array; readonly label: string | null }
  | { readonly kind: 'jwk'; readonly jwk: object }
  /** What the input is instead, and what to do. */
  | { readonly kind: 'problem'; readonly problem: string }

/** How often quoted, escaped or encoded text is unwrapped: base64 of quoted PEM is common, deeper nesting is not. */
const MAX_LAYERS = 4
const UNKNOWN = 'is no key in a known form: PEM, DER, base64 of either, or a JSON Web Key'

/**
 * Reads a key in the forms found in environment variables, secret stores and files: PEM with real or escaped line
 * breaks, on one line, in quotes, or as base64; DER; a JSON Web Key as text.
 *
 * The input must be exactly one key. Several keys, or text around one, are refused, because it would depend on the
 * reader which one is meant.
 */
export function readKeyMaterial(input: string | ArrayBufferView, layers: number = MAX_LAYERS): KeyMaterial {
  if (layers === 0) return problem(UNKNOWN)
  if (typeof input !== 'string') return readBytes(bytesOf(input), layers)
  const text = input.replace(/^\uFEFF/, '').trim()
  if (text === '') return problem('is empty')
  const json = parsedJson(text)
  if (typeof json === 'string') return readKeyMaterial(json, layers - 1)
  if (text.includes('-----BEGIN')) return readPem(text)
  if (typeof json === 'object' && json !== null) return readJson(json)
  const unquoted = /^'([^']*)'$/.exec(text)?.[1]
  if (unquoted !== undefined) return readKeyMaterial(unquoted, layers - 1)
  const bytes = fromBase64(text)
  return bytes === null ? problem(problemOfText(text)) : readBytes(bytes, layers)
}

function readBytes(bytes: Uint8Array, layers: number): KeyMaterial {
  if (sequenceIn(bytes) !== null) return { kind: 'der', der: bytes, label: null }
  const text = decodeText(bytes)
  return text === null ? problem('is no key: neither DER nor text') : readKeyMaterial(text, layers - 1)
}

function readJson(json: object): KeyMaterial {
  return 'keys' in json ? problem('is a JWK Set; give one of its keys') : { kind: 'jwk', jwk: json }
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([^]*?)-----END \1-----/g

/** @see RFC 7468 */
function readPem(quoted: string): KeyMaterial {
  const text = unescaped(quoted)
  const blocks = [...text.matchAll(BLOCK)]
  // openssl also writes the curve before a private key.
  const keys = blocks.filter(([, label]) => label !== 'EC PARAMETERS')
  const [, label = '', body = ''] = keys[0] ?? []
  if (keys.length === 0) return problem('has no END line that fits its BEGIN line; was it cut off at a line break?')
  if (keys.length > 1)
    return problem(`holds ${keys.length} PEM blocks; give one of them, of a certificate chain the first`)
  if (text.replace(BLOCK, '').trim() !== '')
    return problem('holds text around the key; keep what stands from BEGIN to END')
  if (label === 'ENCRYPTED PRIVATE KEY' || /Proc-Type:.*ENCRYPTED/.test(body))
    return problem('is an encrypted private key; decrypt it first (openssl pkey -in key.pem)')
  if (label === 'OPENSSH PRIVATE KEY')
    return problem('is a private key of OpenSSH; convert a copy of it (ssh-keygen -p -m PKCS8 -f copy)')
  const der = fromBase64(body)
  if (der === null) return problem('is PEM, but its body is not base64')
  if (sequenceIn(der) === null) return problem('is PEM, but its body was cut off or has bytes after the key')
  return { kind: 'der', der, label }
}

/** Removes surrounding quotes, and restores line breaks written as `\n`, even if escaped several times. */
function unescaped(text: string): string {
  return text.replace(/^(?:\\*["'])([^]*?)\\*["']$/, '$1').replace(/\\+[rn]/g, '\n')
}

function problemOfText(text: string): string {
  if (/^(?:ssh-|ecdsa-sha2-|sk-ssh-|---- BEGIN SSH2)/.test(text))
    return 'is a key of OpenSSH; convert it (ssh-keygen -e -m PKCS8 -f key.pub)'
  if (/^(?:file:|[./~]|[A-Za-z]:\\)|\.(?:pem|key|pub|crt|cer|der|jwk)$/.test(text))
    return 'is a path, not a key; read the file'
  return UNKNOWN
}

function parsedJson(text: string): unknown {
  if (!/^["{[]/.test(text)) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Standard or URL alphabet, wrapped or not; null for anything else. */
function fromBase64(text: string): Uint8Array | null {
  const body = text.replace(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return null
  try {
    return Uint8Array.from(atob(body), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}

/** Copied: an app may wipe its own bytes, and a Buffer shares its memory. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength))
}

function problem(text: string): KeyMaterial {
  return { kind: 'problem', problem: text }
}
