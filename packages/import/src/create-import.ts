import { setMaxListeners } from 'node:events'
import { importLedger } from '@dualauth/postgres'
import { sharedAddresses } from './engine/addresses.js'
import { createCounts, snapshot, type StepCounts } from './engine/counts.js'
import type { Engine } from './engine/engine.js'
import {
  inviteSettingsOf,
  listInvites,
  type Invite,
  type InviteOptions,
  type InviteSettings,
} from './engine/invites.js'
import { nothingAhead, planStep } from './engine/plan.js'
import { rollbackStep, type RollbackCounts, type RollbackOptions } from './engine/rollback.js'
import { runStep } from './engine/step.js'
import { verifyStep, type VerifyCounts } from './engine/verify.js'
import { KINDS, settingsOf, type ImportOptions, type Settings } from './options.js'
import { systemClock } from './pace/clock.js'
import { createPacer } from './pace/pacer.js'
import type { Kind } from './ports/rows.js'
import { createDigests } from './rows/digest.js'

/** How a run ended. */
export interface Ended<C> {
  /** Its id in the ledger; null for `plan`, which leaves no trace. */
  readonly run: string | null
  /** `aborted`: stopped by `signal`. */
  readonly outcome: 'done' | 'aborted'
  readonly counts: Readonly<Record<Kind, C>>
}

/** Moves people from a source to a target. */
export interface Import {
  /**
   * Imports what is not imported yet. It may be killed at any point and called again, by several processes at once:
   * nothing is created twice, and nothing is lost.
   */
  readonly run: () => Promise<Ended<StepCounts>>
  /** What `run` would do, counted in the same way. Reads the source, the ledger and the target; writes nothing. */
  readonly plan: () => Promise<Ended<StepCounts>>
  /** Whether the target has everything as the source has it: `isClean(counts)`. */
  readonly verify: () => Promise<Ended<VerifyCounts>>
  /**
   * Takes back what was imported, last things first. Items that somebody uses by now, or has changed, stay and are
   * reported.
   */
  readonly rollback: (options?: RollbackOptions) => Promise<Ended<RollbackCounts>>
  /**
   * Whom to write to, in the order of the source, with their current addresses: the ledger stores none. Lists people
   * who are imported and not disabled. Writes nothing and sends nothing. Ends early if `signal` aborts.
   *
   * @throws {AuthError} `configuration_invalid`: a wrong option, by name; `never_signed_in` for a migration that
   *   nothing watches.
   */
  readonly invites: (options?: InviteOptions) => AsyncIterable<Invite>
}

