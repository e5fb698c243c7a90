import type { VerifiedIdentity } from '../route/verifier.js'

export function hasWildcard(name: string): boolean {
  return name.includes('*')
}

/** The separators between names in a text that lists several, including JSON. None of our wildcards contains one. */
const BETWEEN_NAMES = /[\s,;|"'`\\()[\]{}<>]+/

/**
 * Names with `*` anywhere in the claims of a credential, including keys and texts that list several names. The scopes
 * of an API key are left out: they limit it and are not grants of a provider.
 */
export function statedWildcards(identity: VerifiedIdentity): ReadonlySet<string> {
  const { permissions, roles, scopes, claims, ownPermissions = false } = identity
  const stated = new Set<string>()
  const seen = new Set<unknown>()
  const left: unknown[] = [ownPermissions ? [] : permissions, roles, claims]
  for (let value = left.pop(); value !== undefined || left.length > 0; value = left.pop()) {
    if (typeof value === 'string') {
      for (const name of [value, ...value.split(BETWEEN_NAMES)].filter(hasWildcard)) stated.add(name)
    } else if (typeof value === 'object' && value !== null && !seen.has(value) && !isBound(value, scopes)) {
      // The output of a schema may refer to itself and contain sets and maps.
      seen.add(value)
      if (value instanceof Set || value instanceof Map) left.push(...[...value].flat())
      else if (!ArrayBuffer.isView(value)) left.push(...Object.values(value), ...keysOf(value))
    }
  }
  return stated
}

/** Some providers list roles as the keys of an object. */
function keysOf(value: object): readonly string[] {
  return Array.isArray(value) ? [] : Object.keys(value)
}

function isBound(value: object, scopes: readonly string[] | null): boolean {
  return (
    scopes !== null &&
    Array.isArray(value) &&
    value.length === scopes.length &&
    scopes.every((scope, place) => scope === value[place])
  )
}
