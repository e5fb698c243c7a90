import type { JsonObject } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import type { ClaimReader } from '../../settings/claim-source.js'
import { namesIn } from '../jwt/mapped-claims.js'

/**
 * What a token's scope does here. `'ignore'` leaves it in the claims. `'limit'` makes it an upper
 * bound of what the account may do, as the scopes of an API key are; it also passes no role.
 * `'grant'` makes each entry a permission, for issuers that grant a scope only to who may use it.
 */
export type ScopeUse = 'ignore' | 'limit' | 'grant'

/** `scope` (RFC 6749 section 3.3), else `scp`. */
export const STANDARD_SCOPE: ClaimReader = {
  name: 'scope',
  read: (claims) => own(claims, 'scope') ?? own(claims, 'scp'),
}

/** Where permissions and scopes stand; entries are separated by spaces or stand in a list. */
export interface StatedGrants {
  readonly permissions: ClaimReader
  readonly scope: ClaimReader
}

export interface ScopeGrants {
  readonly permissions: readonly string[]
  readonly scopes: readonly string[] | null
}

export function useScope(claims: JsonObject, use: ScopeUse, stated: StatedGrants): ScopeGrants {
  const permissions = namesIn(stated.permissions.read(claims), / +/)
  switch (use) {
    case 'ignore':
      return { permissions, scopes: null }
    case 'grant':
      return { permissions: [...permissions, ...scopesIn(claims, stated)], scopes: null }
    case 'limit':
      // Only this application writes wildcards: a scope named `*` narrows to nothing.
      return { permissions, scopes: Object.freeze(scopesIn(claims, stated).filter((scope) => !scope.includes('*'))) }
  }
}

function scopesIn(claims: JsonObject, { scope }: StatedGrants): readonly string[] {
  return namesIn(scope.read(claims), / +/)
}
