import { AuthError, type RefreshStore } from '@dualauth/core'
import { memoryStore, runUnderLease, timedStore } from '@dualauth/core/adapter'
import { createOutlines } from './outlines.js'
import type { Sealing } from './sealing.js'

/** What is known of all refresh tokens that came of one sign-in. */
export interface Family {
  /** Of the newest refresh token; those before it were replaced. */
  readonly generation: number
  /** `ending`: it must be ended, and not everybody was told yet. */
  readonly state: 'live' | 'ending' | 'ended'
  /** What came for the refresh token before the newest one; null also where only this process knew it, and had no room for it. */
  readonly answer: FamilyAnswer | null
  /** Since when the answer may be in the hands of the client, in milliseconds; null while it was kept back. */
  readonly handedOutAt: number | null
  /** Refresh tokens that were replaced before, and are in their grace. */
  readonly replaced: readonly ReplacedToken[]
  /** When the refresh token was given that the answer came for, in seconds; null: at the sign-in. */
  readonly heldSince: number | null
  /** Whose tokens they are; null until the first were judged. */
  readonly owner: FamilyOwner | null
  /** Access tokens before that of the answer which are still good, and belong to no session. */
  readonly before: readonly FamilyToken[]
}

/** A refresh token that was replaced, and when the answer to it was handed out, in milliseconds. */
export interface ReplacedToken {
  readonly generation: number
  readonly handedOutAt: number
}

/** An access token, and until when it is good, in seconds since the epoch; null if nobody says. */
export interface FamilyToken {
  readonly accessToken: string
  readonly expiresAt: number | null
}

export interface FamilyAnswer extends FamilyToken {
  /** As the client gets it. */
  readonly refreshToken: string
}

export interface FamilyOwner {
  readonly verifier: string
  readonly issuer: string
  readonly subject: string
  readonly principalId: string
  readonly sessionId: string | null
}

export interface Families {
  /**
   * One task for a family at a time, among all instances.
   * @throws {AuthError} `store_unavailable`: before the task; `verifier_unavailable`: another instance takes too long.
   */
  exclusively<T>(id: string, task: (family: Family | null) => Promise<T>): Promise<T>
  /** @throws {AuthError} `store_unavailable` */
  write(id: string, family: Family): Promise<void>
  /** The same, where something was done that cannot be undone: while the store is away, this process keeps it. */
  keep(id: string, family: Family): Promise<void>
}

export interface FamilyParts {
  readonly store: RefreshStore | undefined
  readonly sealing: Sealing
  readonly now: () => number
  /** How long a task may take. */
  readonly taskMs: number
  readonly rememberMs: number
  readonly onError: (cause: unknown) => void
}

const STORE_TIMEOUT_MS = 1_000
/** Of the store, within a task. */
const COMMANDS = 5
/** How long a store that is away is tried again, for what only this process knows. */
const KEPT_MS = 600_000

/** What is stored is sealed; its key is a digest. One entry for each family, however often it is refreshed. */
export function createFamilies({ store, sealing, now, taskMs, rememberMs, onError }: FamilyParts): Families {
  const memory = memoryStore(now)
  const shared = store === undefined ? memory : timedStore(store, STORE_TIMEOUT_MS)
  const leaseMs = taskMs + COMMANDS * STORE_TIMEOUT_MS
  const outlines = store === undefined ? createOutlines(now, rememberMs) : null
  const rules = { now, leaseMs, keepMs: KEPT_MS }

  async function opened(value: string | null): Promise<Family | null> {
    const space = value?.indexOf(' ') ?? -1
    // A store's own time to live is not to be trusted.
    if (value === null || !(Number(value.slice(0, space)) > now())) return null
    return ((await sealing.open(value.slice(space + 1))) ?? null) as Family | null
  }
  const encoded = async (family: Family): Promise<string> => `${now() + rememberMs} ${await sealing.seal(family)}`

  async function read(id: string): Promise<Family | null> {
    const key = keyOf(id)
    const known = (await opened(await asStore(() => shared.get(key)))) ?? outlines?.get(id) ?? null
    const kept = shared === memory ? null : await opened(memory.get(key))
    return kept === null || (known !== null && isNewer(known, kept)) ? known : kept
  }

  async function write(id: string, family: Family): Promise<void> {
    const value = await encoded(family)
    await asStore(() => shared.set(keyOf(id), value, rememberMs))
    outlines?.set(id, family)
    if (shared !== memory) void memory.delete(keyOf(id))
  }

  /** Before another instance may have its turn: it would spend the refresh token once more, and the provider would end the sign-in. */
  async function bringBack(id: string): Promise<void> {
    const key = keyOf(id)
    const value = shared === memory ? null : memory.get(key)
    const kept = await opened(value)
    if (value === null || kept === null) return
    const known = await opened(await shared.get(key))
    if (known === null || !isNewer(known, kept)) await shared.set(key, value, rememberMs)
    void memory.delete(key)
  }

  return {
    async exclusively<T>(id: string, task: (family: Family | null) => Promise<T>) {
      const run = () => settled(async () => task(await read(id)))
      const share = await asStore(() =>
        runUnderLease(
          shared,
          `${keyOf(id)}:lease`,
          rules,
          run,
          () => null,
          () => bringBack(id),
        ),
      )
      if (share === null || !('own' in share)) throw busy()
      if ('thrown' in share.own) throw share.own.thrown
      return share.own.value
    },
    write,
    async keep(id, family) {
      await write(id, family).catch(async (cause: unknown) => {
        onError(cause)
        memory.set(keyOf(id), await encoded(family), rememberMs)
      })
    },
  }
}

export function busy(): AuthError {
  const cause = new Error('refresh: another instance refreshes this token')
  return new AuthError('verifier_unavailable', { cause, retryAfterSeconds: 1 })
}

/** @throws {AuthError} `store_unavailable` */
async function asStore<T>(command: () => T | Promise<T>): Promise<T> {
  try {
    return await command()
  } catch (cause) {
    throw new AuthError('store_unavailable', { cause })
  }
}

/** What ended stays ended. */
function isNewer(one: Family, other: Family): boolean {
  if (one.state !== 'live' || other.state !== 'live') return one.state !== 'live'
  return one.generation > other.generation
}

type Settled<T> = { readonly value: T } | { readonly thrown: unknown }

/** A lease is given back whatever becomes of the task. */
async function settled<T>(task: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await task() }
  } catch (thrown) {
    return { thrown }
  }
}

function keyOf(id: string): string {
  return `dualauth:refresh:${id}`
}
