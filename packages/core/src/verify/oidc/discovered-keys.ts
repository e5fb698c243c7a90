import type { Fetch } from '../../keys/fetch-json.js'
import type { KeySource } from '../../keys/key-source.js'
import { remoteKeySet, type KeySetOwner } from '../../keys/key-set.js'
import { discoverKeySetUrl } from './discovery.js'

export interface DiscoveredKeysOptions {
  readonly issuer: string
  /** After this age the issuer is asked again where its key set is. Default 1 hour. */
  readonly maxAgeMs?: number
  /** Default 3 seconds. */
  readonly timeoutMs?: number
  readonly fetch?: Fetch
}

interface Found {
  readonly url: string
  readonly keys: KeySource
  readonly checkedAt: number
}

/** Without an address there is nothing to fall back on: asked again soon. */
const COOLDOWN_MS = 1_000
/** With one, an outage of the metadata costs nobody anything: asked again later. */
const RETRY_MS = 60_000

/**
 * The key set that the issuer names. Nothing is fetched before a token or `ready()` asks; concurrent
 * asking is one fetch; the last good address goes on when the metadata cannot be had, and a new one
 * replaces it only when its key set was fetched.
 */
export function discoveredKeys(options: DiscoveredKeysOptions, owner: KeySetOwner): KeySource {
  const { issuer, maxAgeMs = 3_600_000, timeoutMs = 3_000 } = options
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const { now, emit, verifier } = owner
  // Made at the first fetch: Workers allow none at module scope.
  let closed: AbortController | null = null
  let found: Found | null = null
  let pending: Promise<KeySource> | null = null
  let attemptedAt = Number.NEGATIVE_INFINITY

  const load = async (): Promise<KeySource> => {
    attemptedAt = now()
    closed ??= new AbortController()
    let opened: KeySource | null = null
    try {
      const url = await discoverKeySetUrl(issuer, { timeoutMs, fetch, closed: closed.signal })
      if (url !== found?.url) {
        opened = remoteKeySet({ url, timeoutMs, fetch }, owner)
        if (found !== null) await opened.ready()
      }
      if (opened !== null) found?.keys.close()
      found = { url, keys: opened ?? (found as Found).keys, checkedAt: now() }
      return found.keys
    } catch (cause) {
      opened?.close()
      emit({ type: 'keys_failed', verifier, cause })
      if (found === null) throw cause
      return found.keys
    }
  }

  const current = async (): Promise<KeySource> => {
    const wait = found === null ? COOLDOWN_MS : RETRY_MS
    if (found !== null && now() - found.checkedAt < maxAgeMs) return found.keys
    if (pending === null && now() - attemptedAt < wait) {
      if (found === null) throw new Error('discovery: unavailable')
      return found.keys
    }
    pending ??= load().finally(() => {
      pending = null
    })
    return pending
  }

  return {
    find: async (algorithm, kid) => (await current()).find(algorithm, kid),
    ready: async () => (await current()).ready(),
    close() {
      closed?.abort()
      found?.keys.close()
    },
  }
}
