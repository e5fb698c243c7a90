import * as crypto from '#crypto'
import type { MaybePromise } from '../async/maybe-promise.js'

/** Compares two byte strings in constant time. Lengths are not secret. */
export function constantTimeEqual(one: Uint8Array, other: Uint8Array): MaybePromise<boolean> {
  return crypto.constantTimeEqual(one, other)
}