/**
 * Builds an import. Nothing is read or written until one of its methods is called.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function createImport(options: ImportOptions): Import {
  const settings = settingsOf(options)
  const only = settings.only === undefined ? null : new Set(settings.only)
  const kinds = KINDS.filter((kind) => settings.target.kinds.includes(kind))

  return {
    run: () =>
      recorded(settings, 'import', async (engine) => {
        const wanted = settings.linkVerifiedEmail ? await sharedOf(engine) : null
        for (const kind of kinds) if (!engine.stopping.aborted) await runStep({ ...engine, shared: wanted }, kind, only)
        return snapshot(engine.counts)
      }),
    verify: () =>
      recorded(settings, 'verify', async (engine) => {
        const counts: Partial<Record<Kind, VerifyCounts>> = {}
        for (const kind of kinds) if (!engine.stopping.aborted) counts[kind] = await verifyStep(engine, kind, only)
        return counts as Record<Kind, VerifyCounts>
      }),
    rollback: ({ mode = 'delete', run } = {}) =>
      recorded(settings, 'rollback', async (engine) => {
        const counts: Partial<Record<Kind, RollbackCounts>> = {}
        for (const kind of kinds.toReversed())
          if (!engine.stopping.aborted)
            counts[kind] = await rollbackStep(engine, kind, only, { mode, ...(run !== undefined && { run }) })
        return counts as Record<Kind, RollbackCounts>
      }),
    invites: (options = {}) => invitesOf(settings, only, inviteSettingsOf(options)),
    async plan() {
      const key = await importLedger(settings.query).digestKey(settings.target.name)
      const { engine, close } = engineOf(settings, null, key ?? '')
      try {
        const shared = settings.linkVerifiedEmail ? await sharedOf(engine) : null
        const ahead = nothingAhead()
        for (const kind of kinds) if (!engine.stopping.aborted) await planStep({ ...engine, shared }, kind, only, ahead)
        return { run: null, outcome: endOf(settings), counts: snapshot(engine.counts) }
      } finally {
        close()
      }
    },
  }
}

async function* invitesOf(
  settings: Settings,
  only: ReadonlySet<string> | null,
  wanted: InviteSettings,
): AsyncGenerator<Invite, void, undefined> {
  const key = await importLedger(settings.query).digestKey(settings.target.name)
  const { engine, close } = engineOf(settings, null, key ?? '')
  try {
    yield* listInvites(engine, only, wanted)
  } finally {
    close()
  }
}

function sharedOf({ settings, digests, failed }: Engine): Promise<ReadonlySet<number>> {
  return sharedAddresses(settings.source, digests, failed)
}

function endOf({ signal }: Settings): 'done' | 'aborted' {
  return signal?.aborted === true ? 'aborted' : 'done'
}

/** @param run Null: nothing is written. */
function engineOf(settings: Settings, run: string | null, key: string): { engine: Engine; close: () => void } {
  const clock = settings.clock ?? systemClock
  const failure = new AbortController()
  const stop = new AbortController()
  // Every waiting call adds a listener; Node would warn about more than ten.
  setMaxListeners(0, failure.signal, stop.signal)
  const { target, leaseMs, link = null, signal } = settings
  const onAbort = (): void => stop.abort(signal?.reason)
  if (signal?.aborted === true) onAbort()
  signal?.addEventListener('abort', onAbort)
  const engine: Engine = {
    settings,
    clock,
    ledger: importLedger(settings.query),
    scope: { target: target.name, run: run ?? '', worker: crypto.randomUUID(), leaseMs, link },
    digests: createDigests(key),
    pacer: createPacer(settings.rps ?? null, clock),
    counts: createCounts(),
    failed: failure.signal,
    stopping: stop.signal,
    fail(error) {
      failure.abort(error)
      stop.abort(error)
    },
    shared: null,
    unreached: { count: 0 },
  }
  return { engine, close: () => signal?.removeEventListener('abort', onAbort) }
}

/** Holds the target while writing there. */
async function recorded<C>(
  settings: Settings,
  purpose: 'import' | 'verify' | 'rollback',
  work: (engine: Engine) => Promise<Readonly<Record<Kind, C>>>,
): Promise<Ended<C>> {
  const letGo = purpose === 'verify' ? undefined : await settings.target.hold?.()
  try {
    return await noted(settings, purpose, work)
  } finally {
    await letGo?.()
  }
}

/** Writes a ledger row that says how the run ended. */
async function noted<C>(
  settings: Settings,
  purpose: 'import' | 'verify' | 'rollback',
  work: (engine: Engine) => Promise<Readonly<Record<Kind, C>>>,
): Promise<Ended<C>> {
  const { source, target, actor, query } = settings
  const ledger = importLedger(query)
  const fingerprint = (await source.fingerprint?.()) ?? null
  const { run, digestKey } = await ledger.begin({
    target: target.name,
    purpose,
    actor,
    source: source.name,
    fingerprint,
    options: optionsOf(settings),
  })
  const { engine, close } = engineOf(settings, run, digestKey)
  try {
    const counts = await work(engine)
    const outcome = endOf(settings)
    if (outcome === 'aborted') await ledger.release(engine.scope)
    await ledger.end(run, outcome, counts)
    return { run, outcome, counts }
  } catch (error) {
    engine.fail(error)
    // The first error is what counts. Items that cannot be released are free when their lease ends.
    await ledger.release(engine.scope).catch(() => {})
    await ledger.end(run, 'failed', snapshot(engine.counts)).catch(() => {})
    throw error
  } finally {
    close()
  }
}

function optionsOf(settings: Settings): Readonly<Record<string, unknown>> {
  const { concurrency, rps, batchSize, limit, organization, retryFailed, update, linkVerifiedEmail } = settings
  return { concurrency, rps, batchSize, limit, organization, retryFailed, update, linkVerifiedEmail }
}
