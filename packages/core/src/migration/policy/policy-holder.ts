import { andThen, attempt, isPending, type MaybePromise } from '../../async/maybe-promise.js'
import { within } from '../../async/within.js'
import type { Emit } from '../../events/events.js'
import { hasPassed } from '../../outbound/has-passed.js'
import { adoptPolicy, type Adopted } from './adopt-policy.js'
import { compilePolicy, type CompiledPolicy } from './compiled-policy.js'
import type { PolicyDocument } from './policy-document.js'
import type { LoadedPolicy, PolicySource } from './policy-source.js'
import { rejectedPolicy, type IsRejected } from './rejected-policy.js'
import { watchSource } from './watch-source.js'

/** Keeps the newest good policy of one migration, and looks for newer ones. */
export interface PolicyHolder {
  /** What counts now; null where no policy was ever had. Without a promise wherever that is known. */
  current(): MaybePromise<CompiledPolicy | null>
  /** Looks once more. Rejects where the source cannot be asked, or no policy counts after it. */
  ready(): Promise<void>
  /** What counts then stays. Settles in bounded time and never rejects, whatever the source does. */
  close(): Promise<void>
}

export interface PolicyHolderParts {
  readonly migration: string
  readonly source: PolicySource
  /** What counts until the source has answered; null: nothing does. */
  readonly fallback: PolicyDocument | null
  readonly emit: Emit
  readonly now: () => number
  /** Called with each policy that counts from now on. */
  readonly adopted?: (policy: CompiledPolicy) => void
}

/** How long a look may take. */
const LOOK_MS = 5_000
/** How long a request waits for one. */
const WAIT_MS = 2_000
/** Between two looks for a first policy where the source names no time. */
const PAUSE_MS = 1_000
/** A process that was suspended has had no timers: after so many missed looks, a request looks first. */
const MISSED = 5

export function createPolicyHolder(parts: PolicyHolderParts): PolicyHolder {
  const { migration, source, fallback, emit, now } = parts
  const { pollMs = null } = source
  const initial = fallback === null ? null : compilePolicy(fallback, { previous: null, at: now() })
  let policy: CompiledPolicy | null = null
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false
  let isRejected: IsRejected = () => false
  /** Each mistake makes one event, not one at every look. */
  let mistake: string | null = null

  function take(loaded: LoadedPolicy | null): void {
    if (isClosed) return
    mistake = mistake === 'unavailable' ? null : mistake
    if (loaded === null) return
    if (!isRejected(loaded)) {
      const adopted = adoptPolicy(policy, loaded, now())
      if (adopted.kind === 'known') return
      if (adopted.kind === 'adopted') return count(adopted.policy)
      reject(adopted, loaded)
    }
    const { lastGood = null } = loaded
    const good = lastGood === null ? null : adoptPolicy(policy, lastGood, now())
    if (good?.kind === 'adopted') count(good.policy)
  }

  function count(adopted: CompiledPolicy): void {
    policy = adopted
    mistake = null
    parts.adopted?.(policy)
    const { version, stage } = policy.document
    emit({ type: 'policy_adopted', migration, version, stage })
  }

  function reject({ reason, version, cause }: Rejected, loaded: LoadedPolicy): void {
    if (reason === 'invalid') isRejected = rejectedPolicy(loaded)
    once(`${reason} ${version}`, () => emit({ type: 'policy_rejected', migration, reason, version, cause }))
  }

  function once(what: string, tell: () => void): void {
    if (mistake !== what) tell()
    mistake = what
  }

  /** Never rejects: the last good policy stays. */
  function look(): MaybePromise<void> {
    if (isClosed) return
    if (looking !== null) return looking
    lookedAt = now()
    const failed = (cause: unknown): void => {
      if (!isClosed) once('unavailable', () => emit({ type: 'policy_unavailable', migration, cause }))
    }
    const looked = attempt(() => andThen(bounded(source.load()), take), failed)
    if (!isPending(looked)) return
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
  function changed(): void {
    void (looking === null ? look() : looking.then(look))
  }

  let stopWatching: (() => Promise<void>) | null = null
  let isStarted = false

  /** With the first question: some runtimes allow neither timers nor requests before their first one. */
  function start(): void {
    if (isStarted || isClosed) return
    isStarted = true
    stopWatching = watchSource(source, changed, (cause) => emit({ type: 'policy_unavailable', migration, cause }))
    schedule()
  }

  return {
    current() {
      if (isClosed) return policy ?? initial
      if (!isStarted) start()
      const isFresh = pollMs === null || !hasPassed(now(), lookedAt, MISSED * pollMs)
      if (policy !== null && isFresh) return policy
      // While a first policy cannot be had, requests ask for it one after the other, not all of them.
      if (policy === null && looking === null && !hasPassed(now(), lookedAt, pollMs ?? PAUSE_MS)) return initial
      const looked = look()
      if (!isPending(looked)) return policy ?? initial
      return policy === null && initial !== null ? initial : within(looked, WAIT_MS).then(() => policy)
    },
    async ready() {
      start()
      // As a look of its own: one that is under way may have begun before the source came back.
      take(await bounded(source.load()))
      await source.ready?.()
      if (policy === null && initial === null) throw new Error(`migration "${migration}" has no policy yet`)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await stopWatching?.()
    },
  }
}

type Rejected = Extract<Adopted, { kind: 'rejected' }>

function bounded(loaded: MaybePromise<LoadedPolicy | null>): MaybePromise<LoadedPolicy | null> {
  if (!isPending(loaded)) return loaded
  return within(
    loaded.then((found) => ({ found })),
    LOOK_MS,
  ).then((answer) => {
    if (answer === null) throw new Error(`its source has not answered within ${LOOK_MS} ms`)
    return answer.found
  })
}
