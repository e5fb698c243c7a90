import * as z from 'zod/mini'
import type { MaybePromise } from '../async/maybe-promise.js'
import { within } from '../async/within.js'
import { parseOptions } from '../settings/options.js'
import { functionOption, nonEmpty, object, text, wholeBetween, withMethods } from '../settings/schemas.js'
import { countedOf, recordOf, type AuditRecord, type Recorded } from './audit-records.js'
import type { AuthEventListener } from './events.js'

/** The target of audit records. Records are only ever added. */
export interface AuditSink {
  /** If it rejects, the records are kept for the next write. */
  write(records: readonly AuditRecord[]): MaybePromise<void>
}

/** The options of `createAudit`. */
export interface AuditOptions {
  /** Each gets every record. */
  readonly sinks: readonly AuditSink[]
  /** The application's name for this instance. Default `instance`. */
  readonly actor?: string
  /** Time between two writes, in milliseconds. Refusals are counted over this time. Default 10,000. */
  readonly everyMs?: number
  /** Called with the error of a sink, and with the number of records dropped after it failed for too long. For logs. */
  readonly onError?: (cause: unknown) => void
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** The record of what one instance decided. */
export interface AuditTrail {
  /** For `createDualAuth({ onEvent })`. */
  readonly onEvent: AuthEventListener
  /** Writes pending records. Rejects if a sink failed. */
  flush(): Promise<void>
  /** Writes pending records and stops. */
  close(): Promise<void>
}

const schema = object({
  sinks: nonEmpty(withMethods<AuditSink>(['write'], 'an object with write')),
  actor: z._default(text, 'instance'),
  everyMs: z._default(wholeBetween(100, 3_600_000), 10_000),
  onError: z.exactOptional(functionOption<NonNullable<AuditOptions['onError']>>()),
  now: z._default(functionOption<() => number>(), () => Date.now),
})

/** Maximum pending records for each sink: a few megabytes. */
const MAX_WAITING = 10_000
/** How long a flush waits for a sink, in milliseconds. */
const SINK_MS = 10_000

/** The records that one sink has not stored yet. */
interface Waiting {
  readonly sink: AuditSink
  readonly records: AuditRecord[]
  /** Never two at a time, or the same would be written twice. */
  writing: Promise<true> | null
}

/**
 * Records what auditors need: exchanges, revocations, adopted policies, weak secrets that were accepted, and counts of
 * refusals. Changes to links, keys, grants, conflicts, policies and imports are already in `dualauth.audit`, written by
 * the statement that makes the change.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example const audit = createAudit({ sinks: [jsonLinesAudit((line) => process.stdout.write(line))] })
 * createDualAuth({ …, onEvent: audit.onEvent })
 */
export function createAudit(options: AuditOptions): AuditTrail {
  const { sinks, actor, everyMs, onError, now } = parseOptions(schema, options, 'createAudit')
  const waiting = sinks.map((sink): Waiting => ({ sink, records: [], writing: null }))
  const counts = new Map<string, { readonly recorded: Recorded; readonly since: number; count: number }>()
  let timer: ReturnType<typeof setInterval> | undefined
  let writing: Promise<void> = Promise.resolve()
  let isWriting = false

  /** A log that fails must not end the process. */
  function report(cause: unknown): void {
    void (async () => onError?.(cause))().catch(() => {})
  }

  function add(recorded: Recorded): void {
    const record = { at: now(), actor, ...recorded }
    for (const { records } of waiting) {
      records.push(record)
      if (records.length <= MAX_WAITING) continue
      records.shift()
      report(new Error('audit: a sink has failed for too long, and a record was dropped'))
    }
  }

  function count(recorded: Recorded): void {
    const { event, subject, organization, reason, data } = recorded
    const kind = JSON.stringify([event, subject, organization, reason, data])
    const known = counts.get(kind)
    if (known !== undefined) known.count++
    else if (counts.size < MAX_WAITING || subject === null) counts.set(kind, { recorded, since: now(), count: 1 })
    else count({ ...recorded, subject: null, organization: null })
  }

  async function write(): Promise<void> {
    for (const { recorded, since, count: times } of counts.values())
      add({ ...recorded, data: { ...recorded.data, count: times, since } })
    counts.clear()
    const ended = await Promise.allSettled(waiting.map(writeTo))
    const failed = ended.find(({ status }) => status === 'rejected')
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
  }

  async function writeTo(one: Waiting): Promise<void> {
    if (one.writing !== null) await inTime(one.writing)
    if (one.records.length === 0) return
    one.writing = begin(one).finally(() => (one.writing = null))
    await inTime(one.writing)
  }

  async function begin(one: Waiting): Promise<true> {
    const { sink, records } = one
    const written = records.slice()
    await sink.write(written)
    records.splice(0, records.indexOf(written.at(-1) as AuditRecord) + 1)
    return true
  }

  /** One write after the other. */
  function flush(): Promise<void> {
    writing = writing.catch(() => {}).then(write)
    return writing
  }

  async function flushInTurn(): Promise<void> {
    if (isWriting) return
    isWriting = true
    await flush().catch(report)
    isWriting = false
  }

  return {
    onEvent(event) {
      // Starts with the first event, because some runtimes allow no timers outside a request.
      if (timer === undefined) {
        timer = setInterval(() => void flushInTurn(), everyMs)
        ;(timer as { unref?: () => void }).unref?.()
      }
      const record = recordOf(event)
      if (record !== null) return add(record)
      const counted = countedOf(event)
      if (counted !== null) count(counted)
    },
    flush,
    async close() {
      clearInterval(timer)
      await flush()
    },
  }
}

/** A sink that hangs is not awaited, so that the other sinks continue. */
async function inTime(writing: Promise<true>): Promise<void> {
  if ((await within(writing, SINK_MS)) === null) throw new Error(`audit: a sink did not answer within ${SINK_MS} ms`)
}

/**
 * A sink of JSON lines.
 * @param write Called with each record as one line, including the line feed: `(line) => process.stdout.write(line)`.
 */
export function jsonLinesAudit(write: (line: string) => unknown): AuditSink {
  return {
    write(records) {
      for (const { at, ...record } of records)
        write(`${JSON.stringify({ at: new Date(at).toISOString(), ...record })}\n`)
    },
  }
}
