import type { Removal, Removed } from '../../ports/target.js'
import type { Changed, Resource } from './api.js'
import type { Directory } from './directory.js'
import { isUnchanged, versionOf } from './fingerprint.js'
import { isMember, membersOf, removeMembers } from './members.js'
import { externalIdOf, membershipOf, pathOf } from './paths.js'
import { isRefusal } from './refusal.js'

/** Deletes objects that nobody has changed since they were created; for older ones, removes what was added. */
export async function remove(directory: Directory, removal: Removal): Promise<Removed> {
  const { kind, targetId, created, after } = removal
  if (kind === 'membership') return removeMembership(directory, removal)
  const path = pathOf(kind, targetId)
  const there = await directory.api.read(path)
  if (there === null) return { outcome: 'absent' }
  if (!created) return restore(directory, removal, there)
  if (after !== null && !isUnchanged(kind, there, after)) return { outcome: 'blocked', code: 'changed' }
  // Somebody else has added members, or it is in a group that stays.
  if (isInUse(removal, there)) return { outcome: 'blocked', code: 'in_use' }
  return removedAs(await directory.api.remove(path, versionOf(there)))
}

async function removeMembership(directory: Directory, { targetId, created }: Removal): Promise<Removed> {
  const { group, user } = membershipOf(targetId)
  if (!created) return { outcome: 'removed' }
  const isThere = await isMember(directory, group, user)
  if (isThere !== true) return { outcome: 'absent' }
  return removedAs(await removeMembers(directory, group, [user]))
}

function isInUse({ kind }: Removal, there: Resource): boolean {
  if (kind === 'organization') return membersOf(there).size > 0
  const groups = there['groups']
  return kind === 'person' && Array.isArray(groups) && groups.length > 0
}

async function restore(directory: Directory, removal: Removal, there: Resource): Promise<Removed> {
  const { members, externalId } = removal.before ?? {}
  if (Array.isArray(members)) {
    const present = membersOf(there)
    const ours = (members as readonly unknown[]).filter(
      (user): user is string => typeof user === 'string' && present.has(user),
    )
    return removedAs(await removeMembers(directory, there.id, ours))
  }
  if (externalId !== null || there['externalId'] !== externalIdOf(removal)) return { outcome: 'removed' }
  const path = pathOf(removal.kind, there.id)
  return removedAs(await directory.api.patch(path, [{ op: 'remove', path: 'externalId' }], versionOf(there)))
}

function removedAs(changed: Changed): Removed {
  if (changed === 'changed') return { outcome: 'removed' }
  if (!isRefusal(changed)) return { outcome: 'absent' }
  return { outcome: 'blocked', code: changed.refused === 412 ? 'changed' : changed.code }
}
