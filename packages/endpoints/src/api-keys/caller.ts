import { AuthError, type ApiKeyOwner, type Principal } from '@dualauth/core'
import type { Settings } from './options.js'

export type Right = 'read' | 'write'

/**
 * Whether a caller may see or change the keys of an owner.
 *
 * A user who is signed in manages his own. Everybody else needs the permission, and a caller with scopes needs it among them
 * by its name: a key for everything (`*`) makes no keys. Nobody makes keys for somebody in whose place he acts.
 *
 * @throws {AuthError} `permission_denied`
 */
export async function assertMay(
  settings: Settings,
  principal: Principal,
  owner: ApiKeyOwner,
  right: Right,
): Promise<void> {
  const { auth, permissions, selfService } = settings
  const permission = permissions[right]
  const denied = new AuthError('permission_denied', { required: permission })
  if (right === 'write' && principal.impersonator !== null) throw denied
  if (selfService && isSignedIn(principal) && owner.kind === 'user') return
  if (principal.scopes !== null && !names(principal.scopes, permission)) throw denied
  const answer = await auth.authorize(principal, permission)
  if (!answer.ok) throw answer.error
}

/** A person with a session or a token of his own, and nothing that was handed on with less. */
export function isSignedIn({ kind, scopes, keyId }: Principal): boolean {
  return kind === 'user' && scopes === null && keyId === null
}

function names(scopes: readonly string[], permission: string): boolean {
  const [resource] = permission.split(':', 1)
  return scopes.some((scope) => scope === permission || scope === `${resource}:*`)
}

/**
 * Whose keys a request is about: those of the caller, or of the organization for which he acts.
 * @throws {AuthError} `organization_required`: he acts for none.
 */
export function ownerOf(principal: Principal, kind: 'self' | 'organization'): ApiKeyOwner {
  if (kind === 'self') return { kind: principal.kind, id: principal.id }
  if (principal.organization === null) throw new AuthError('organization_required')
  return { kind: 'organization', id: principal.organization }
}

/**
 * A caller gets no key that may do more than he: neither a new one, nor one in the place of a key that is there.
 * @throws {AuthError} `permission_denied`, naming the scope.
 */
export async function assertMayGrant(
  { auth }: Settings,
  principal: Principal,
  scopes: readonly string[],
): Promise<void> {
  for (const scope of scopes)
    if (!(await auth.mayGrant(principal, scope))) throw new AuthError('permission_denied', { required: scope })
}
