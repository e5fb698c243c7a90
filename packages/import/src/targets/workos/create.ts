import type { Created, Item, Updated } from '../../ports/target.js'
import type { Api, Written } from './api.js'
import { findAddress } from './find.js'
import { basePath, pathOf } from './paths.js'
import { organizationOf, problemOf, rolesOf, userOf, type Fields } from './records.js'

export async function create(api: Api, item: Item): Promise<Created> {
  const problem = problemOf(item)
  if (problem !== null) return { outcome: 'rejected', code: problem }
  const written = await api.write('POST', basePath(item.kind), { ...fieldsOf(item), ...keyOf(item) })
  if (written.outcome === 'written') return { outcome: 'created', id: written.object.id, ...afterOf(written.object) }
  if (written.outcome === 'absent') return { outcome: 'rejected', code: 'entity_not_found' }
  const { codes, code } = written
  if (codes.some((one) => ALREADY.includes(one))) return { outcome: 'exists' }
  if (item.kind !== 'person' || !codes.includes('email_not_available')) return { outcome: 'rejected', code }
  const other = await findAddress(api, item)
  if (other.outcome === 'found') return { outcome: 'exists' }
  return other.outcome === 'taken' ? other : { outcome: 'taken', code: 'address_taken', id: null }
}

/** It has our external id, or is the membership itself. */
const ALREADY: readonly string[] = ['external_id_already_used', 'organization_membership_already_exists']

/**
 * Fields that the row leaves out stay unchanged. If somebody has changed the object since, a rollback still notices: it
 * gets no new `after`. It gets no password either, since they may have chosen one.
 */
export async function update(api: Api, item: Item): Promise<Updated> {
  const problem = problemOf(item)
  if (problem !== null) return { outcome: 'rejected', code: problem }
  const path = pathOf(item.kind, item.targetId ?? '')
  const there = await api.read(path)
  if (there === null) return { outcome: 'absent' }
  const external = there['external_id']
  if (item.kind !== 'membership' && typeof external === 'string' && external !== item.id)
    return { outcome: 'rejected', code: 'external_id_differs' }
  const isOurs = item.after === null || there['updated_at'] === item.after
  const fields = item.kind === 'person' && !isOurs ? userOf({ ...item.row, password: null }) : fieldsOf(item)
  if (item.kind === 'membership' && Object.keys(fields).length === 0) return { outcome: 'updated' }
  const updated = updatedAs(await api.write('PUT', path, fields))
  return isOurs || updated.outcome !== 'updated' ? updated : { outcome: 'updated' }
}

/** Sets the external id if there is none; another one is never replaced. */
export async function adopt(api: Api, item: Item): Promise<Updated> {
  if (item.kind === 'membership') return { outcome: 'updated' }
  const problem = problemOf(item)
  if (problem !== null) return { outcome: 'rejected', code: problem }
  const path = pathOf(item.kind, item.targetId ?? '')
  const there = await api.read(path)
  if (there === null) return { outcome: 'absent' }
  const external = there['external_id']
  if (external === item.id) return { outcome: 'updated' }
  if (typeof external === 'string') return { outcome: 'rejected', code: 'external_id_differs' }
  const updated = updatedAs(await api.write('PUT', path, { external_id: item.id }))
  return updated.outcome === 'updated' ? { ...updated, before: { externalId: null } } : updated
}

function updatedAs(written: Written): Updated {
  if (written.outcome === 'written') return { outcome: 'updated', ...afterOf(written.object) }
  return written.outcome === 'absent' ? written : { outcome: 'rejected', code: written.code }
}

/** Shows a rollback whether it was changed since. */
function afterOf(object: Fields): { readonly after?: string } {
  const at = object['updated_at']
  return typeof at === 'string' ? { after: at } : {}
}

function fieldsOf(item: Item): Fields {
  switch (item.kind) {
    case 'person':
      return userOf(item.row)
    case 'organization':
      return organizationOf(item.row)
    case 'membership':
      return rolesOf(item.row)
    case 'group':
      return {}
  }
}

function keyOf({ kind, id, row, refs }: Item): Fields {
  if (kind !== 'membership') return { external_id: id }
  return { user_id: refs.people[row.person], organization_id: refs.organizations[row.organization] }
}
