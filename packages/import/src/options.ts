import type { Query } from '@dualauth/core'
import {
  between,
  functionOption,
  object,
  parseOptions,
  text,
  verifierName,
  wholeBetween,
  withMethods,
} from '@dualauth/core/settings'
import * as z from 'zod/mini'
import type { Clock } from './pace/clock.js'
import type { Progress } from './engine/counts.js'
import type { ReportRow } from './report/report-row.js'
import type { Kind } from './ports/rows.js'
import type { Source } from './ports/source.js'
import type { Target } from './ports/target.js'
import { oneSpelling, withUuids } from './rows/uuids.js'

/** The options of `createImport`. */
export interface ImportOptions {
  /** The database of the ledger: the application's own, with the schema `dualauth` (`installSchema`). */
  readonly query: Query
  /** The source of the people, such as `sqlSource`. */
  readonly source: Source
  /** The target of the people, such as `betterAuthTarget`. */
  readonly target: Target
  /**
   * How to link people: the name of the verifier for the target's credentials, and their issuer, as in `accounts` of
   * `@dualauth/postgres`. Each imported person is linked in the statement that updates the ledger; organizations are
   * mapped. Default: nothing is linked, for targets that keep the application's own ids.
   */
  readonly link?: { readonly verifier: string; readonly issuer: string }
  /**
   * The type of the application's ids of people, organizations and groups. `uuid`: `ABC…` and `abc…` are the same, and
   * ids (also in links) are written as such a column writes them. Default `text`: as the source spells them.
   */
  readonly ids?: 'text' | 'uuid'
  /**
   * Whether somebody in the target with the same address counts as the same person. This requires that both sides have
   * verified the address, that it is unique on each side, and that it is bound to nobody else. Anything less is a
   * conflict. Default false: the same address is always a conflict.
   */
  readonly linkVerifiedEmail?: boolean
  /** Who starts the import, for the audit. Default `import`. */
  readonly actor?: string
  /** Maximum number of concurrent calls to the target. Default 4. */
  readonly concurrency?: number
  /** Maximum requests per second of this process. Default: only the target limits them (429). */
  readonly rps?: number
  /** How many rows are read and claimed at once. Default 100, or the target's `batchSize` if that is more. */
  readonly batchSize?: number
  /** Maximum number of people to import. Default: all. */
  readonly limit?: number
  /** Imports only this organization, by its id in the source. */
  readonly organization?: string
  /** Imports only these people and their memberships, by their ids in the source. */
  readonly only?: Iterable<string>
  /** Retries rows that failed or were in conflict. Default false. */
  readonly retryFailed?: boolean
  /** Sends rows again that have changed in the source. Default false. */
  readonly update?: boolean
  /** How long a process may be silent before another one takes over its rows, in milliseconds. Default 300000. */
  readonly leaseMs?: number
  /** Stops the import properly: rows in progress are finished, the rest is released. */
  readonly signal?: AbortSignal
  /** Called after each batch, including by `plan`, `verify` and `rollback`. Not awaited. */
  readonly onProgress?: (progress: Progress) => void
  /**
   * Called and awaited for each item, in order of completion. Contains no addresses and no hashes. `ndjsonReport`
   * writes the items to a file.
   */
  readonly report?: (row: ReportRow) => void | Promise<void>
  /** For tests. */
  readonly clock?: Clock
}

export const KINDS: readonly Kind[] = Object.freeze(['organization', 'person', 'membership', 'group'])

const schema = object({
  query: functionOption<Query>(),
  source: withMethods<Source>(['people'], 'a source, such as ndjsonSource'),
  target: withMethods<Target>(['find', 'create', 'takesPassword'], 'a target, such as fileTarget'),
  link: z.exactOptional(object({ verifier: verifierName, issuer: text })),
  ids: z._default(z.enum(['text', 'uuid']), 'text'),
  linkVerifiedEmail: z._default(z.boolean(), false),
  actor: z._default(text, 'import'),
  concurrency: z._default(wholeBetween(1, 256), 4),
  rps: z.exactOptional(between(0.1, 10_000)),
  batchSize: z.exactOptional(wholeBetween(1, 10_000)),
  limit: z.exactOptional(wholeBetween(0, Number.MAX_SAFE_INTEGER)),
  organization: z.exactOptional(text),
  only: z.exactOptional(
    z.custom<Iterable<string>>(
      (value) => typeof value === 'object' && value !== null && Symbol.iterator in value,
      'a list of ids',
    ),
  ),
  retryFailed: z._default(z.boolean(), false),
  update: z._default(z.boolean(), false),
  leaseMs: z._default(wholeBetween(1_000, 86_400_000), 300_000),
  signal: z.exactOptional(z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'an AbortSignal')),
  onProgress: z.exactOptional(functionOption<NonNullable<ImportOptions['onProgress']>>()),
  report: z.exactOptional(functionOption<NonNullable<ImportOptions['report']>>()),
  clock: z.exactOptional(withMethods<Clock>(['now', 'sleep'], 'a clock')),
})

type Defaults = 'ids' | 'linkVerifiedEmail' | 'actor' | 'concurrency' | 'retryFailed' | 'update' | 'leaseMs'

/** The options with defaults. */
export type Settings = ImportOptions & Required<Pick<ImportOptions, Defaults>>

export function settingsOf(options: ImportOptions): Settings {
  const settings: Settings = parseOptions(schema, options, 'createImport')
  if (settings.ids === 'text') return settings
  const { source, organization, only } = settings
  return {
    ...settings,
    source: withUuids(source),
    ...(organization !== undefined && { organization: oneSpelling(organization) }),
    ...(only !== undefined && { only: Array.from(only, oneSpelling) }),
  }
}
