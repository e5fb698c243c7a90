import * as crypto from '#crypto'
import type { Credential } from '../extract/credential.js'
import { andThen } from '../keys/and-then.js'
import type { MaybePromise } from '../keys/crypto.js'

/** Characters of a signature that index a JWT: 258 bits, and the whole is compared as well. */
const TAIL = 43

/** Where a credential is kept: the index, and what must be equal besides. */
export interface Place {
  readonly index: string
  /** The whole credential where the index is only a part of it; null where it is a hash of everything. */
  readonly whole: string | null
}

/**
 * Kept is the SHA-256 of the credential, of its carrier and of the cookies beside it, so that nobody
 * finds a credential in memory. Where hashing takes a promise (WebCrypto), a JWT is indexed by the
 * tail of its signature and compared whole.
 */
export function placeOf(credential: Credential): MaybePromise<Place> {
  const { carrier, name, value, companions } = credential
  if (carrier === 'bearer' && companions === undefined) {
    if (!crypto.ANSWERS_AT_ONCE && value.length > TAIL && value.startsWith('eyJ'))
      return { index: value.slice(-TAIL), whole: value }
    return hashed(`bearer ${value}`)
  }
  // Lengths stand before values, and counts before lists, so that no two credentials spell the same text.
  const alone = `${carrier} ${name} ${value.length}:${value}`
  if (companions === undefined || companions.size === 0) return hashed(alone)
  const beside = [...companions].flatMap(([other, values]) => [other, `${values.length}`, ...values])
  return hashed(alone + beside.map((part) => `${part.length}:${part}`).join(''))
}

function hashed(text: string): MaybePromise<Place> {
  return andThen(crypto.sha256(text), (index) => ({ index, whole: null }))
}
