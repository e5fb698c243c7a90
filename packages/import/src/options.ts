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
  /** Where people come from, such as `sqlSource`. */
  readonly source: Source
  /** Where people go, such as `betterAuthTarget`. */
  readonly target: Target
  /**
   * Where people are linked: the name of the verifier that judges the target's credentials, and their issuer, as in
   * `accounts` of `@dualauth/postgres`. Each person that is imported is linked in the same statement in which the ledger says so;
   * organizations are mapped. Left out: nothing is linked, for targets that keep the application's own ids.
   */
  readonly link?: { readonly verifier: string; readonly issuer: string }
  /**
   * What ids of people, organizations and groups are in the application. `uuid`: in a column of that type, so that `ABC…` and `abc…` are one, and
   * are written as that column writes them, in links as well. Default `text`: as the source spells them.
   */
  readonly ids?: 'text' | 'uuid'
  /**
   * Whether somebody in the target with the same address is taken for the same person: both sides hold the address for verified,
   * it is the only one there and the only one in the source, and it is bound to nobody else. Anything less is a conflict.
   * Default false: then the same address is always a conflict.
   */
  readonly linkVerifiedEmail?: boolean
  /** Who starts this, for the audit. Default `import`. */
  readonly actor?: string
  /** How many calls of the target are under way at once. Default 4. */
  readonly concurrency?: number
  /** Requests per second at most, of this process. Left out: no limit but what the target says (429). */
  readonly rps?: number
  /** How many rows are read and claimed at once. Default 100, or the target's `batchSize` where that is more. */
  readonly batchSize?: number
  /** How many people are imported at most. Left out: all. */
  readonly limit?: number
  /** Only what belongs to this organization, by its id in the source. */
  readonly organization?: string
  /** Only these people and their memberships, by their ids in the source. */
  readonly only?: Iterable<string>
  /** Tries again what has failed, and what was in conflict. Default false. */
  readonly retryFailed?: boolean
  /** Sends again what has changed in the source since. Default false. */
  readonly update?: boolean
  /** How long a process may be silent until another one takes over what it has claimed. Default 300000. */
  readonly leaseMs?: number
  /** Ends in good order: what is under way is finished, the rest is given back. */
  readonly signal?: AbortSignal
  /** Called after each batch, also by `plan`, `verify` and `rollback`. Not awaited. */
  readonly onProgress?: (progress: Progress) => void
  /** Awaited for each item, in the order in which they end. No addresses and no hashes; `ndjsonReport` writes them to a file. */
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

/** What was asked for, with defaults. */
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
