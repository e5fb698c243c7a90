import type { Query } from '@dualauth/core'
import { optionError } from '@dualauth/core/settings'
import { quoteTable } from '@dualauth/postgres'
import { snakeCased } from '../../rows/parse.js'
import { readColumns, type Column } from '../../sql/columns.js'

/** Models of Auth.js that hold people. */
export type AuthJsModel = 'user' | 'account'

/** A table, and the column of each field that exists. */
export interface Table {
  /** Quoted. */
  readonly name: string
  readonly columns: Readonly<Record<string, Column>>
  /** All of them. */
  readonly all: ReadonlyMap<string, Column>
}

export type Schema = Readonly<Record<AuthJsModel, Table>>

/** How the application has named its tables and columns. */
export interface Naming {
  readonly tables: Readonly<Partial<Record<AuthJsModel, string>>>
  readonly columns: Readonly<Partial<Record<AuthJsModel, Readonly<Record<string, string>>>>>
}

/** As `@auth/pg-adapter`, Prisma's and Drizzle's adapters name them. */
const PAIRS: readonly Readonly<Record<AuthJsModel, string>>[] = [
  { user: 'users', account: 'accounts' },
  { user: 'User', account: 'Account' },
  { user: 'user', account: 'account' },
]

const REQUIRED: Readonly<Record<AuthJsModel, readonly string[]>> = {
  user: ['id', 'email', 'emailVerified'],
  account: ['userId', 'provider', 'providerAccountId'],
}

/** Optional fields. Those in the last lists are not part of Auth.js; these are their usual names. */
const OPTIONAL: Readonly<Record<AuthJsModel, Readonly<Record<string, readonly string[]>>>> = {
  user: {
    name: ['name'],
    image: ['image'],
    createdAt: ['createdAt'],
    updatedAt: ['updatedAt'],
    passwordHash: ['passwordHash', 'hashedPassword', 'password'],
  },
  account: { type: ['type'] },
}

/**
 * Finds the tables of Auth.js: as given, else the pair of an adapter whose columns are those of Auth.js. Tables of
 * Better Auth, which may be in the same database, have other columns.
 *
 * @throws {AuthError} `configuration_invalid`: a table or a column is missing, or more than one pair fits.
 */
export async function readSchema(query: Query, naming: Naming): Promise<Schema> {
  const { tables } = naming
  const pairs = PAIRS.map((pair) => ({ ...pair, ...tables }))
  const isGiven = tables.user !== undefined && tables.account !== undefined
  const found: (Schema & { readonly pair: Readonly<Record<AuthJsModel, string>> })[] = []
  const problems: Error[] = []
  for (const pair of isGiven ? pairs.slice(0, 1) : pairs)
    try {
      found.push({
        user: await read(query, 'user', pair, naming),
        account: await read(query, 'account', pair, naming),
        pair,
      })
    } catch (error) {
      problems.push(error as Error)
    }
  if (found.length > 1)
    throw optionError(
      'authJsSource.tables',
      `must be given: ${found.map(({ pair }) => `"${pair.user}" and "${pair.account}"`).join(', ')} are there`,
    )
  if (found[0] !== undefined) return found[0]
  throw isGiven
    ? problems[0]!
    : optionError(
        'authJsSource.tables',
        `must be given: no tables of Auth.js are there. ${problems.map(({ message }) => message).join(' ')}`,
      )
}

async function read(
  query: Query,
  model: AuthJsModel,
  pair: Readonly<Record<AuthJsModel, string>>,
  naming: Naming,
): Promise<Table> {
  const name = quoteTable(pair[model])
  const all = await readColumns(query, name)
  if (all.size === 0)
    throw optionError(
      `authJsSource.tables.${model}`,
      `there is no table ${name}, or the connection's role may not see it`,
    )
  const given = naming.columns[model] ?? {}
  const columns: Record<string, Column> = {}
  for (const field of [...REQUIRED[model], ...Object.keys({ ...OPTIONAL[model], ...given })]) {
    const own = given[field]
    const names = own === undefined ? (OPTIONAL[model][field] ?? [field]).flatMap(spelled) : [own]
    const column = names.map((one) => all.get(one)).find((one) => one !== undefined)
    if (column !== undefined) columns[field] = column
    else if (own !== undefined || REQUIRED[model].includes(field))
      throw optionError(`authJsSource.columns.${model}.${field}`, `${name} has no column ${names.join(' or ')}`)
  }
  return { name, columns, all }
}

/** Unchanged, as `email_verified`, and as PostgreSQL has it without quotes. */
export function spelled(field: string): readonly string[] {
  return [field, snakeCased(field), field.toLowerCase()]
}
