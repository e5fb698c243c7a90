import { plainError } from '../../errors/plain-error.js'
import { addressOf, fetchOf } from '../../outbound/fetch-json.js'
import { DEFAULTS, insecureHostOf, type KeySetSettings } from '../../keys/key-set/key-set-options.js'
import { hasPassed } from '../../outbound/has-passed.js'
import { withCurrency } from '../../keys/key-set/currency.js'
import { remoteKeySet, type KeySetOwner } from '../../keys/key-set/key-set.js'
import type { KeySource } from '../../keys/key-set/key-source.js'
import { createSingleFlight, type Flight, type Outcome } from '../../async/single-flight.js'
import { discoverUrl } from './discovery.js'

interface Found {
  readonly url: string
  readonly keys: KeySource
  readonly checkedAt: number
}

/** After this age, the issuer is asked again for the address of its key set. */
const MAX_AGE_MS = 3_600_000
/** Without a known address, there is nothing to fall back on, so it is asked again soon. */
const COOLDOWN_MS = 1_000
/** With a known address, an outage of the metadata does no harm, so it is asked again later. */
const RETRY_MS = 60_000
/** Two documents, then the key set of a new address. */
const EXCHANGES = 3

/**
 * The key set in the issuer's metadata. Nothing is fetched before a token or `ready()` needs it; concurrent callers
 * share one fetch. A known address is checked again in the background. It stays in use if the metadata is not
 * available, and a new address replaces it only once its key set was fetched.
 */
export function discoveredKeys(issuer: string, settings: KeySetSettings, owner: KeySetOwner): KeySource {
  const { timeoutMs = DEFAULTS.timeoutMs, waitUntil } = settings
  const fetch = fetchOf(settings.fetch)
  const { now, emit, verifier } = owner
  const flights = createSingleFlight(load, timeoutMs * EXCHANGES, now)
  let found: Found | null = null
  let lastCause: unknown

  async function load({ closed }: Flight): Promise<Outcome> {
    const before = found
    let opened: KeySource | null = null
    try {
      const url = await discoverUrl('jwks_uri', issuer, { timeoutMs, fetch, closed }, insecureHostOf(settings))
      if (before?.url === url) {
        found = { ...before, checkedAt: now() }
        return { ok: true }
      }
      opened = remoteKeySet({ ...settings, url }, owner)
      if (before !== null) await opened.ready()
      found = { url, keys: opened, checkedAt: now() }
      before?.keys.close()
      return { ok: true }
    } catch (cause) {
      opened?.close()
      lastCause = cause
      emit({ type: 'keys_failed', verifier, cause })
      return { ok: false, cause, died: false }
    }
  }

  function refreshBehind({ checkedAt }: Found): void {
    const isDue = hasPassed(now(), checkedAt, MAX_AGE_MS) && hasPassed(now(), flights.startedAt, RETRY_MS)
    if (!isDue || flights.isUnderWay) return
    const work = flights.join()
    try {
      waitUntil?.(work)
    } catch {
      // Outside a request, there is nothing to keep alive.
    }
  }

  async function current(): Promise<KeySource> {
    const known = found
    if (known !== null) {
      refreshBehind(known)
      return known.keys
    }
    if (!flights.isUnderWay && !hasPassed(now(), flights.startedAt, COOLDOWN_MS))
      throw plainError('discovery: unavailable', lastCause)
    const outcome = await flights.join()
    if (!outcome.ok) throw outcome.cause
    return (found as Found).keys
  }

  return withCurrency({
    find(algorithm, kid, signsFor) {
      if (found === null) return current().then((keys) => keys.find(algorithm, kid, signsFor))
      refreshBehind(found)
      return found.keys.find(algorithm, kid, signsFor)
    },
    async ready() {
      const keys = await current().catch((cause: unknown) => {
        throw plainError(`metadata of ${addressOf(issuer)}`, cause)
      })
      await keys.ready()
    },
    close() {
      flights.close()
      found?.keys.close()
    },
  })
}
