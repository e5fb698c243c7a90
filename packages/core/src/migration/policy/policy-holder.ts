import { isAuthError } from '../../errors/auth-error.js'
import { wrongAnswer } from '../../errors/unanswered.js'
import { andThen, attempt, isPending, type MaybePromise } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'
import type { Emit } from '../../events/events.js'
import { hasPassed } from '../../outbound/has-passed.js'
import { isObject } from '../../settings/schemas.js'
import { versionOf } from './adopt-policy.js'
import { createAsk, LOOK_MS } from './ask-source.js'
import { compilePolicy, type CompiledPolicy } from './compiled-policy.js'
import type { PolicyDocument } from './policy-document.js'
import type { LoadedPolicy, PolicySource } from './policy-source.js'
import { createPolicyRecord } from './policy-record.js'
import { throttled } from './throttled.js'
import { watchSource } from './watch-source.js'

/** Keeps the newest valid policy of one migration, and checks for newer ones. */
export interface PolicyHolder {
  /** The policy in force; null if there never was one. Returns no promise if it is known. */
  current(): MaybePromise<CompiledPolicy | null>
  /** The policy in force as far as known; asks no source. */
  readonly known: CompiledPolicy | null
  /** When the source last answered, in milliseconds since the epoch; null if never. */
  readonly answeredAt: number | null
  /** Why the source provides no policy now, and which one is in force; null if it does. Asks no source. */
  readonly problem: Error | null
  /** The policy that is, or would be, in force, for support. Starts nothing that continues, such as polling. */
  peek(): Promise<CompiledPolicy | null>
  /**
   * Checks the source once more. Rejects if it cannot be asked, its policy is invalid, or no policy is in force
   * afterwards. The error says which policy is in force.
   */
  ready(): Promise<void>
  /** Stops checking; the policy in force stays. Settles in bounded time and never rejects, whatever the source does. */
  close(): Promise<void>
}

export interface PolicyHolderParts {
  readonly migration: string
  readonly source: PolicySource
  /** The policy to use if the source does not answer in time; null if there is none. */
  readonly fallback: PolicyDocument | null
  readonly emit: Emit
  readonly now: () => number
  /** Called before the first check. */
  readonly started?: () => void
  /** Called with each newly adopted policy. */
  readonly adopted?: (policy: CompiledPolicy) => void
}

/** How long a request waits for a check. */
const WAIT_MS = 2_000
/** Time between two checks for a first policy if the source has no `pollMs`. */
const PAUSE_MS = 1_000
/** After this many missed checks, timers have not run. */
const MISSED = 5
/** Minimum time between two notified checks: anybody who can connect to a database can send notifications. */
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
  /** Of the latest look; null if the source has answered. */
  let failure: Failure | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  /** A late answer may be older than the policy now in force. */
  function takeLate(loaded: LoadedPolicy): void {
    answeredAt = now()
    failure = null
    const version = versionOf(loaded.document)
    const isNews = record.policy === null || version === null || version > record.policy.document.version
    if (!isClosed && isNews) record.take(loaded)
  }

  /**
   * A suspended process had no timers, so the next request checks first. If there is a policy, nobody waits for a check
   * that may still be answered.
   */
  function isOverdue(): boolean {
    if (pollMs === null) return false
    const missedMs = MISSED * pollMs
    return hasPassed(now(), lookedAt, looking === null ? missedMs : Math.max(missedMs, LOOK_MS))
  }

  /** Never rejects: the last valid policy stays in force. Null if the source answered. */
  function look(): MaybePromise<Failure | null> {
    if (isClosed) return null
    if (looking !== null) return looking
    lookedAt = now()
    const looked = attempt(
      () =>
        andThen(ask(), (loaded) => {
          if (loaded !== null && !isObject(loaded)) throw wrongAnswer('load', loaded, '`{ document }` or null')
          answeredAt = now()
          failure = null
          if (!isClosed) record.take(loaded)
          return null
        }),
      (cause): Failure => {
        if (!isClosed) record.failed(cause)
        failure = { cause }
        return failure
      },
    )
    if (!isPending(looked)) return looked
    looking = looked.finally(() => (looking = null))
    return looking
  }

  function schedule(): void {
    if (pollMs === null || isClosed) return
    // Spreads the checks of instances that started together.
    timer = setTimeout(() => void Promise.resolve(look()).then(schedule), pollMs * (0.8 + 0.2 * Math.random()))
    // The timer must not keep a finished process alive. In some runtimes, timers are numbers.
    ;(timer as { unref?: () => void }).unref?.()
  }

  /** Checks again after a running check, which may have begun before the change. */
  const changed = throttled(() => (looking === null ? look() : looking.then(look)), QUIET_MS)
  let stopWatching: (() => Promise<void>) | null = null
  let isStarted = false

  /** Runs with the first request, because some runtimes allow no timers or fetches before it. */
  function start(): void {
    if (isStarted || isClosed) return
    isStarted = true
    parts.started?.()
    stopWatching = watchSource(source, changed.call, (cause) => emit({ type: 'policy_unavailable', migration, cause }))
    schedule()
  }

  /** An error that says what is wrong and which policy is in force meanwhile. */
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

  /** Our own errors already have a code and say what is wrong with the source. */
  const unasked = (cause: unknown): Error => (isAuthError(cause) ? cause : unready('its source cannot be read', cause))

  function problem(): Error | null {
    if (failure !== null) return unasked(failure.cause)
    if (record.policy !== null) return null
    if (record.rejected !== null) return unready('the policy that its source has is invalid', record.rejected)
    return initial === null ? unready('its source has no policy yet', undefined) : null
  }

  let first: Promise<void> | null = null
  let isFirstOver = false

  /** With a fallback, requests wait only for the first check, all until the same time. */
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
    get problem() {
      return problem()
    },
    current() {
      if (isClosed) return record.policy ?? initial
      if (!isStarted) start()
      const { policy } = record
      if (policy !== null && !isOverdue()) return policy
      // While there is no first policy, requests take turns to ask for it.
      if (policy === null && looking === null && !hasPassed(now(), lookedAt, pollMs ?? PAUSE_MS)) return initial
      const looked = look()
      if (!isPending(looked)) return record.policy ?? initial
      if (policy !== null || initial === null) return within(looked, WAIT_MS).then(() => record.policy ?? initial)
      return isFirstOver ? initial : firstLook(looked).then(() => record.policy ?? initial)
    },
    async ready() {
      start()
      // Makes its own check: a running one may have begun before the source recovered.
      if (looking !== null) await looking
      const failed = await look()
      if (failed !== null) throw unasked(failed.cause)
      try {
        await source.ready?.()
      } catch (cause) {
        throw unasked(cause)
      }
      const wrong = problem()
      if (wrong !== null) throw wrong
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
