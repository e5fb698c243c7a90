import { LRUCache } from 'lru-cache'
import { createCoalesce } from '../../async/coalesce.js'
import { hasPassed } from '../../outbound/has-passed.js'
import { andThen } from '../../async/maybe-promise.js'
import type { PublicKeyAlgorithm } from '../../crypto/port.js'
import { fetchOf } from '../../outbound/fetch-json.js'
import { createAbsences } from './absences.js'
import { withCurrency } from './currency.js'
import type { FetchedKeys, LoadKeys } from './fetch-key-set.js'
import { loadPem } from './fetch-pem.js'
import { DEFAULTS, type KeySetSettings } from './key-set-options.js'
import { remoteKeySet, type KeySetOwner } from './key-set.js'
import { KeysUnavailable, type KeySource } from './key-source.js'
import { createKidBudget } from './kid-budget.js'

export interface KeysByKidOptions extends KeySetSettings {
  /** The address of the keys; a `/` and the kid are appended. */
  readonly baseUrl: string
  /** The form of a kid, anchored. Any other kid never becomes part of an address. */
  readonly form: RegExp
  readonly algorithm: PublicKeyAlgorithm
}

const MAX_KEYS = 100
const MAX_FAILED = 1_000
/** A kid that got no answer is requested again after this time. */
const PAUSE_MS = 1_000

/**
 * Public keys that each have their own address, by `kid`, as PEM. A found key is kept like a key set with one key:
 * refreshed before it expires, kept while the issuer does not answer, and dropped when two answers say that it is gone.
 *
 * Tokens can name any kid, so unknown ones are limited: callers share the fetch of a kid, absent kids are remembered
 * for a while, and at most ten at once, then one a second, are requested. Beyond that, or if the issuer does not
 * answer, it throws because it cannot tell.
 */
export function keysByKid(options: KeysByKidOptions, instance: KeySetOwner): KeySource {
  const { baseUrl, form, algorithm: only, ...settings } = options
  const { timeoutMs = DEFAULTS.timeoutMs } = settings
  // No key ring: exports list key sets by address, and these addresses are unknown until a token names them.
  const owner: KeySetOwner = { verifier: instance.verifier, now: instance.now, emit: instance.emit }
  const { verifier, now, emit } = owner
  const fetch = fetchOf(settings.fetch)
  const known = new LRUCache<string, KeySource>({ max: MAX_KEYS, dispose: (source) => source.close() })
  const failed = new LRUCache<string, number>({ max: MAX_FAILED })
  const absent = createAbsences(now)
  const budget = createKidBudget(now)
  const closing = new AbortController()
  const lookUps = createCoalesce<KeySource | null>({ waitMs: 2 * timeoutMs, late: noAnswer })

  async function lookUp(kid: string): Promise<KeySource | null> {
    const failedAt = failed.peek(kid)
    if (failedAt !== undefined && !hasPassed(now(), failedAt, PAUSE_MS)) return noAnswer()
    if (!budget.take()) throw new KeysUnavailable('key: too many unknown kids', budget.pauseMs())
    const url = `${baseUrl}/${kid}`
    const load = loadPem(kid, only)
    let first: FetchedKeys
    try {
      first = await load(url, timeoutMs, fetch, closing.signal)
    } catch (cause) {
      failed.set(kid, now())
      emit({ type: 'keys_failed', verifier, cause, usableUntil: null })
      throw cause
    }
    if (first.keys.length === 0) {
      absent.add(kid)
      return null
    }
    const source = remoteKeySet({ ...settings, url, load: startingWith(first, load) }, owner)
    await source.ready()
    if (closing.signal.aborted) source.close()
    else known.set(kid, source)
    return source
  }

  return withCurrency({
    find(algorithm, kid) {
      if (algorithm !== only || kid === null || !form.test(kid)) return []
      const source = known.get(kid)
      if (source !== undefined) return source.find(algorithm, kid)
      if (absent.has(kid)) return []
      return andThen(
        lookUps.join(kid, () => lookUp(kid)),
        (found) => found?.find(algorithm, kid) ?? [],
      )
    },
    ready: async () => {},
    close() {
      closing.abort()
      known.clear()
    },
  })
}

function noAnswer(): never {
  throw new KeysUnavailable('key: no answer a moment ago', PAUSE_MS)
}

/** Uses the answer that was fetched when the key was looked for as the first one. */
function startingWith(first: FetchedKeys, load: LoadKeys): LoadKeys {
  let isFirst = true
  return async (...asked) => {
    if (!isFirst) return load(...asked)
    isFirst = false
    return first
  }
}
