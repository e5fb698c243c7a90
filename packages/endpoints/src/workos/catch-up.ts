import { isAuthError } from '@dualauth/core'
import { dateTime, functionOption, nonEmpty, object, parseOptions, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { apiOptions, assertApiUrl, type WorkosApiOptions } from './api.js'
import { readEvent } from './event.js'
import { assertVerifiers, eventOptions, now, type WorkosEventOptions } from './options.js'
import { readPage, type EventPage } from './read-page.js'
import { createRuns, type Lease, type ReadingEnd } from './reading.js'
import { reached, takeEvent } from './take-event.js'
import { deliveryOf, type WorkosDelivery } from './webhook.js'

/** The options of `workosCatchUp`. */
export interface WorkosCatchUpOptions extends WorkosEventOptions, WorkosApiOptions {
  /** The types of events to read. Default: events of users, organizations and memberships, and `session.revoked`. */
  readonly events?: readonly string[]
  /** Where the first run starts, as ISO 8601; WorkOS keeps events for 90 days. Default: 30 days ago. */
  readonly since?: string
  /** How many pages of 100 events one run reads at most. Default 100. */
  readonly maxPages?: number
  /** Called with each event, as by `workosWebhook`. Not awaited. */
  readonly onDelivery?: (delivery: WorkosDelivery) => void
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** The result of a run. `more`: `maxPages` were read. */
export interface CaughtUp extends ReadingEnd {
  /** Events that were read in this run. */
  readonly events: number
  /** Events with invalid ids or dates, which are skipped. */
  readonly refused: number
}

const DAY_MS = 86_400_000
const KINDS = ['user', 'organization', 'organization_membership']
const EVENTS: readonly string[] = [
  ...KINDS.flatMap((kind) => ['created', 'updated', 'deleted'].map((change) => `${kind}.${change}`)),
  'session.revoked',
]

const schema = object({
  ...eventOptions,
  ...apiOptions,
  events: z._default(nonEmpty(text), [...EVENTS]),
  since: z.exactOptional(dateTime),
  maxPages: z._default(wholeBetween(1, 10_000), 100),
  onDelivery: z.exactOptional(functionOption<NonNullable<WorkosCatchUpOptions['onDelivery']>>()),
  now,
})

type Settings = z.output<typeof schema>

/** What a run counts. */
interface Count {
  events: number
  refused: number
}

/**
 * Reads events from the WorkOS Events API that no webhook has delivered. Call it on a timer: each call continues where
 * the last one ended, in any process. One process reads at a time. The cursor moves only with events read here, never
 * with a webhook: WorkOS holds the newest events back from this list for some seconds, and a cursor ahead of them would
 * lose them.
 *
 * A call does not wait: after a 429, the next calls do nothing until `Retry-After` is over. If `handle` throws, the
 * call rejects with that error, and the cursor stays before that page.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example const catchUp = workosCatchUp({ auth, sync, apiKey: env.WORKOS_API_KEY }) setInterval(() => void
 * catchUp().then(({ outcome }) => log.info({ outcome })), 60_000)
 * @see https://workos.com/docs/events/data-syncing/events-api
 */
export function workosCatchUp(options: WorkosCatchUpOptions): () => Promise<CaughtUp> {
  const parsed = parseOptions(schema, options, 'workosCatchUp')
  assertVerifiers(parsed, 'workosCatchUp')
  const settings: Settings = { ...parsed, apiUrl: assertApiUrl(parsed.apiUrl, 'workosCatchUp') }
  const run = createRuns(settings.now)
  return async () => {
    const count: Count = { events: 0, refused: 0 }
    const end = await run(settings.sync, (lease, after) => readAll(settings, lease, after, count))
    return { ...count, ...end }
  }
}

async function readAll(
  settings: Settings,
  lease: Lease,
  begun: string | null,
  count: Count,
): Promise<'done' | 'more' | 'busy'> {
  const { sync, maxPages, since } = settings
  const start = since ?? new Date(settings.now() - 30 * DAY_MS).toISOString()
  let after = begun
  for (let page = 0; page < maxPages; page++) {
    const { events, last }: EventPage = await readPage(settings, after === null ? { range_start: start } : { after })
    for (const one of events) await takeListed(settings, one, count)
    if (last === null || last === after) return 'done'
    if (!(await reached(() => sync.advance(lease, last)))) return 'busy'
    after = last
  }
  return 'more'
}

/** One that cannot be read comes no better the next time: it is counted, and must not stop the others. */
async function takeListed(settings: Settings, listed: unknown, count: Count): Promise<void> {
  count.events++
  let event: ReturnType<typeof readEvent> | undefined
  try {
    event = readEvent(listed)
    const outcome = await takeEvent(settings, event)
    report(settings, deliveryOf(event, outcome))
  } catch (error) {
    report(settings, deliveryOf(event, error))
    if (!isAuthError(error) || error.code !== 'request_invalid') throw error
    count.refused++
  }
}

function report({ onDelivery }: Settings, delivery: WorkosDelivery): void {
  try {
    onDelivery?.(delivery)
  } catch {
    // A counter that fails must not lose an event.
  }
}
