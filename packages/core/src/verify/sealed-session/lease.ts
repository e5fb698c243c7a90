import type { MaybePromise } from '../../async/maybe-promise.js'
import type { RefreshStore } from './shared-store.js'

/** An answer worth sharing: a sealed session, or that the session is over. */
export type Shared = { readonly sealed: string } | 'ended'

/** Null: the holder of the lease did not answer in time. */
export type Share<Own> = { readonly own: Own } | { readonly shared: Shared } | null

export interface LeaseRules {
  readonly now: () => number
  /** How long a task may run before another instance takes over. */
  readonly leaseMs: number
  /** For how long an answer is given to those who come late. */
  readonly keepMs: number
}

const POLL_MS = 50
const RUNNING = 'running'
const ENDED = 'ended'

/**
 * Runs a task under a lease in the store. While another instance holds the lease, or has just run the task, its answer is
 * returned instead.
 *
 * @param shareable What others may have of the answer; null when they should try for themselves.
 * @throws whatever the store throws before the task was run.
 */
export async function runUnderLease<Own>(
  store: RefreshStore,
  key: string,
  rules: LeaseRules,
  task: () => Promise<Own>,
  shareable: (own: Own) => Shared | null,
): Promise<Share<Own>> {
  for (let waitedMs = 0; waitedMs <= rules.leaseMs; waitedMs += POLL_MS) {
    const lease = encode(RUNNING, rules, rules.leaseMs)
    if (await store.add(key, lease, rules.leaseMs)) {
      const own = await task()
      return (await settle(store, key, rules, lease, shareable(own))) ? { own } : { shared: ENDED }
    }
    const state = decode(await store.get(key), rules)
    // A store's own time to live is not to be trusted.
    if (state === 'over') await store.delete(key)
    else if (state !== RUNNING) return { shared: state }
    else await new Promise((resolve) => void setTimeout(resolve, POLL_MS))
  }
  return null
}

/**
 * The task has run: a store that fails now changes nothing for this caller.
 * @returns false where the session was ended meanwhile, which nothing that comes later undoes.
 */
async function settle(
  store: RefreshStore,
  key: string,
  rules: LeaseRules,
  lease: string,
  shared: Shared | null,
): Promise<boolean> {
  const put = (): MaybePromise<void> => (shared === null ? store.delete(key) : putShared(store, key, rules, shared))
  try {
    if (decode(await store.get(key), rules) === ENDED) return false
    await put()
  } catch {
    // Else the others would wait until the lease ends.
    void giveBack(store, key, rules, lease, put)
  }
  return true
}

/** Tries again, in longer and longer pauses, as long as the lease may stand. What another has written since is not touched. */
async function giveBack(
  store: RefreshStore,
  key: string,
  { leaseMs }: LeaseRules,
  lease: string,
  put: () => MaybePromise<void>,
): Promise<void> {
  for (let pauseMs = 2 * POLL_MS; pauseMs < leaseMs; pauseMs *= 2) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseMs)
      // Nothing that a process should stay for: the lease ends by its time.
      ;(timer as { unref?: () => void }).unref?.()
    })
    try {
      if ((await store.get(key)) === lease) await put()
      return
    } catch {
      // Still away.
    }
  }
}

export async function putShared(store: RefreshStore, key: string, rules: LeaseRules, shared: Shared): Promise<void> {
  await store.set(key, encode(shared === ENDED ? ENDED : shared.sealed, rules, rules.keepMs), rules.keepMs)
}

function encode(state: string, { now }: LeaseRules, ttlMs: number): string {
  return `${now() + ttlMs} ${state}`
}

function decode(value: string | null, { now }: LeaseRules): Shared | typeof RUNNING | 'over' {
  const space = value?.indexOf(' ') ?? -1
  if (value === null || space === -1 || !(Number(value.slice(0, space)) > now())) return 'over'
  const state = value.slice(space + 1)
  return state === RUNNING || state === ENDED ? state : { sealed: state }
}
