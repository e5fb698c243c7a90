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
   * Connections of that database, if it also has the ledger. People, links and ledger are then written in one
   * transaction, so no outcome is ever unknown. `pool` of `openDatabase`, or one of node-postgres.
   */
  readonly pool?: Pick<DatabasePool, 'connect'>
  /**
   * Connections of that database, if the ledger is in another one. A rollback uses them to lock people before it checks
   * whether they have signed in. Without these and without `pool`, somebody who signs in at the moment of deletion may
   * be deleted.
   */
  readonly connections?: Pick<DatabasePool, 'connect'>
  /** The name in the ledger. Default `better-auth`. */
  readonly name?: string
  /** Tables of renamed models, as `modelName` of Better Auth; with their schema if it is not in the search path. */
  readonly tables?: Readonly<Partial<Record<ModelName, string>>>
  /**
   * Columns of renamed fields, by model, as `fields` of Better Auth. Those of Drizzle (`email_verified`) are found
   * automatically.
   */
  readonly columns?: Readonly<Partial<Record<ModelName, Readonly<Record<string, string>>>>>
  /**
   * Your own column (`additionalFields`) for the id of the source, by model. Default: it becomes the id in Better Auth,
   * so foreign keys of the application stay valid.
   */
  readonly externalIds?: { readonly user?: string; readonly organization?: string }
  /** Values of further columns (`additionalFields`, `username`, `role`), by column name. */
  readonly further?: FurtherColumns
  /**
   * The hashes that its `emailAndPassword.password.verify` accepts: either the `createPasswords` that checks them there
   * (`betterAuthPassword`), which is asked about each hash, or format names as from `passwordFormatOf`. People with
   * another hash are imported and counted in `resetRequired`. Default `['better-auth']`, its own format.
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
