import type { JsonObject } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import type { ClaimReader } from '../../settings/claim-source.js'
import { namesIn } from '../jwt/mapped-claims.js'

/**
 * How a token's scope is used. `'ignore'`: it stays in the claims. `'limit'`: it limits what the account may do, like
 * the scopes of an API key, and no role check passes. `'grant'`: each entry is a permission, for issuers that grant a
 * scope only to those who may use it.
 */
export type ScopeUse = 'ignore' | 'limit' | 'grant'

/** `scope` (RFC 6749 section 3.3), otherwise `scp`. */
export const STANDARD_SCOPE: ClaimReader = {
  name: 'scope',
  read: (claims) => own(claims, 'scope') ?? own(claims, 'scp'),
}

/** Where permissions and scopes are; entries are separated by spaces or in a list. */
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
      // Only this application writes wildcards: a scope named `*` allows nothing.
      return { permissions, scopes: Object.freeze(scopesIn(claims, stated).filter((scope) => !scope.includes('*'))) }
  }
}

function scopesIn(claims: JsonObject, { scope }: StatedGrants): readonly string[] {
  return namesIn(scope.read(claims), / +/)
}
