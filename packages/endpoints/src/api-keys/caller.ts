import { AuthError, type ApiKeyOwner, type Principal } from '@dualauth/core'
import type { Settings } from './options.js'

export type Right = 'read' | 'write'

/**
 * Checks that a caller may see or change the keys of an owner.
 *
 * A signed-in user manages their own keys. Every other caller needs the permission; where it has scopes, they must contain it
 * by name, so that a key with `*` creates no keys. An impersonator changes no keys.
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

/** A person with a session or token that nothing narrows, rather than an API key. */
export function isSignedIn({ kind, scopes, keyId }: Principal): boolean {
  return kind === 'user' && scopes === null && keyId === null
}

function names(scopes: readonly string[], permission: string): boolean {
  const [resource] = permission.split(':', 1)
  return scopes.some((scope) => scope === permission || scope === `${resource}:*`)
}

/**
 * Whose keys a request is about: the caller's, or those of the organization that the caller acts for.
 * @throws {AuthError} `organization_required`: the caller acts for none.
 */
export function ownerOf(principal: Principal, kind: 'self' | 'organization'): ApiKeyOwner {
  if (kind === 'self') return { kind: principal.kind, id: principal.id }
  if (principal.organization === null) throw new AuthError('organization_required')
  return { kind: 'organization', id: principal.organization }
}

/**
 * Checks that a key with these scopes would do no more than the caller, whether it is new or replaces another.
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
