import type { SourceAbout, TableAbout } from '@dualauth/core'

export type SqlAbout = Extract<SourceAbout, { readonly kind: 'sql' }>
type Role = TableAbout['role']

/** The tables that one function of core reads, and the options that name them. */
interface Reader {
  /** Fields that every session needs; the others belong to plugins. Null: every field in the options. */
  readonly needed: Readonly<Partial<Record<Role, readonly string[]>>> | null
  /** The field that sessions are looked up by, and the one with their expiry. */
  readonly key: string
  readonly end: string
  /** Columns that only such a table has, in lower case and without `_`. Null: every column in the options. */
  readonly marks: Readonly<Partial<Record<Role, readonly string[]>>> | null
  /** The owner of the database, for messages. */
  readonly owner: string
  /** Why a table may have another name. */
  readonly renamed: string
  tableOption(role: Role, name: string): string
  /** @param map Fields and their columns. */
  columnsOption(role: Role, map: string): string
  /** Whether the option `columns` takes `camelCase` and `snake_case`. */
  readonly hasSpelling: boolean
}

const byRole: Pick<Reader, 'tableOption' | 'columnsOption' | 'hasSpelling'> = {
  tableOption: (role, name) => `tables: { ${role}: '${name}' }`,
  columnsOption: (role, map) => `columns: { ${role}: { ${map} } }`,
  hasSpelling: true,
}

export const READERS: Readonly<Record<SqlAbout['reader'], Reader>> = {
  sqlSessions: {
    ...byRole,
    needed: {
      session: ['id', 'token', 'userId', 'expiresAt', 'createdAt'],
      user: ['id'],
      member: ['organizationId', 'userId', 'role'],
    },
    key: 'token',
    end: 'expiresAt',
    marks: {
      session: ['token', 'userid', 'expiresat'],
      user: ['email', 'emailverified'],
      member: ['organizationid', 'userid'],
    },
    owner: 'Better Auth',
    renamed: '`usePlural` and `modelName` of Better Auth change the names',
  },
  authJsSessions: {
    ...byRole,
    // `id` is in the options only with `sessionIds`.
    needed: { session: ['sessionToken', 'userId', 'expires', 'id'], user: ['id'] },
    key: 'sessionToken',
    end: 'expires',
    marks: { session: ['sessiontoken', 'userid', 'expires'], user: ['email', 'emailverified'] },
    owner: 'Auth.js',
    renamed: 'the adapter of Auth.js chooses the names (Prisma `Session`, Drizzle `session`, pg `sessions`)',
  },
  sessionRows: {
    needed: null,
    key: 'key',
    end: 'expiresAt',
    marks: null,
    owner: 'the sessions',
    renamed: 'a schema may stand in front of the name',
    tableOption: (role, name) => (role === 'user' ? `users: { table: '${name}' }` : `table: '${name}'`),
    columnsOption: (role, map) => (role === 'user' ? `users: { columns: { ${map} } }` : `columns: { ${map} }`),
    hasSpelling: false,
  },
}

/** The fields that a table must have, with their columns. */
export function neededOf(
  { needed }: Reader,
  { role, columns }: TableAbout,
): readonly (readonly [field: string, column: string])[] {
  const named = Object.entries(columns)
  return needed === null ? named : named.filter(([field]) => needed[role]?.includes(field))
}

/** Columns that identify a table of this kind under another name. */
export function marksOf({ marks }: Reader, { role, columns }: TableAbout): readonly string[] {
  return marks === null ? [...new Set(Object.values(columns).map(plain))] : (marks[role] ?? [])
}

/** A name in lower case and without `_`, to compare spellings. */
export function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

export function snake(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Whether the options name columns in snake_case. */
export function isSnake(columns: TableAbout['columns']): boolean {
  return Object.entries(columns).some(([field, column]) => column !== field && column === snake(field))
}
