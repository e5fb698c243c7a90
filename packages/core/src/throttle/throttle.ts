import { boundedCache, type BoundedCache } from '../cache/bounded-cache.js'
import type { CacheKey } from '../cache/cache-key.js'
import { flatCopy } from '../crypto/flat-copy.js'
import type { Emit } from '../events/events.js'
import type { HeaderView } from '../http/request.js'
import { addressOf } from './address.js'
import type { ParsedThrottle } from './options.js'

/**
 * Counts credentials that were not genuine. Remembered credentials never come here and successes do not count, so valid
 * callers are not throttled however often they call.
 */
export interface Throttle {
  /** For how many seconds this credential is not looked up. Null: it may be looked up. */
  waitOf(view: HeaderView, key: CacheKey): number | null
  /** Call it after a look-up that refused the credential. */
  failed(view: HeaderView, key: CacheKey, failure: Failure): void
}

/**
 * - `forged`: not issued here; counts for the credential, and once for its address
 * - `misplaced`: genuine, but not for this API; counts for the credential
 * - `over`: a session that no longer exists; counts once for its address, and is always answered
 */
export type Failure = 'forged' | 'misplaced' | 'over'

interface Count {
  count: number
  /** Milliseconds since the epoch. */
  readonly until: number
}

interface CredentialCount extends Count {
  /** The whole credential if the index is only part of it, so that another credential is not affected. */
  readonly whole: string | null
}

/** Total size of counted credentials, in characters. */
const MAX_WEIGHT = 4_194_304
const MAX_CREDENTIALS = 20_000
/** Concurrent calls to the limiter: clients queue calls while their server is down. */
const MOST_ASKED = 1_000

const NO_SOCKET = "throttle.address: 'socket' finds no connection in this server's requests; use a function instead"

export function createThrottle(options: ParsedThrottle, emit: Emit, now: () => number): Throttle {
  const { address: source, perAddress, perCredential, windowSeconds, maxAddresses, limiter } = options
  const windowMs = windowSeconds * 1_000
  const addresses = boundedCache<Count>(maxAddresses)
  const credentials = boundedCache<CredentialCount, CacheKey['index']>(MAX_CREDENTIALS, {
    maxWeight: MAX_WEIGHT,
    weigh: ({ whole }) => 128 + (whole?.length ?? 0),
  })
  let isBlind = false
  let isAway = false
  let asking = 0

  /** If the application's function throws, nobody must be refused. */
  function address(view: HeaderView): string | null {
    try {
      const found = addressOf(view, source)
      // A header may be missing and a function may return null, but a server's connection always has an address.
      if (found === null && source === 'socket') blind(new Error(NO_SOCKET))
      return found
    } catch (cause) {
      blind(cause)
      return null
    }
  }

  function blind(cause: unknown): void {
    if (!isBlind) emit({ type: 'unavailable', source: 'throttle', cause })
    isBlind = true
  }

  const current = <C extends Count>(count: C | undefined): C | null =>
    count === undefined || count.until <= now() ? null : count

  const waitFor = (count: Count | null, limit: number): number | null =>
    count === null || count.count < limit ? null : Math.max(1, Math.ceil((count.until - now()) / 1_000))

  function countOf({ index, whole }: CacheKey): CredentialCount | null {
    const count = current(credentials.get(index))
    return count?.whole === whole ? count : null
  }

  /** The result has the form of rate-limiter-flexible. */
  function share(network: string, count: Count): void {
    if (limiter === undefined) return
    if (asking >= MOST_ASKED) return away(new Error('the limiter does not answer'))
    const taken = (result: unknown): void => {
      isAway = false
      const { consumedPoints } = (result ?? {}) as { readonly consumedPoints?: unknown }
      if (typeof consumedPoints === 'number' && consumedPoints > count.count) count.count = consumedPoints
    }
    const refused = (cause: unknown): void => {
      const { msBeforeNext } = (cause ?? {}) as { readonly msBeforeNext?: unknown }
      if (typeof msBeforeNext !== 'number' || Number.isNaN(msBeforeNext)) return away(cause)
      isAway = false
      // An answer after the window is out of date.
      if (msBeforeNext <= 0 || current(count) === null) return
      addresses.set(network, { count: perAddress, until: now() + Math.min(msBeforeNext, windowMs) })
    }
    asking++
    // Also catches a synchronous throw.
    void (async () => limiter.consume(network))()
      .then(taken, refused)
      .then(() => void asking--)
  }

  function away(cause: unknown): void {
    if (!isAway) emit({ type: 'unavailable', source: 'throttle', cause })
    isAway = true
  }

  return {
    waitOf(view, key) {
      const wait = waitFor(countOf(key), perCredential)
      if (wait !== null || addresses.size === 0) return wait
      const network = address(view)
      return network === null ? null : waitFor(current(addresses.get(network)), perAddress)
    },
    failed(view, key, failure) {
      const known = countOf(key)
      if (known !== null) {
        if (failure !== 'over') known.count++
        return
      }
      const until = now() + windowMs
      credentials.set(...counted(key, until, failure === 'over' ? 0 : 1))
      // A client that repeats the same credential counts as one failure of its address.
      const network = failure === 'misplaced' ? null : address(view)
      if (network !== null) share(network, add(addresses, network, current(addresses.get(network)), until))
    },
  }
}

function add(addresses: BoundedCache<Count>, network: string, known: Count | null, until: number): Count {
  if (known !== null) {
    known.count++
    return known
  }
  const count = { count: 1, until }
  addresses.set(network, count)
  return count
}

function counted({ index, whole }: CacheKey, until: number, count: number): [CacheKey['index'], CredentialCount] {
  // A slice would keep the whole header in memory.
  const own = typeof index === 'number' ? index : flatCopy(index)
  return [own, { whole: whole === null ? null : flatCopy(whole), count, until }]
}
