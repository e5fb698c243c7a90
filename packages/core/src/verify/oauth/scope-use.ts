import { own, type JsonObject } from '../../route/jwt.js'
import { listOf } from '../jwt/mapped-claims.js'

/**
 * What a token's scope does here. `'ignore'` leaves it in the claims. `'limit'` makes it an upper
 * bound of what the account may do, as the scopes of an API key are; it also passes no role.
 * `'grant'` makes each entry a permission, for issuers that grant a scope only to who may use it.
 */
export type ScopeUse = 'ignore' | 'limit' | 'grant'

/** Reads `scope` (RFC 6749 section 3.3), else `scp`; entries are separated by spaces or stand in a list. */
function scopesOf(claims: JsonObject): readonly string[] {
  return listOf(claims, own(claims, 'scope') === undefined ? 'scp' : 'scope', / +/)
}

export interface ScopeGrants {
  readonly permissions: readonly string[]
  readonly scopes: readonly string[] | null
}

export function useScope(claims: JsonObject, use: ScopeUse, permissionsClaim: string): ScopeGrants {
  const stated = listOf(claims, permissionsClaim, / +/)
  switch (use) {
    case 'ignore':
      return { permissions: stated, scopes: null }
    case 'grant':
      return { permissions: [...stated, ...scopesOf(claims)], scopes: null }
    case 'limit':
      // Only this application writes wildcards: a scope named `*` narrows to nothing.
      return { permissions: stated, scopes: Object.freeze(scopesOf(claims).filter((scope) => !scope.includes('*'))) }
  }
}
