import { isAuthError } from '../../errors/auth-error.js'
import { andThen, attempt, isPending, type MaybePromise } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'
import type { Emit } from '../../events/events.js'
import { hasPassed } from '../../outbound/has-passed.js'
import { versionOf } from './adopt-policy.js'
import { createAsk, LOOK_MS } from './ask-source.js'
import { compilePolicy, type CompiledPolicy } from './compiled-policy.js'
import type { PolicyDocument } from './policy-document.js'
import type { LoadedPolicy, PolicySource } from './policy-source.js'
import { createPolicyRecord } from './policy-record.js'
import { throttled } from './throttled.js'
import { watchSource } from './watch-source.js'

/** Keeps the newest good policy of one migration, and looks for newer ones. */
export interface PolicyHolder {
  /** What counts now; null if no policy was ever had. Without a promise wherever that is known. */
  current(): MaybePromise<CompiledPolicy | null>
  /** What counts as far as it is known; asks nothing. */
  readonly known: CompiledPolicy | null
  /** When the source answered last, in milliseconds since the epoch; null: never. */
  readonly answeredAt: number | null
  /** What counts, or would count, for support: starts nothing that goes on, such as looks at times. */
  peek(): Promise<CompiledPolicy | null>
  /**
   * Looks once more. Rejects if the source cannot be asked, what it has is invalid, or no policy counts after it; says
   * what does.
   */
  ready(): Promise<void>
  /** What counts then stays. Settles in bounded time and never rejects, whatever the source does. */
  close(): Promise<void>
}

export interface PolicyHolderParts {
  readonly migration: string
  readonly source: PolicySource
  /** What counts where the source does not answer in time; null: nothing does. */
  readonly fallback: PolicyDocument | null
  readonly emit: Emit
  readonly now: () => number
  /** Called before the first look. */
  readonly started?: () => void
  /** Called with each policy that counts from now on. */
  readonly adopted?: (policy: CompiledPolicy) => void
}

/** How long a request waits for a look. */
const WAIT_MS = 2_000
/** Between two looks for a first policy where the source names no time. */
const PAUSE_MS = 1_000
/** After so many missed looks, timers have not run. */
const MISSED = 5
/** Between two looks that somebody calls for: whoever may connect to a database may send notifications. */
const QUIET_MS = 200

export function createPolicyHolder(parts: PolicyHolderParts): PolicyHolder {
  const { migration, source, fallback, emit, now } = parts
  const { pollMs = null } = source
  const initial = fallback === null ? null : compilePolicy(fallback, { previous: null, at: now() })
  const record = createPolicyRecord(parts)
  const ask = createAsk(source, now, takeLate)
  let lookedAt = Number.NEGATIVE_INFINITY
  let answeredAt: number | null = null
  let looking: Promise<Failure | null> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  /** It may have been read before what counts by now. */
  function takeLate(loaded: LoadedPolicy): void {
    answeredAt = now()
    const version = versionOf(loaded.document)
    const isNews = record.policy === null || version === null || version > record.policy.document.version
    if (!isClosed && isNews) record.take(loaded)
  }

  /**
   * A process that was suspended has had no timers: a request looks first then. A look that may still be answered is waited
   * for by nobody who has a policy.
   */
  function isOverdue(): boolean {
    if (pollMs === null) return false
    const missedMs = MISSED * pollMs
    return hasPassed(now(), lookedAt, looking === null ? missedMs : Math.max(missedMs, LOOK_MS))
  }

  /** Never rejects: the last good policy stays. Null: the source has answered. */
  function look(): MaybePromise<Failure | null> {
    if (isClosed) return null
    if (looking !== null) return looking
    lookedAt = now()
    const looked = attempt(
      () =>
        andThen(ask(), (loaded) => {
          answeredAt = now()
          if (!isClosed) record.take(loaded)
          return null
        }),
      (cause): Failure => {
        if (!isClosed) record.failed(cause)
        return { cause }
      },
    )
    if (!isPending(looked)) return looked
    looking = looked.finally(() => (looking = null))
    return looking
  }

  function schedule(): void {
    if (pollMs === null || isClosed) return
    // Instances that started together do not ask together.
    timer = setTimeout(() => void Promise.resolve(look()).then(schedule), pollMs * (0.8 + 0.2 * Math.random()))
    // Nothing must keep a process alive that has done its work. Timers of some runtimes are numbers.
    ;(timer as { unref?: () => void }).unref?.()
  }

  /** A look that is under way may have begun before the change. */
  const changed = throttled(() => (looking === null ? look() : looking.then(look)), QUIET_MS)
  let stopWatching: (() => Promise<void>) | null = null
  let isStarted = false

  /** With the first question: some runtimes allow neither timers nor requests before their first one. */
  function start(): void {
    if (isStarted || isClosed) return
    isStarted = true
    parts.started?.()
    stopWatching = watchSource(source, changed.call, (cause) => emit({ type: 'policy_unavailable', migration, cause }))
    schedule()
  }

  /** What is wrong, and what counts meanwhile. */
  function unready(problem: string, cause: unknown): Error {
    const counting = record.policy ?? initial
    const { version, stage } = counting?.document ?? {}
    const which = record.policy === null ? 'the fallback' : 'the last good policy'
    const meanwhile =
      counting === null
        ? 'no policy is in force, and credentials of both sides are answered with 503'
        : `${which} is in force, version ${version} at ${stage}`
    return new Error(`${problem}; ${meanwhile}`, cause === undefined ? undefined : { cause })
  }

  /** An error of ours has a code, and says what is wrong with the source. */
  const unasked = (cause: unknown): Error => (isAuthError(cause) ? cause : unready('its source cannot be read', cause))

  let first: Promise<void> | null = null
  let isFirstOver = false

  /** Requests wait for the first look only, and all for the same time: they have a fallback. */
  function firstLook(looked: Promise<unknown>): Promise<void> {
    first ??= within(looked, WAIT_MS).then(() => {
      isFirstOver = true
    })
    return first
  }

  return {
    get known() {
      return record.policy ?? initial
    },
    get answeredAt() {
      return answeredAt
    },
    current() {
      if (isClosed) return record.policy ?? initial
      if (!isStarted) start()
      const { policy } = record
      if (policy !== null && !isOverdue()) return policy
      // While a first policy cannot be had, requests ask for it one after the other, not all of them.
      if (policy === null && looking === null && !hasPassed(now(), lookedAt, pollMs ?? PAUSE_MS)) return initial
      const looked = look()
      if (!isPending(looked)) return record.policy ?? initial
      if (policy !== null || initial === null) return within(looked, WAIT_MS).then(() => record.policy ?? initial)
      return isFirstOver ? initial : firstLook(looked).then(() => record.policy ?? initial)
    },
    async ready() {
      start()
      // As a look of its own: one that is under way may have begun before the source came back.
      if (looking !== null) await looking
      const failure = await look()
      if (failure !== null) throw unasked(failure.cause)
      try {
        await source.ready?.()
      } catch (cause) {
        throw unasked(cause)
      }
      if (record.policy !== null) return
      if (record.rejected !== null) throw unready('the policy that its source has is invalid', record.rejected)
      if (initial === null) throw unready('its source has no policy yet', undefined)
    },
    async peek() {
      if (record.policy !== null || looking !== null) return record.policy ?? initial
      const looked = await within(Promise.resolve(look()), LOOK_MS)
      return looked === null ? (record.policy ?? initial) : initial
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      changed.stop()
      await stopWatching?.()
    },
  }
}

interface Failure {
  readonly cause: unknown
}
