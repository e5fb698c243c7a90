import { optionError } from '@dualauth/core/settings'
import type { Item, ItemOf } from '../../ports/target.js'
import type { Key } from './look.js'
import { readModels, type Model } from './models.js'
import type { Settings } from './options.js'
import type { Removable } from './remove.js'

/** The tables, and where ids of the source stand. */
export interface Place {
  readonly settings: Settings
  readonly user: Model
  readonly account: Model
  readonly session: Model
  /** Null: the plugin of organizations is not there. */
  readonly organization: Model | null
  readonly member: Model | null
  readonly userKey: Key
  readonly organizationKey: Key
}

export async function openPlace(settings: Settings): Promise<Place> {
  const { query, tables, columns, externalIds } = settings
  const { user, account, session, organization, member } = await readModels(query, { tables, columns }, [
    'user',
    'account',
    'session',
    'organization',
    'member',
  ])
  const keyOf = (model: Model | null, kind: 'user' | 'organization'): Key => {
    const column = externalIds[kind]
    if (column !== undefined && model !== null && !model.byName.has(column))
      throw optionError(`betterAuthTarget.externalIds.${kind}`, `${model.table} has no column "${column}"`)
    return { column: column ?? model?.columns['id']?.name ?? 'id', isExternal: column !== undefined }
  }
  return {
    settings,
    user: user!,
    account: account!,
    session: session!,
    organization,
    member,
    userKey: keyOf(user, 'user'),
    organizationKey: keyOf(organization, 'organization'),
  }
}

/** The ids of the target that a membership joins. */
export function placesOf({ row, refs }: ItemOf<'membership'>): {
  readonly user: string
  readonly organization: string
} {
  return { user: refs.people[row.person] ?? '', organization: refs.organizations[row.organization] ?? '' }
}

/** What goes along with a row of this kind, and what keeps it. */
export function removableOf({ user, account, session, organization, member }: Place, kind: Item['kind']): Removable {
  switch (kind) {
    case 'person':
      return { model: user, owned: { model: account, by: 'userId' }, used: { model: session, by: 'userId', of: 'id' } }
    case 'organization':
      return {
        model: organization!,
        owned: null,
        used: member === null ? null : { model: member, by: 'organizationId', of: 'id' },
      }
    default:
      return { model: member!, owned: null, used: { model: session, by: 'userId', of: 'userId' } }
  }
}
