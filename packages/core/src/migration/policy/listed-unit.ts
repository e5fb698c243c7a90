import { sha256 } from '#crypto'
import { andThen, type MaybePromise } from '../../async/maybe-promise.js'
import type { Rollout } from './policy-document.js'

/** What is typed into a login page counts without case and outer spaces. */
export function normalUnit(unit: Rollout['unit'], value: string): string {
  return unit === 'identifier' ? value.trim().toLowerCase() : value
}

/** `sha256:` and 32 bytes as base64url. No address has this form. */
const HASHED = /^sha256:[\w-]{43}$/

/** A unit as lists are compared: what is hashed stays as it is. */
export function listedUnit(unit: Rollout['unit'], value: string): string {
  return unit === 'identifier' && HASHED.test(value) ? value : normalUnit(unit, value)
}

export function isHashed(value: string): boolean {
  return HASHED.test(value)
}

/** @param unit Normal. */
export function hashOfUnit(unit: string): MaybePromise<string> {
  return andThen(sha256(`dualauth.identifier\0${unit}`), (digest) => `sha256:${digest}`)
}

/**
 * What to write into `include` and `exclude` of a rollout that counts identifiers, so that no address stands in the policy, its
 * history and its audit: `sha256:` and SHA-256 of `dualauth.identifier`, NUL, and the identifier without case and outer spaces, as
 * base64url. What is hashed already is returned as it is. A plain identifier in a list counts as well.
 *
 * The hash has no key: it keeps an address from whoever reads the policy, not from somebody who tries addresses.
 */
export async function hashedIdentifier(identifier: string): Promise<string> {
  return HASHED.test(identifier) ? identifier : hashOfUnit(normalUnit('identifier', identifier))
}
