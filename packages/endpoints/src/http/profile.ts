import type { Principal } from '@dualauth/core'

/** What a page of the application may know about the person who is signed in. */
export function profileOf({
  id,
  organization,
  roles,
  permissions,
  verifier,
  expiresAt,
}: Principal): Readonly<Record<string, unknown>> {
  return { id, organization, roles, permissions, verifier, expiresAt }
}
