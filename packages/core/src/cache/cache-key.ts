import * as crypto from '#crypto'
import type { Credential } from '../extract/credential.js'
import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import { fingerprint } from './fingerprint.js'

/** Length of the signature part that is used as a text index: 258 bits. */
const TAIL = 43

/** The key of a remembered credential: a short index, and what must also be equal. */
export interface CacheKey {
  /**
   * A number for a bearer that ends in a signature, the most common kind: a map finds numbers twice as fast as text.
   */
  readonly index: string | number
  /** The whole credential if the index is only part of it; null if the index is a hash of everything. */
  readonly whole: string | null
}

/**
 * A credential that ends in a signature over all of it (a JWT or a sealed session) is indexed by the end of the
 * signature and compared whole. For anything else, such as an API key, only a SHA-256 over it, its carrier and
 * accompanying cookies is kept: a secret that can be looked up must not stay in memory.
 */
export function cacheKeyOf(credential: Credential): MaybePromise<CacheKey> {
  const { carrier, name, value, companions } = credential
  const isAlone = companions === undefined || companions.size === 0
  if (isAlone && endsInSignature(value)) {
    const index = carrier === 'bearer' ? fingerprint(value) : `${carrier} ${name} ${value.slice(-TAIL)}`
    return { index, whole: value }
  }
  if (isAlone && carrier === 'bearer') return hashed(`bearer ${value}`)
  // Lengths precede values, and counts precede lists, so that two credentials never give the same text.
  const alone = `${carrier} ${name} ${value.length}:${value}`
  if (isAlone) return hashed(alone)
  const beside = [...companions].flatMap(([other, values]) => [other, `${values.length}`, ...values])
  return hashed(alone + beside.map((part) => `${part.length}:${part}`).join(''))
}

/** A JWT begins with the base64url of `{"` and has two dots; iron seals begin with their version. */
function endsInSignature(value: string): boolean {
  if (value.length <= TAIL) return false
  if (value.startsWith('Fe26.2*')) return true
  // `lastIndexOf` would take ten times as long as the second `indexOf`.
  return value.startsWith('eyJ') && value.indexOf('.', value.indexOf('.') + 1) !== -1
}

function hashed(text: string): MaybePromise<CacheKey> {
  return andThen(crypto.sha256(text), (index) => ({ index, whole: null }))
}
