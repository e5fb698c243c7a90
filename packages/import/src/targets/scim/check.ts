import type { Checked, Item } from '../../ports/target.js'
import type { Directory } from './directory.js'
import { isMember, membersOf } from './members.js'
import { externalIdOf, membershipOf, pathOf } from './paths.js'
import { differencesOf } from './records.js'

/** Compares what SCIM has; it has no flag for verified addresses, no roles and no passwords. */
export async function check(directory: Directory, item: Item): Promise<Checked> {
  const targetId = item.targetId ?? ''
  if (item.kind === 'membership') {
    const { group, user } = membershipOf(targetId)
    return { outcome: (await isMember(directory, group, user)) === true ? 'same' : 'absent' }
  }
  const there = await directory.api.read(pathOf(item.kind, targetId))
  if (there === null) return { outcome: 'absent' }
  const fields = differencesOf(directory.settings, item, there).map(({ field }) => field)
  if (there['externalId'] !== externalIdOf(item)) fields.push('externalId')
  if (item.kind === 'group') {
    const members = membersOf(there)
    if (!Object.values(item.refs.people).every((user) => members.has(user))) fields.push('members')
  }
  return fields.length === 0 ? { outcome: 'same' } : { outcome: 'differs', fields: [...new Set(fields)] }
}
