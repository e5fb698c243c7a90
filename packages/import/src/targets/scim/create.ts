import { isTargetError, TargetError } from '../../ports/target-error.js'
import type { Created, Item, ItemOf } from '../../ports/target.js'
import { assertFound, type Directory } from './directory.js'
import { find } from './find.js'
import { fingerprint } from './fingerprint.js'
import { addMembers } from './members.js'
import { basePath, externalIdOf, membershipId } from './paths.js'
import { bodyOf, problemOf } from './records.js'
import { isRefusal } from './refusal.js'

export async function create(directory: Directory, item: Item): Promise<Created> {
  const problem = problemOf(directory.settings, item)
  if (problem !== null) return { outcome: 'rejected', code: problem }
  if (item.kind === 'membership') return createMembership(directory, item)
  const path = basePath(item.kind)
  const made = await directory.api.create(path, bodyOf(directory.settings, item))
  if (isRefusal(made)) return made.refused === 409 ? takenBy(directory, item) : { outcome: 'rejected', code: made.code }
  await assertFound(directory, path, externalIdOf(item), made).catch((error: unknown): never => {
    // It exists: reported as retryable, it would be created again.
    if (!isTargetError(error) || error.kind !== 'retryable') throw error
    const { code, slowDown, retryAfterMs } = error
    throw new TargetError('unknown_outcome', { code, slowDown, ...(retryAfterMs !== null && { retryAfterMs }) })
  })
  // Members are sent in separate requests, which may be lost one by one.
  const hasMembers = item.kind === 'group' && Object.keys(item.refs.people).length > 0
  return {
    outcome: 'created',
    id: made.id,
    after: fingerprint(item.kind, made),
    ...(hasMembers && { incomplete: true }),
  }
}

/** 409 says that something is in the way, but not what. */
async function takenBy(directory: Directory, item: Item): Promise<Created> {
  const found = await find(directory, item, { wantsTaken: true })
  if (found.outcome === 'found') return { outcome: 'exists' }
  if (found.outcome !== 'absent') return found
  return { outcome: 'taken', code: item.kind === 'person' ? 'address_taken' : 'name_taken', id: null }
}

async function createMembership(directory: Directory, { row, refs }: ItemOf<'membership'>): Promise<Created> {
  const [user, group] = [refs.people[row.person], refs.organizations[row.organization]]
  if (user === undefined || group === undefined) return { outcome: 'rejected', code: 'entity_not_found' }
  const added = await addMembers(directory, group, [user])
  if (added === 'changed') return { outcome: 'created', id: membershipId(group, user) }
  return { outcome: 'rejected', code: isRefusal(added) ? added.code : 'entity_not_found' }
}
