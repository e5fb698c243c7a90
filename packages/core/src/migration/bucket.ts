import { sha256 } from '#crypto'
import { andThen, type MaybePromise } from '../async/maybe-promise.js'

/** Everybody, in basis points. */
export const ALL = 10_000
/** Characters of base64url: 48 bits. */
const PREFIX = 8

/**
 * The bucket of a unit, from 0 to 9,999: the first 48 bits of SHA-256 over salt, NUL and unit, modulo 10,000. A unit is
 * in a rollout if its bucket is below the basis points, so a growing rollout drops nobody.
 */
export function bucketOf(salt: string, unit: string): MaybePromise<number> {
  return andThen(sha256(`${salt}\0${unit}`), (digest) => numberOf(digest.slice(0, PREFIX)) % ALL)
}

function numberOf(base64url: string): number {
  let value = 0
  for (const character of base64url) value = value * 64 + ALPHABET.indexOf(character)
  return value
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
