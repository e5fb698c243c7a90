import type { MaybePromise } from '../../async/maybe-promise.js'
import type { RefreshStore } from './shared-store.js'

/** An answer worth sharing: a sealed session, or that the session is over. */
export type Shared = { readonly sealed: string } | 'ended'

/** Null if the holder of the lease did not answer in time. */
export type Share<Own> = { readonly own: Own } | { readonly shared: Shared } | null

export interface LeaseRules {
  readonly now: () => number
  /** How long a task may run before another instance takes over. */
  readonly leaseMs: number
  /** How long an answer is kept for late callers, and how long writing it to a failing store is retried. */
  readonly keepMs: number
}

const POLL_MS = 50
const MAX_PAUSE_MS = 1_000
const RUNNING = 'running'
const ENDED = 'ended'

/**
 * Runs a task under a lease in the store. If another instance holds the lease or has just run the task, returns its
 * answer.
 *
 * @param shareable The part of the answer for others; null if they should try themselves.
 * @param first Runs before the lease is given back, to write to the store.
 * @throws whatever the store throws before the task runs.
 */
export async function runUnderLease<Own>(
  store: RefreshStore,
  key: string,
  rules: LeaseRules,
  task: () => Promise<Own>,
  shareable: (own: Own) => Shared | null,
  first: () => MaybePromise<void> = () => {},
): Promise<Share<Own>> {
  for (let waitedMs = 0; waitedMs <= rules.leaseMs; waitedMs += POLL_MS) {
    const lease = encode(RUNNING, rules, rules.leaseMs)
    if (await store.add(key, lease, rules.leaseMs)) {
      const own = await task()
      return (await settle(store, key, rules, { lease, shared: shareable(own), first })) ? { own } : { shared: ENDED }
    }
    const found = await store.get(key)
    const state = decode(found, rules)
    if (state !== 'over' && state !== RUNNING) return { shared: state }
    // Nothing is deleted where nothing was: by now, another instance may have its lease there.
    if (state === 'over' && found !== null) await clear(store, key, found, rules)
    else await pause(POLL_MS)
  }
  return null
}

/**
 * Does not rely on the store's own time to live. Others may have found the same: only one of them deletes it, and looks
 * again before, or it might delete the lease of the next.
 */
async function clear(store: RefreshStore, key: string, found: string, { leaseMs }: LeaseRules): Promise<void> {
  const clearing = `${key}:over`
  if (!(await store.add(clearing, RUNNING, leaseMs))) return pause(POLL_MS)
  if ((await store.get(key)) === found) await store.delete(key)
  await store.delete(clearing)
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds))
}

/** The answer that an instance kept for late callers; null if none. */
export async function sharedIn(store: RefreshStore, key: string, rules: LeaseRules): Promise<Shared | null> {
  const state = decode(await store.get(key), rules)
  return state === 'over' || state === RUNNING ? null : state
}

/** What is left to do once a task has run. */
interface Outcome {
  readonly lease: string
  readonly shared: Shared | null
  readonly first: () => MaybePromise<void>
}

/**
 * After the task has run, a failing store no longer matters to this caller.
 * @returns false if the session was ended meanwhile, which is final.
 */
async function settle(store: RefreshStore, key: string, rules: LeaseRules, outcome: Outcome): Promise<boolean> {
  try {
    if (decode(await store.get(key), rules) === ENDED) return false
    await put(store, key, rules, outcome)
  } catch {
    // Otherwise the others would wait until the lease ends and then run the task again.
    void giveBack(store, key, rules, outcome)
  }
  return true
}

async function put(store: RefreshStore, key: string, rules: LeaseRules, { shared, first }: Outcome): Promise<void> {
  await first()
  await (shared === null ? store.delete(key) : putShared(store, key, rules, shared))
}

/**
 * Retries with growing pauses as long as somebody may need the answer. The lease may be over by then; what another
 * instance has written since is left alone.
 */
async function giveBack(store: RefreshStore, key: string, rules: LeaseRules, outcome: Outcome): Promise<void> {
  const { lease, shared, first } = outcome
  const late = async (): Promise<void> => {
    await first()
    if (shared !== null)
      await store.add(key, encode(shared === ENDED ? ENDED : shared.sealed, rules, rules.keepMs), rules.keepMs)
  }
  const longestMs = Math.max(rules.leaseMs, rules.keepMs)
  for (let pauseMs = 2 * POLL_MS, waitedMs = 0; waitedMs < longestMs; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    waitedMs += pauseMs
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseMs)
      // A process need not stay alive for this: the lease expires by itself.
      ;(timer as { unref?: () => void }).unref?.()
    })
    try {
      const found = await store.get(key)
      if (found === lease) await put(store, key, rules, outcome)
      else if (found === null) await late()
      return
    } catch {
      // The store is still down.
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
