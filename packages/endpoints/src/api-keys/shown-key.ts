import type { ManagedApiKey } from '@dualauth/core'

/** A key as JSON: moments are ISO 8601. */
export function shownKey(key: ManagedApiKey): Record<string, unknown> {
  return {
    id: key.id,
    owner: { kind: key.owner.kind, id: key.owner.id },
    organization: key.organization,
    name: key.name,
    start: key.start,
    scopes: key.scopes,
    active: key.isActive,
    createdAt: iso(key.createdAt),
    lastUsedAt: iso(key.lastUsedAt),
    expiresAt: iso(key.expiresAt),
    rotatedAt: iso(key.rotatedAt),
    revokedAt: iso(key.revokedAt),
  }
}

function iso(moment: number | null): string | null {
  return moment === null ? null : new Date(moment).toISOString()
}
