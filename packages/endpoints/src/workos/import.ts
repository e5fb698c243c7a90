import type { WorkosListedOutcome, WorkosObjectKind, WorkosReading, WorkosSync } from '@dualauth/core'
import { functionOption, object, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { apiOptions, askPage, assertApiUrl, unavailable, type Page, type WorkosApiOptions } from './api.js'
import { BEGINNING, listOf, nextOf, readPosition, type Position } from './import-position.js'
import { eventOptions, now } from './options.js'
import { createRuns, type Lease, type ReadingEnd } from './reading.js'
import { handledInTime, reached, type HandleWorkosEvent } from './take-event.js'

/** The options of `workosImport`. */
export interface WorkosImportOptions extends WorkosApiOptions {
  /** Stores the listed objects, such as `workosSync(query)` of `@dualauth/postgres`. */
  readonly sync: Pick<WorkosSync, 'keep' | 'imports'>
  /**
   * The application's own handler, as in `workosWebhook`. Called and awaited for each object after it was stored, as an
   * event `user.updated`, `organization.updated` or `organization_membership.updated` whose id begins with `import_`.
   * Also called for known objects, so that a new table of the application can be filled. If it throws, the run rejects,
   * and its page is read again.
   */
  readonly handle?: HandleWorkosEvent
  /**
   * How long one call of `handle` may take, in milliseconds, from 100 to 60,000. After that the run ends with
   * `unavailable`. Default 10,000.
   */
  readonly handleTimeoutMs?: number
  /** True: everything is read and counted, but nothing is written. Default false. */
  readonly dryRun?: boolean
  /** How many pages of 100 objects one run reads at most. Default 1000. */
  readonly maxPages?: number
  /** Called after each page. Not awaited. */
  readonly onProgress?: (progress: ImportProgress) => void
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** The counts of one run. */
export interface ImportProgress {
  readonly users: number
  readonly organizations: number
  readonly memberships: number
  /** Objects that were new or changed. With `dryRun`: objects that would be written. */
  readonly changed: number
  /** Objects with invalid ids, dates or roles, which are skipped. */
  readonly refused: number
}

/** The result of a run. `more`: `maxPages` were read. */
export interface Imported extends ReadingEnd, ImportProgress {}

const schema = object({
  ...apiOptions,
  sync: z.custom<WorkosImportOptions['sync']>(
    (value) =>
      withMethods(['keep'], '').safeParse(value).success &&
      withMethods(['begin', 'advance', 'end'], '').safeParse((value as WorkosSync).imports).success,
    'what keeps objects, such as workosSync(query)',
  ),
  handle: eventOptions.handle,
  handleTimeoutMs: eventOptions.handleTimeoutMs,
  dryRun: z._default(z.boolean(), false),
  maxPages: z._default(wholeBetween(1, 1_000_000), 1000),
  onProgress: z.exactOptional(functionOption<NonNullable<WorkosImportOptions['onProgress']>>()),
  now,
})

type Settings = z.output<typeof schema>

type Count = { -readonly [Name in keyof ImportProgress]: ImportProgress[Name] }

/**
 * Reads all users, organizations and memberships from WorkOS, because no event names those from before the webhooks.
 * Lists and events go to the same tables, in any order. Objects that WorkOS no longer lists are left unchanged:
 * deletions are events.
 *
 * Each call continues where the last one ended, in any process; one process reads at a time. Once everything was read,
 * a call is `done` immediately, unless `restart` is set. A call does not wait: after a 429, the next calls do nothing
 * until `Retry-After` is over. Pages are read one after the other, far below the rate limit of WorkOS.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example const run = workosImport({ sync, apiKey: env.WORKOS_API_KEY }) while ((end = await run()).outcome !==
 * 'done') await pause((end.retryAfterSeconds ?? 1) * 1000)
 * @see https://workos.com/docs/reference/authkit/organization-membership/list
 */
export function workosImport(
  options: WorkosImportOptions,
): (run?: { readonly restart?: boolean }) => Promise<Imported> {
  const parsed = parseOptions(schema, options, 'workosImport')
  const settings: Settings = { ...parsed, apiUrl: assertApiUrl(parsed.apiUrl, 'workosImport') }
  // What only looks leaves no trace of how far it came.
  const reading = settings.dryRun ? inMemory() : settings.sync.imports
  const run = createRuns(settings.now)
  return async ({ restart = false } = {}) => {
    const count: Count = { users: 0, organizations: 0, memberships: 0, changed: 0, refused: 0 }
    const end = await run(reading, (lease, after) =>
      readAll(settings, reading, lease, restart ? BEGINNING : readPosition(after), count),
    )
    return { ...count, ...end }
  }
}

async function readAll(
  settings: Settings,
  reading: WorkosReading,
  lease: Lease,
  begun: Position,
  count: Count,
): Promise<'done' | 'more' | 'busy'> {
  let position = begun
  for (let pages = 0; pages < settings.maxPages; pages++) {
    const list = listOf(position)
    if (list === null) return 'done'
    const page = (await askPage(settings, list.path, list.query)) ?? gone(position, list.path)
    const ids = await take(settings, list.kind, page.data, count)
    const next = nextOf(position, page.next, ids)
    // Asked for the same page again, WorkOS would never be read to the end.
    if (page.next !== null && page.next === list.query['after']) throw unavailable(list.path, 200, null)
    if (!(await reached(() => reading.advance(lease, JSON.stringify(next))))) return 'busy'
    report(settings, count)
    position = next
  }
  return listOf(position) === null ? 'done' : 'more'
}

/** An organization that was deleted meanwhile has no members; the other lists are always there. */
function gone(position: Position, path: string): Page {
  if (position.list !== 'memberships') throw unavailable(path, 404, null)
  return { data: [], next: null }
}

/** @returns The ids of what could be read. */
async function take(
  settings: Settings,
  kind: WorkosObjectKind,
  objects: readonly unknown[],
  count: Count,
): Promise<readonly string[]> {
  const { sync, dryRun, handle, handleTimeoutMs } = settings
  const outcomes = await reached(() => sync.keep(kind, objects, { dryRun }))
  const readable = objects.flatMap((object, index) => {
    const outcome = outcomes[index] ?? 'refused'
    return outcome === 'refused' ? [] : [{ data: object as ListedObject, isStale: outcome === 'stale' }]
  })
  if (handle !== undefined && !dryRun)
    for (const { data, isStale } of readable)
      await handledInTime(handleTimeoutMs, async () =>
        handle(asEvent(kind, data), { outcome: isStale ? 'stale' : 'applied' }),
      )
  add(count, kind, outcomes)
  return readable.map(({ data }) => data.id)
}

/** As far as it was judged when it was kept. */
type ListedObject = Readonly<Record<string, unknown>> & { readonly id: string; readonly updated_at: string }

function asEvent(kind: WorkosObjectKind, data: ListedObject): Parameters<HandleWorkosEvent>[0] {
  return { id: `import_${data.id}`, event: `${kind}.updated`, createdAt: data.updated_at, data }
}

function add(count: Count, kind: WorkosObjectKind, outcomes: readonly WorkosListedOutcome[]): void {
  count[COUNTED[kind]] += outcomes.length
  count.changed += outcomes.filter((outcome) => outcome === 'applied').length
  count.refused += outcomes.filter((outcome) => outcome === 'refused').length
}

const COUNTED = { user: 'users', organization: 'organizations', organization_membership: 'memberships' } as const

function report({ onProgress }: Settings, count: Count): void {
  try {
    onProgress?.({ ...count })
  } catch {
    // A progress bar that fails must not end an import.
  }
}

function inMemory(): WorkosReading {
  let after: string | null = null
  return {
    begin: async () => ({ after }),
    async advance(_lease, to) {
      after = to
      return true
    },
    end: async () => {},
  }
}
