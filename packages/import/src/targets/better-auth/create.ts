import type { Query } from '@dualauth/core'
import type { Created, Item, ItemOf } from '../../ports/target.js'
import { insertRows, insertUsers, type Inserted, type Insertion } from './insert.js'
import type { Key } from './look.js'
import type { Model } from './models.js'
import { placesOf, removableOf, type Place } from './place.js'
import { accountsOf, memberOf, named, newId, organizationOf, userOf } from './records.js'
import { readFingerprints } from './remove.js'
import { isRefusal, refusalCode } from './sql-failure.js'
import { within } from './transaction.js'

export async function create(
  at: Place,
  query: Query,
  items: readonly Item[],
  isTransaction: boolean,
): Promise<readonly Created[]> {
  const made = await insertApart(at, query, items, isTransaction)
  const after = await readFingerprints(query, removableOf(at, items[0]!.kind), [...made.ids.values()])
  return items.map(({ id: own }): Created => {
    const code = made.refused.get(own)
    if (code !== undefined) return { outcome: 'rejected', code }
    const id = made.ids.get(own)
    if (id === undefined) return { outcome: 'exists' }
    const fingerprint = after.get(id)
    return { outcome: 'created', id, ...(fingerprint !== undefined && { after: fingerprint }) }
  })
}

interface Made {
  readonly ids: Inserted
  readonly refused: ReadonlyMap<string, string>
}

/** All at once; one by one if the database refuses one of them. */
async function insertApart(at: Place, query: Query, items: readonly Item[], isTransaction: boolean): Promise<Made> {
  try {
    return { ids: await within(query, isTransaction, () => insert(at, query, items)), refused: new Map() }
  } catch (error) {
    if (!isRefusal(error)) throw error
    if (items.length === 1) return { ids: new Map(), refused: new Map([[items[0]!.id, refusalCode(error)]]) }
  }
  const ids = new Map<string, string>()
  const refused = new Map<string, string>()
  for (const item of items) {
    const one = await insertApart(at, query, [item], isTransaction)
    for (const [key, id] of one.ids) ids.set(key, id)
    for (const [key, code] of one.refused) refused.set(key, code)
  }
  return { ids, refused }
}

async function insert(at: Place, query: Query, items: readonly Item[]): Promise<Inserted> {
  const { user, account, organization, member, moves, userKey, organizationKey, settings } = at
  const { further } = settings
  const keyed = (model: Model, key: Key, id: string): Readonly<Record<string, unknown>> =>
    key.isExternal ? { ...newId(model), [key.column]: id } : { [key.column]: id }
  switch (items[0]!.kind) {
    case 'person': {
      const rows = (items as readonly ItemOf<'person'>[]).map(({ id, row }): Insertion => ({
        key: id,
        values: { ...userOf(user, row, further.user), ...keyed(user, userKey, id) },
        accounts: accountsOf(account, row),
      }))
      return insertUsers(query, { user, account, moves, keyColumn: userKey.column }, rows)
    }
    case 'organization': {
      const rows = (items as readonly ItemOf<'organization'>[]).map(({ id, row }): Insertion => ({
        key: id,
        values: {
          ...organizationOf(organization!, row, further.organization),
          ...keyed(organization!, organizationKey, id),
        },
        accounts: [],
      }))
      const unless = [organization!.columns['slug']!.name]
      return insertRows(
        query,
        organization!,
        { keyColumn: organizationKey.column, option: 'further.organization', unless },
        rows,
      )
    }
    default: {
      const { userId, organizationId, id: idColumn } = member!.columns as Record<string, { readonly name: string }>
      const rows = (items as readonly ItemOf<'membership'>[]).map((item): Insertion => {
        const { user: person, organization: group } = placesOf(item)
        const values = {
          ...memberOf(member!, item.row, further.member),
          ...named(member!, { userId: person, organizationId: group }),
        }
        return { key: String((values as Record<string, unknown>)[idColumn!.name] ?? ''), values, accounts: [] }
      })
      const unless = [userId!.name, organizationId!.name]
      const made = await insertRows(
        query,
        member!,
        { keyColumn: idColumn!.name, option: 'further.member', unless },
        rows,
      )
      return new Map(
        items.flatMap(({ id }, index) => (made.has(rows[index]!.key) ? [[id, rows[index]!.key] as const] : [])),
      )
    }
  }
}
