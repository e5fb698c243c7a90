import { sha256 } from '#crypto'
import { andThen, type MaybePromise } from '../../async/maybe-promise.js'
import type { Rollout } from './policy-document.js'

/** Text typed into a login page is compared without case and outer spaces. */
export function normalUnit(unit: Rollout['unit'], value: string): string {
  return unit === 'identifier' ? value.trim().toLowerCase() : value
}

/** `sha256:` and 32 bytes as base64url. No address has this form. */
const HASHED = /^sha256:[\w-]{43}$/

/** A unit in the form used to compare lists. A hash stays unchanged. */
export function listedUnit(unit: Rollout['unit'], value: string): string {
  return unit === 'identifier' && HASHED.test(value) ? value : normalUnit(unit, value)
}

export function isHashed(value: string): boolean {
  return HASHED.test(value)
}

/** @param unit As `normalUnit` returns it. */
export function hashOfUnit(unit: string): MaybePromise<string> {
  return andThen(sha256(`dualauth.identifier\0${unit}`), (digest) => `sha256:${digest}`)
}

/**
 * The hashed form of an identifier for `include` and `exclude` of a rollout, so that no address is in the policy, its
 * history or its audit: `sha256:` and SHA-256 of `dualauth.identifier`, NUL, and the identifier without case and outer
 * spaces, as base64url. A hashed identifier is returned unchanged. Lists may contain plain identifiers, too.
 *
 * The hash has no key: it hides an address from readers of the policy, but not from somebody who guesses addresses.
 */
export async function hashedIdentifier(identifier: string): Promise<string> {
  return HASHED.test(identifier) ? identifier : hashOfUnit(normalUnit('identifier', identifier))
}
