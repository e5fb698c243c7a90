import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { assertCost, isSame, malformed, type ReadingContext, type StoredHash } from './stored-hash.js'

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const FORM = /^\$[PH]\$([./0-9A-Za-z])([./0-9A-Za-z]{8})([./0-9A-Za-z]{22})$/
/** Rounds between two looks at what else there is to do: about a millisecond. */
const SLICE = 512

/** The portable hashes of phpass: `$P$` of WordPress before 6.8, and `$H$` of phpBB. @see https://www.openwall.com/phpass/ */
export function readPhpass(hash: string, { limits }: ReadingContext): StoredHash | null {
  if (!/^\$[PH]\$/.test(hash)) return null
  const [, letter, salt = '', digest = ''] = FORM.exec(hash) ?? []
  const cost = letter === undefined ? -1 : ALPHABET.indexOf(letter)
  if (cost < 7 || cost > 30) throw malformed('phpass')
  assertCost('phpass', [[cost, 'phpassCost']], limits)
  const wanted = bytesOf(digest)
  return {
    format: 'phpass',
    async check({ bytes }) {
      let key = createHash('md5').update(salt).update(bytes).digest()
      for (let round = 0; round < 2 ** cost; round++) {
        // On the main thread, unlike all others: it makes room for what else waits.
        if (round % SLICE === SLICE - 1) await setImmediate()
        key = createHash('md5').update(key).update(bytes).digest()
      }
      return isSame(key, wanted)
    },
  }
}

/** Sixteen bytes of 22 letters, of six bits each, the least significant first. */
function bytesOf(digest: string): Buffer {
  const bytes = Buffer.alloc(16)
  let [held, bits, at] = [0, 0, 0]
  for (const char of digest) {
    held |= ALPHABET.indexOf(char) << bits
    bits += 6
    while (bits >= 8 && at < 16) {
      bytes[at++] = held & 255
      held >>= 8
      bits -= 8
    }
  }
  // The last letter holds two bits of the last byte, and none of its others may be set.
  if (held !== 0) throw malformed('phpass')
  return bytes
}
