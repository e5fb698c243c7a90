import type { VerifiedIdentity } from '../../../route/verifier.js'
import type { OwnerJoin } from './api-key-row.js'
import { isBanned, userIdentity } from '../sessions/judge-session.js'
import type { Query, Row, TableNames } from '../../../sql/names.js'
import { findUserRows, readUserRow, selectedUser, USER_ID, type UserNames } from '../sessions/sql-users.js'

/** Whom a key acts for. */
export type KeyOwner = Pick<VerifiedIdentity, 'subject' | 'kind' | 'organization' | 'roles' | 'email'>

/** The owners of one configuration's keys. */
export interface KeyOwners {
  /** How the key's own statement also selects the owner. */
  readonly join: OwnerJoin
  /** The column of the owner's id in rows of either statement; null in a row if a join found none. */
  readonly idColumn: string
  /** Finds the owner with a separate statement. */
  find(ownerId: string): Promise<Row | null>
  read(row: Row, ownerId: string, now: number): Promise<KeyOwner | 'banned' | null>
}

export function userOwners(verifier: string, query: Query, names: UserNames): KeyOwners {
  return {
    join: { table: names.table, id: names.columns.id, selected: selectedUser('o', names) },
    idColumn: USER_ID,
    find: findUserRows(query, names),
    async read(row, _ownerId, now) {
      const user = await readUserRow(row, query, names)
      if (user === null) return null
      return isBanned(user, now) ? 'banned' : userIdentity(verifier, user, null)
    },
  }
}

export function organizationOwners(query: Query, { table, columns: { id } }: TableNames<'id'>): KeyOwners {
  const idColumn = 'dualauth_organization'
  const selected = `${id} AS ${idColumn}`
  return {
    join: { table, id, selected: `o.${selected}` },
    idColumn,
    find: async (ownerId) => (await query(`SELECT ${selected} FROM ${table} WHERE ${id} = $1`, [ownerId]))[0] ?? null,
    read: async (_row, ownerId) => ({
      subject: ownerId,
      kind: 'service',
      organization: ownerId,
      roles: [],
      email: null,
    }),
  }
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Whether an id's column is certainly text: columns of numbers or UUIDs may not compare with text, or only loosely. */
export function isPlainText(id: unknown): boolean {
  return typeof id === 'string' && !/^[\d.]*$/.test(id) && !UUID.test(id)
}
