import type { Query } from '@dualauth/core'
import { functionOption, object, parseOptions, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { ReadOptions, Source } from '../../ports/source.js'
import { sqlSource } from '../sql.js'
import { readSchema, type AuthJsModel, type Schema } from './schema.js'
import { accountsSql, peopleSql } from './statement.js'

/** The options of `authJsSource`. */
export interface AuthJsSourceOptions {
  /** The database of Auth.js, PostgreSQL. A read-only role is enough. */
  readonly query: Query
  /**
   * Its tables, with their schema if it is not in the search path. Default: `users` and `accounts`, `User` and
   * `Account` (Prisma), or `user` and `account` (Drizzle), whichever are there.
   */
  readonly tables?: Readonly<Partial<Record<AuthJsModel, string>>>
  /**
   * Columns with other names. For `user`: `id`, `email`, `emailVerified`, `name`, `image`, `passwordHash`, `disabled`,
   * `createdAt`, `updatedAt`; for `account`: `userId`, `provider`, `providerAccountId`, `type`. `email_verified` and
   * the like are found automatically; so are `password`, `hashedPassword`, `banned`, `blockedAt` and the like, which
   * are not part of Auth.js.
   */
  readonly columns?: Readonly<Partial<Record<AuthJsModel, Readonly<Record<string, string>>>>>
  /**
   * The target's names of providers, by their names in Auth.js. Default `{ 'azure-ad': 'microsoft',
   * 'microsoft-entra-id': 'microsoft' }`, as in Better Auth. Other providers keep their names.
   */
  readonly providers?: Readonly<Record<string, string>>
  /** For reports and the ledger. Default `auth-js`. */
  readonly name?: string
  /** How many rows are read at once, from 1 to 10,000. Default 1,000. */
  readonly pageSize?: number
}

const names = z.record(z.string(), text)
const schema = object({
  query: functionOption<Query>(),
  tables: z._default(object({ user: z.exactOptional(text), account: z.exactOptional(text) }), {}),
  columns: z._default(object({ user: z.exactOptional(names), account: z.exactOptional(names) }), {}),
  providers: z._default(names, { 'azure-ad': 'microsoft', 'microsoft-entra-id': 'microsoft' }),
  name: z._default(text, 'auth-js'),
  pageSize: z._default(wholeBetween(1, 10_000), 1000),
})

/**
 * Reads people from the tables of Auth.js (NextAuth) on PostgreSQL, with their accounts at providers such as Google:
 * people who signed in there can continue to do so. No tokens are read. A date in `emailVerified` means verified; null
 * does not. People are read in pages, in the order of their ids.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option; at the first page: a table or column does not exist.
 * @see https://authjs.dev/getting-started/adapters/pg
 * @see https://authjs.dev/concepts/database-models
 */
export function authJsSource(options: AuthJsSourceOptions): Source {
  const { query, tables, columns, providers, name, pageSize } = parseOptions(schema, options, 'authJsSource')
  const called = new Map(Object.entries(providers))
  let opened: Promise<Schema> | null = null
  const open = (): Promise<Schema> => {
    opened ??= readSchema(query, { tables, columns }).catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }
  const users = async (): Promise<Source> => sqlSource({ query, name, pageSize, people: peopleSql(await open()) })

  async function* people(reading: ReadOptions): AsyncGenerator {
    let page: Row[] = []
    for await (const row of (await users()).people(reading)) {
      page.push(row as Row)
      if (page.length < pageSize) continue
      yield* await withAccounts(page)
      page = []
    }
    yield* await withAccounts(page)
  }

  async function withAccounts(page: readonly Row[]): Promise<readonly object[]> {
    if (page.length === 0) return []
    const of = new Map<string, Map<string, object>>()
    for (const row of await query(accountsSql(await open()), [JSON.stringify(page.map(({ id }) => id))])) {
      const provider = called.get(String(row['provider'])) ?? row['provider']
      const subject = row['subject']
      const user = String(row['user'])
      // Not every adapter prevents an account from existing twice.
      of.set(
        user,
        (of.get(user) ?? new Map<string, object>()).set(JSON.stringify([provider, subject]), { provider, subject }),
      )
    }
    return page.map((row) => ({ ...row, externalIdentities: [...(of.get(row.id)?.values() ?? [])] }))
  }

  return {
    name,
    people,
    count: async (kind) => (await users()).count?.(kind) ?? null,
  }
}

interface Row {
  readonly id: string
}
