import * as crypto from '#crypto'
import type { Credential } from '../extract/credential.js'
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
 * A JWT is indexed by the tail of its signature and compared whole: hashing a kilobyte is most of
 * what a look-up costs. Anything else is a secret that nobody should find in memory: SHA-256 of it
 * and of the cookies beside it.
 */
export function placeOf(credential: Credential): MaybePromise<Place> {
  const { carrier, name, value, companions } = credential
  if (carrier === 'bearer' && companions === undefined && value.length > TAIL && value.startsWith('eyJ'))
    return { index: value.slice(-TAIL), whole: value }
  // Lengths stand before values, so that no two credentials spell the same text.
  const parts = [carrier, name, value, ...[...(companions ?? [])].flatMap(([key, values]) => [key, ...values])]
  const hash = crypto.sha256(parts.map((part) => `${part.length}:${part}`).join(''))
  return hash instanceof Promise ? hash.then((index) => ({ index, whole: null })) : { index: hash, whole: null }
}
