import type { JsonObject } from '../../../route/jwt.js'
import { UNREADABLE } from '../../../settings/claim-source.js'
import { own } from '../../../settings/own.js'
import type { VerifiedIdentity } from '../../../route/verifier.js'
import { identityOf } from '../../../verify/identity.js'
import { idIn, listOf, objectOf, statedIn, textIn, textOf } from '../../../verify/jwt/mapped-claims.js'

/** The type of `principal.claims` for a WorkOS API key. */
export interface WorkosApiKeyClaims {
  /** `api_key_…`. */
  readonly keyId: string
  /** The name that its owner gave it. */
  readonly name: string | null
  /** The key's permissions, as WorkOS states them. */
  readonly permissions: readonly string[]
  /** The owner of the key: `user_…` or `org_…`. */
  readonly owner: { readonly type: 'user' | 'organization'; readonly id: string }
}

/**
 * Reads WorkOS's description of a valid key.
 *
 * @returns null if the description cannot be used, which means "cannot tell".
 */
export function readApiKey(key: JsonObject, issuer: string): VerifiedIdentity<WorkosApiKeyClaims> | null {
  const owner = objectOf(own(key, 'owner'))
  const [keyId, ownerId, type] = [textOf(key, 'id'), idIn(own(owner, 'id')), own(owner, 'type')]
  const expiresAt = secondsOf(own(key, 'expires_at'))
  if (keyId === null || ownerId === null || expiresAt === undefined) return null
  if (type !== 'user' && type !== 'organization') return null
  const organization = type === 'organization' ? ownerId : statedIn(own(owner, 'organization_id'), textIn)
  if (organization === UNREADABLE) return null
  const permissions = Object.freeze([...listOf(key, 'permissions')])
  return identityOf({
    issuer,
    subject: ownerId,
    kind: type === 'user' ? 'user' : 'service',
    claims: Object.freeze({
      keyId,
      name: textOf(key, 'name'),
      permissions,
      owner: Object.freeze({ type, id: ownerId }),
    }),
    organization,
    permissions,
    // Only this application writes wildcards: a slug with `*` allows nothing.
    scopes: Object.freeze(permissions.filter((slug) => !slug.includes('*'))),
    keyId,
    expiresAt,
    issuedAt: secondsOf(own(key, 'created_at')) ?? null,
  })
}

/** Null: never expires. Undefined: not a date. */
function secondsOf(date: unknown): number | null | undefined {
  if (date === null || date === undefined) return null
  const milliseconds = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isFinite(milliseconds) ? Math.floor(milliseconds / 1000) : undefined
}
