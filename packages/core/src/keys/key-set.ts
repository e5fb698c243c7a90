import { optionError } from '../errors/options.js'
import type { Emit } from '../events/events.js'
import type { KeyHandle, PublicKeyAlgorithm } from './crypto.js'
import { urlProblem } from './endpoint-url.js'
import type { Fetch } from './fetch-json.js'
import { fetchKeySet, type FetchedKeys } from './fetch-key-set.js'
import type { KeySource } from './key-source.js'

export interface KeySetOptions {
  /** `https`, or `http` on loopback. */
  readonly url: string
  /** After this age the set is fetched again. Default 10 minutes. */
  readonly maxAgeMs?: number
  /** Last good keys serve this long when the endpoint is down. Default 24 hours. */
  readonly staleIfErrorMs?: number
  /** Default 3 seconds. */
  readonly timeoutMs?: number
  readonly fetch?: Fetch | undefined
}

/** Whose key set it is, and the clock and events of the instance it serves. */
export interface KeySetOwner {
  readonly verifier: string
  readonly now: () => number
  readonly emit: Emit
}

/** One unknown `kid` a second may ask the issuer; junk can neither hammer it nor hide a new key for longer. */
const COOLDOWN_MS = 1_000

/** Trying every key of a set is bounded where a token names none. */
const MAX_TRIED = 8

/**
 * The key set of one issuer, for one verifier: never shared, whatever `kid` says. Fetches are
 * coalesced; an outage keeps the last good keys for `staleIfErrorMs`; withdrawn keys are gone with
 * the next fetch; an empty set counts only when a second fetch confirms it.
 */
export function remoteKeySet(options: KeySetOptions, { verifier, now, emit }: KeySetOwner): KeySource {
  const { url, maxAgeMs = 600_000, staleIfErrorMs = 86_400_000, timeoutMs = 3_000 } = options
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  // Made at the first fetch: Workers allow none at module scope.
  let closed: AbortController | null = null
  let current: (FetchedKeys & { readonly fetchedAt: number }) | null = null
  let pending: Promise<void> | null = null
  let attemptedAt = Number.NEGATIVE_INFINITY
  let emptySeen = false

  const load = async (): Promise<void> => {
    attemptedAt = now()
    closed ??= new AbortController()
    try {
      const fetched = await fetchKeySet(url, timeoutMs, fetch, closed.signal)
      const suspicious = fetched.keys.length === 0 && current !== null && current.keys.length > 0
      if (suspicious && !emptySeen) {
        emptySeen = true
        throw new Error('key set: empty; kept the last good keys until a second answer confirms it')
      }
      emptySeen = false
      current = { ...fetched, fetchedAt: now() }
      emit({ type: 'keys_fetched', verifier, keys: fetched.keys.length, skipped: fetched.skipped })
    } catch (cause) {
      emit({ type: 'keys_failed', verifier, cause })
      throw cause
    }
  }
  const refresh = (): Promise<void> => {
    pending ??= load().finally(() => {
      pending = null
    })
    return pending
  }
  const cooling = () => now() - attemptedAt < COOLDOWN_MS
  const usable = () => current !== null && now() - current.fetchedAt < maxAgeMs + staleIfErrorMs

  /** Brings a set that may be used, or throws: then nobody can tell. */
  const assertCurrent = async (): Promise<void> => {
    if (current !== null && now() - current.fetchedAt < maxAgeMs) return
    if (pending === null && cooling()) {
      if (usable()) return
      throw new Error('key set: unavailable')
    }
    try {
      await refresh()
    } catch (cause) {
      if (!usable()) throw cause
    }
  }

  const candidates = (algorithm: PublicKeyAlgorithm, kid: string | null) =>
    (current?.keys ?? []).filter((key) => key.fits(algorithm) && (kid === null || key.kid === kid)).slice(0, MAX_TRIED)

  return {
    async find(algorithm, kid) {
      const wanted = algorithm as PublicKeyAlgorithm
      await assertCurrent()
      let found = candidates(wanted, kid)
      if (found.length === 0 && (pending !== null || !cooling())) {
        await refresh()
        found = candidates(wanted, kid)
      }
      return importable(found.map(async (key) => key.handle(wanted)))
    },
    ready: async () => {
      if (current === null) await refresh()
    },
    close: () => closed?.abort(),
  }
}

/** A point off its curve shows only when the platform imports it; one bad key never spoils the others. */
async function importable(handles: readonly Promise<KeyHandle>[]): Promise<readonly KeyHandle[]> {
  const settled = await Promise.allSettled(handles)
  return settled.flatMap((handle) => (handle.status === 'fulfilled' ? [handle.value] : []))
}

export function assertKeySetUrl(text: string, path: string): string {
  const problem = urlProblem(text)
  if (problem !== null) throw optionError(path, problem)
  return new URL(text).href
}
