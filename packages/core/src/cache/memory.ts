import * as z from 'zod/mini'
import { createCoalesce } from '../async/coalesce.js'
import type { MaybePromise } from '../async/maybe-promise.js'
import { between, object, wholeBetween } from '../settings/schemas.js'
import type { Candidate, Unresolved } from '../request/resolution.js'
import { flatCopy } from '../crypto/flat-copy.js'
import type { Accepted, Rememberable, VerifiedIdentity } from '../route/verifier.js'
import { boundedCache } from './bounded-cache.js'
import { createDoorkeeper } from './doorkeeper.js'
import { createForgotten } from './forgotten.js'
import type { CacheKey } from './cache-key.js'

/** Limits of the memory for verified credentials. */
export interface RememberOptions {
  /** Maximum number of remembered credentials, up to 1,000,000. Default 10,000. */
  readonly maxEntries?: number
  /** Maximum size in bytes, by estimate. Accounts from `link` are not counted. Default 32 MiB. */
  readonly maxBytes?: number
  /** Upper limit for every verifier and its `rememberMs`, in milliseconds. Default 5 minutes. */
  readonly maxAgeMs?: number
  /**
   * How old an answer of `link` may be, in milliseconds. A deactivated account or a removed role takes effect up to
   * this much later. Default 0: `link` is called on every request.
   */
  readonly linkMaxAgeMs?: number
}

const milliseconds = between(0, 86_400_000)
export const rememberOptions: z.ZodMiniType<RememberOptions> = object({
  // The cache reserves 40 bytes for each.
  maxEntries: z.exactOptional(wholeBetween(1, 1_000_000)),
  maxBytes: z.exactOptional(wholeBetween(1, Number.MAX_SAFE_INTEGER)),
  maxAgeMs: z.exactOptional(milliseconds),
  linkMaxAgeMs: z.exactOptional(milliseconds),
})

/** The result of verifying one credential, shared by every request with it. */
export interface Remembered {
  /** Index of the verifier that owns it. */
  readonly owner: number
  /** Milliseconds since the epoch. */
  readonly until: number
  readonly isCurrent: Rememberable['isCurrent']
  readonly isRevoked: Rememberable['isRevoked']
  /** Null once `linked` is valid without limit, because it is not needed again. */
  identity: VerifiedIdentity | null
  /** The result of `link`. */
  linked: Candidate | null
  /** When `link` was last called; milliseconds since the epoch. */
  linkedAt: number
}

/** Remembers verifications. Only successes, so that junk evicts nothing. */
export interface Memory {
  /** An entry that has not expired and whose key is still accepted. */
  find(key: CacheKey): Remembered | null
  /**
   * Replaces the existing entry, which is removed even if the new one is not kept.
   * @param since The `era` when verification began: an entry forgotten meanwhile is not written back.
   */
  keep(key: CacheKey, owner: number, verification: Accepted, since: number): Remembered | null
  /** Drops an entry that a fresh check refused. */
  forget(key: CacheKey): void
  /** Increases with every `forget`. */
  readonly era: number
  /** Concurrent requests with the same credential share one verification; those that may refresh it share another. */
  once(key: CacheKey, refresh: boolean, task: () => MaybePromise<Judged>): MaybePromise<Judged>
}

type Judged = Candidate | Unresolved

/** How long a request waits for a verification started by another request. */
const WAIT_MS = 5_000
/** The size of an entry and its index, besides the credential and its claims. */
const OVERHEAD_BYTES = 512

interface Entry extends Remembered {
  readonly whole: string | null
  readonly bytes: number
}

/**
 * Remembers verified credentials, so that a warm request costs next to nothing. Never longer than the credential, its
 * session or its key. A revocation at the provider takes effect within the verifier's limit.
 *
 * @param evicted Called with the owner of an entry that was dropped early for lack of space.
 */
export function createMemory(options: RememberOptions, now: () => number, evicted?: (owner: number) => void): Memory {
  const { maxEntries = 10_000, maxBytes = 33_554_432, maxAgeMs = 300_000 } = options
  // Each entry has this minimum size, so a large `maxEntries` reserves no more than can be used.
  const max = Math.max(1, Math.min(maxEntries, Math.floor(maxBytes / OVERHEAD_BYTES)))
  const entries = boundedCache<Entry, CacheKey['index']>(
    max,
    { maxWeight: maxBytes, weigh: ({ bytes }) => bytes },
    evicted === undefined ? undefined : ({ owner, until }) => void (until > now() && evicted(owner)),
  )
  const doorkeeper = createDoorkeeper(max)
  const forgotten = createForgotten()
  const renewing = createCoalesce<Judged, CacheKey['index']>({ waitMs: WAIT_MS })
  const reading = createCoalesce<Judged, CacheKey['index']>({ waitMs: WAIT_MS })
  return {
    get era() {
      return forgotten.era
    },
    forget({ index, whole }) {
      // A refused credential may be junk in a large header: nothing of the header is kept.
      forgotten.forget(typeof index === 'number' ? index : flatCopy(index))
      if (entries.get(index)?.whole === whole) entries.delete(index)
    },
    find({ index, whole }) {
      const entry = entries.get(index)
      if (entry === undefined || entry.whole !== whole) return null
      if (entry.until > now() && isCurrent(entry)) return entry
      entries.delete(index)
      return null
    },
    keep({ index, whole }, owner, { identity, remember, cookies }, since) {
      const isKnown = entries.delete(index)
      if (forgotten.since(index, since)) return null
      // If there are cookies, the credential was replaced: the old one must not stay valid for longer.
      if (remember === undefined || cookies !== undefined) return null
      const until = Math.min(remember.until, now() + maxAgeMs)
      if (until <= now()) return null
      // While there is room, every credential is kept; later only those seen a second time.
      if (entries.size >= maxEntries / 2 && !isKnown && !doorkeeper.knows(index)) return null
      const copy = whole === null ? null : flatCopy(whole)
      // A token contains its claims, so its length shows their size.
      const bytes = OVERHEAD_BYTES + (copy === null ? bytesOf(identity.claims) : 3 * copy.length)
      const entry: Entry = {
        owner,
        until,
        isCurrent: remember.isCurrent,
        isRevoked: remember.isRevoked,
        identity,
        linked: null,
        linkedAt: 0,
        whole: copy,
        bytes,
      }
      entries.set(copy === null ? index : ownIndex(index, copy), entry)
      return entry
    },
    once: ({ index, whole }, refresh, task) => (refresh ? renewing : reading).join(index, task, whole),
  }
}

/** A key set that is no longer available throws; a new verification then reports why. */
function isCurrent(entry: Entry): boolean {
  try {
    return entry.isCurrent?.() !== false
  } catch {
    return false
  }
}

function bytesOf(claims: unknown): number {
  try {
    return (JSON.stringify(claims)?.length ?? 0) * 2
  } catch {
    // A schema's output may not be JSON.
    return 4_096
  }
}

/** A slice of the copy is cheapest; a slice of the original would keep the whole header alive. */
function ownIndex(index: CacheKey['index'], copy: string): CacheKey['index'] {
  if (typeof index === 'number') return index
  return copy.endsWith(index) ? copy.slice(-index.length) : flatCopy(index)
}
