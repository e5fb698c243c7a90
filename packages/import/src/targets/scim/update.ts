import { TargetError } from '../../ports/target-error.js'
import type { Item, Updated } from '../../ports/target.js'
import type { Operation, Resource } from './api.js'
import type { Directory } from './directory.js'
import { fingerprint, isUnchanged, versionOf } from './fingerprint.js'
import { addMembers, membersOf } from './members.js'
import { externalIdOf, pathOf } from './paths.js'
import { differencesOf, problemOf } from './records.js'
import { isRefusal } from './refusal.js'

/**
 * Changes only what differs. Members are added; existing members who are not in the source stay. If somebody has
 * changed the object since, a rollback still notices.
 */
export async function update(directory: Directory, item: Item): Promise<Updated> {
  const { api, settings } = directory
  // SCIM has no roles in a group.
  if (item.kind === 'membership') return { outcome: 'updated' }
  const problem = problemOf(settings, item)
  if (problem !== null) return { outcome: 'rejected', code: problem }
  const path = pathOf(item.kind, item.targetId ?? '')
  const there = await api.read(path)
  if (there === null) return { outcome: 'absent' }
  if (there['externalId'] !== externalIdOf(item)) return { outcome: 'rejected', code: 'external_id_differs' }
  const operations = differencesOf(settings, item, there).map(({ operation }) => operation)
  const refused = await change(directory, path, operations, there)
  if (refused !== null) return refused
  const missing = missingOf(item, there)
  const added = await addMembers(directory, there.id, missing)
  if (added === 'absent') return { outcome: 'absent' }
  if (isRefusal(added)) return { outcome: 'rejected', code: added.code }
  const isChanged = operations.length > 0 || missing.length > 0
  const now = isChanged ? await api.read(path) : there
  if (now === null) return { outcome: 'absent' }
  const isOurs = item.after === null || isUnchanged(item.kind, there, item.after)
  return {
    outcome: 'updated',
    ...(isOurs && { after: fingerprint(item.kind, now) }),
    // If others created the group, only these members are taken back.
    ...(missing.length > 0 && { before: { members: missing } }),
  }
}

/** Sets the external id if there is none; another one is never replaced. */
export async function adopt(directory: Directory, item: Item): Promise<Updated> {
  if (item.kind === 'membership') return { outcome: 'updated' }
  const problem = problemOf(directory.settings, item)
  if (problem !== null) return { outcome: 'rejected', code: problem }
  const path = pathOf(item.kind, item.targetId ?? '')
  const there = await directory.api.read(path)
  if (there === null) return { outcome: 'absent' }
  const [externalId, own] = [there['externalId'], externalIdOf(item)]
  if (externalId === own) return { outcome: 'updated' }
  if (typeof externalId === 'string' && externalId !== '') return { outcome: 'rejected', code: 'external_id_differs' }
  const refused = await change(directory, path, [{ op: 'add', path: 'externalId', value: own }], there)
  return refused ?? { outcome: 'updated', before: { externalId: null } }
}

function missingOf(item: Item, there: Resource): readonly string[] {
  if (item.kind !== 'group') return []
  const members = membersOf(there)
  return [...new Set(Object.values(item.refs.people))].filter((user) => !members.has(user))
}

/** Null: done. */
async function change(
  { api }: Directory,
  path: string,
  operations: readonly Operation[],
  there: Resource,
): Promise<Updated | null> {
  if (operations.length === 0) return null
  const changed = await api.patch(path, operations, versionOf(there))
  if (changed === 'changed') return null
  if (changed === 'absent') return { outcome: 'absent' }
  // It is read again, and the remaining differences are sent.
  if (changed.refused === 412) throw new TargetError('retryable', { code: 'changed_meanwhile' })
  return { outcome: 'rejected', code: changed.code }
}
