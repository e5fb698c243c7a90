import type { Removal, Removed } from '../../ports/target.js'
import type { Api } from './api.js'
import { hasMemberships } from './find.js'
import { pathOf } from './paths.js'

/** Deletes objects that nobody has used or changed since they were created; removes our external id from older ones. */
export async function remove(api: Api, removal: Removal): Promise<Removed> {
  const { kind, id, targetId, created, after } = removal
  const path = pathOf(kind, targetId)
  const there = await api.read(path)
  if (there === null) return { outcome: 'absent' }
  if (!created) {
    if (there['external_id'] !== id) return { outcome: 'removed' }
    const written = await api.write('PUT', path, { external_id: null })
    return written.outcome === 'refused' ? { outcome: 'blocked', code: written.code } : { outcome: 'removed' }
  }
  if (kind === 'person' && typeof there['last_sign_in_at'] === 'string') return { outcome: 'blocked', code: 'in_use' }
  if (after !== null && there['updated_at'] !== after) return { outcome: 'blocked', code: 'changed' }
  // WorkOS would also delete the memberships, even those that others have created.
  if (kind === 'person' && (await hasMemberships(api, 'user_id', targetId)))
    return { outcome: 'blocked', code: 'in_use' }
  if (kind === 'organization' && (await hasMemberships(api, 'organization_id', targetId)))
    return { outcome: 'blocked', code: 'in_use' }
  const removed = await api.remove(path)
  return typeof removed === 'string' ? { outcome: removed } : { outcome: 'blocked', code: removed.code }
}
