import { optionError } from '@dualauth/core/settings'
import type { Item, ItemOf } from '../../ports/target.js'
import type { Key } from './look.js'
import { readModels, type Model } from './models.js'
import type { Settings } from './options.js'
import { readReferences, type Reference } from './references.js'
import { column, type Removable, type Use } from './remove.js'

/** The tables, and where source ids are stored. */
export interface Place {
  readonly settings: Settings
  readonly user: Model
  readonly account: Model
  readonly session: Model
  /** Null: the organization plugin is not installed. */
  readonly organization: Model | null
  readonly member: Model | null
  /** What `lazyImport` has moved. Null: its plugin is not installed. */
  readonly moves: Model | null
  readonly references: readonly Reference[]
  readonly userKey: Key
  readonly organizationKey: Key
}

export async function openPlace(settings: Settings): Promise<Place> {
  const { query, tables, columns, externalIds } = settings
  const { user, account, session, organization, member, legacyMove } = await readModels(query, { tables, columns }, [
    'user',
    'account',
    'session',
    'organization',
    'member',
    'legacyMove',
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
    moves: legacyMove,
    references: await readReferences(query, [user, account, session, organization, member]),
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

/** What is deleted with a row of this kind, and what prevents its deletion. */
export function removableOf(place: Place, kind: Item['kind']): Removable {
  const { user, account, session, organization, member, moves } = place
  switch (kind) {
    case 'person': {
      const owned = { model: account, by: 'userId' }
      const sessions = useOf(session, 'userId', user, 'id')
      const used = [sessions, ...usesOf(place, user, owned)]
      return { model: user, owned, used, locked: { model: user, of: 'id' }, moves }
    }
    case 'organization': {
      const members = member === null ? [] : [useOf(member, 'organizationId', organization!, 'id')]
      return {
        model: organization!,
        owned: null,
        used: [...members, ...usesOf(place, organization!, null)],
        locked: { model: organization!, of: 'id' },
      }
    }
    default:
      return {
        model: member!,
        owned: null,
        used: [useOf(session, 'userId', member!, 'userId'), ...usesOf(place, member!, null)],
        locked: { model: user, of: 'userId' },
      }
  }
}

function useOf(model: Model, by: string, kept: Model, of: string): Use {
  return { table: model.table, on: [{ column: column({ model, by }), of: column({ model: kept, by: of }) }] }
}

/** Anything that refers to it by a foreign key would be deleted with it, or lose its reference. */
function usesOf({ references }: Place, kept: Model, owned: Removable['owned']): readonly Use[] {
  const own = owned === null ? null : column(owned)
  return references.filter(
    ({ to, table, on }) =>
      to === kept.table && !(table === owned?.model.table && on.every(({ column: by }) => by === own)),
  )
}
