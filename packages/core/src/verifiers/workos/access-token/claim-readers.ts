import type { JsonObject } from '../../../route/jwt.js'
import { own } from '../../../settings/own.js'
import { claimReader, type ClaimReader } from '../../../settings/claim-source.js'
import { namesIn } from '../../../verify/jwt/mapped-claims.js'
import type { WorkosClaimNames } from './options.js'

export type WorkosClaimReaders = { readonly [Field in keyof WorkosClaimNames]-?: ClaimReader }

/** WorkOS puts a single role in `role`, and several in `roles`. */
const ROLES: ClaimReader = { name: 'roles', read: rolesOf }

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function readersOf(names: WorkosClaimNames, path: string): WorkosClaimReaders {
  return {
    organization: claimReader(names.organization ?? 'org_id', `${path}.organization`),
    roles: names.roles === undefined ? ROLES : claimReader(names.roles, `${path}.roles`),
    permissions: claimReader(names.permissions ?? 'permissions', `${path}.permissions`),
    email: claimReader(names.email ?? 'email', `${path}.email`),
  }
}

function rolesOf(claims: JsonObject): readonly string[] {
  const roles = namesIn(own(claims, 'roles'))
  return roles.length > 0 ? roles : namesIn(own(claims, 'role'))
}
