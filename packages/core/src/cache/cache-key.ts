import * as crypto from '#crypto'
import type { Credential } from '../extract/credential.js'
import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import { fingerprint } from './fingerprint.js'

/** Characters of a signature that index what it signs, where text does: 258 bits. */
const TAIL = 43

/** What a credential is remembered under: a short index, and what must be equal besides. */
export interface CacheKey {
  /** A number for a bearer that ends in a signature, as an API most often sees: a map finds it twice as fast as text. */
  readonly index: string | number
  /** The whole credential where the index is only a part of it; null if it is a hash of everything. */
  readonly whole: string | null
}

/**
 * What ends in a signature over all of it, a JWT or a sealed session, is indexed by the tail of that
 * and compared whole. Of everything else, such as an API key, only the SHA-256 is kept, with its
 * carrier and the cookies beside it: a secret that somebody looks up must not lie in memory.
 */
export function cacheKeyOf(credential: Credential): MaybePromise<CacheKey> {
  const { carrier, name, value, companions } = credential
  const isAlone = companions === undefined || companions.size === 0
  if (isAlone && endsInSignature(value)) {
    const index = carrier === 'bearer' ? fingerprint(value) : `${carrier} ${name} ${value.slice(-TAIL)}`
    return { index, whole: value }
  }
  if (isAlone && carrier === 'bearer') return hashed(`bearer ${value}`)
  // Lengths stand before values, and counts before lists, so that no two credentials spell the same text.
  const alone = `${carrier} ${name} ${value.length}:${value}`
  if (isAlone) return hashed(alone)
  const beside = [...companions].flatMap(([other, values]) => [other, `${values.length}`, ...values])
  return hashed(alone + beside.map((part) => `${part.length}:${part}`).join(''))
}

/** A JWT begins with the base64url of `{"` and has two dots; seals of iron name their version. */
function endsInSignature(value: string): boolean {
  if (value.length <= TAIL) return false
  if (value.startsWith('Fe26.2*')) return true
  // `lastIndexOf` would take ten times as long as the second `indexOf`.
  return value.startsWith('eyJ') && value.indexOf('.', value.indexOf('.') + 1) !== -1
}

function hashed(text: string): MaybePromise<CacheKey> {
  return andThen(crypto.sha256(text), (index) => ({ index, whole: null }))
}
