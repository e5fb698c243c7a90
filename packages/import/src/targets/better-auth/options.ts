import type { Query } from '@dualauth/core'
import { functionOption, object, parseOptions, text, withMethods } from '@dualauth/core/settings'
import type { DatabasePool } from '@dualauth/postgres'
import * as z from 'zod/mini'
import type { ModelName } from './models.js'
import type { PasswordJudge } from './password.js'
import type { FurtherColumns } from './records.js'

/** The options of `betterAuthTarget`. */
export interface BetterAuthTargetOptions {
  /** The PostgreSQL database of Better Auth. */
  readonly query: Query
  /**
   * Connections of that database, where the ledger is in the same: people, links and ledger are then written in one transaction, so
   * that no outcome is ever unknown. `pool` of `openDatabase`, or one of node-postgres.
   */
  readonly pool?: Pick<DatabasePool, 'connect'>
  /**
   * Connections of that database, where the ledger is in another one: for a rollback, which locks people before it looks whether they
   * have signed in. Left out, and without `pool`: somebody who signs in at the very moment of the deletion may be deleted.
   */
  readonly connections?: Pick<DatabasePool, 'connect'>
  /** In the ledger. Default `better-auth`. */
  readonly name?: string
  /** Tables of renamed models, as `modelName` of Better Auth; with their schema where it is not in the search path. */
  readonly tables?: Readonly<Partial<Record<ModelName, string>>>
  /** Columns of renamed fields, by model, as `fields` of Better Auth. Those of Drizzle (`email_verified`) are found without. */
  readonly columns?: Readonly<Partial<Record<ModelName, Readonly<Record<string, string>>>>>
  /**
   * Where the id of the source is kept, by model: a column of your own (`additionalFields`). Left out: it becomes the id of Better Auth, so
   * that foreign keys of the application stay as they are.
   */
  readonly externalIds?: { readonly user?: string; readonly organization?: string }
  /** Values of further columns (`additionalFields`, `username`, `role`), by the names of the columns. */
  readonly further?: FurtherColumns
  /**
   * Which hashes its `emailAndPassword.password.verify` takes: that of `createPasswords` which judges them there
   * (`betterAuthPassword`), asked about each; or formats by name, as `passwordFormatOf` says them. Whoever has another one is
   * imported and counted in `resetRequired`. Default `['better-auth']`, its own.
   */
  readonly passwords?: readonly string[] | PasswordJudge
}

const names = z.record(z.string(), text)
const schema = object({
  query: functionOption<Query>(),
  pool: z.exactOptional(withMethods<Pick<DatabasePool, 'connect'>>(['connect'], 'a pool of connections')),
  connections: z.exactOptional(withMethods<Pick<DatabasePool, 'connect'>>(['connect'], 'a pool of connections')),
  name: z._default(text, 'better-auth'),
  tables: z._default(names, {}),
  columns: z._default(z.record(z.string(), names), {}),
  externalIds: z._default(object({ user: z.exactOptional(text), organization: z.exactOptional(text) }), {}),
  further: z._default(
    object({
      user: z.exactOptional(functionOption<NonNullable<FurtherColumns['user']>>()),
      organization: z.exactOptional(functionOption<NonNullable<FurtherColumns['organization']>>()),
      member: z.exactOptional(functionOption<NonNullable<FurtherColumns['member']>>()),
    }),
    {},
  ),
  passwords: z._default(
    z.union([
      z.array(text),
      withMethods<PasswordJudge>(['describeHash'], 'formats by name, or that of createPasswords'),
    ]),
    ['better-auth'],
  ),
})

type Defaults = Exclude<keyof BetterAuthTargetOptions, 'pool' | 'connections'>

export type Settings = BetterAuthTargetOptions & Required<Pick<BetterAuthTargetOptions, Defaults>>

export function settingsOf(options: BetterAuthTargetOptions): Settings {
  return parseOptions(schema, options, 'betterAuthTarget')
}
