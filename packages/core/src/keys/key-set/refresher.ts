import { plainError } from '../../errors/plain-error.js'
import { createBackOff } from '../../outbound/back-off.js'
import { addressOf, fetchOf, type Fetch } from '../../outbound/fetch-json.js'
import { fetchKeySet } from './fetch-key-set.js'
import type { HeldKeys } from './held-keys.js'
import { FAILURE_PAUSES } from './key-set-policy.js'
import type { KeySetOptions, KeySetOwner } from './key-set.js'
import { DEFAULTS } from './key-set-options.js'
import { createSingleFlight, type Flight, type Outcome } from '../../async/single-flight.js'
import { within } from '../../async/within.js'

/** Keys that are too old are worth only a short wait for newer ones. */
const PATIENCE_MS = 250

/** Refreshes one key set; all callers share the fetch. */
export interface Refresher {
  /** Whether the issuer's last answer failed, or is slow. */
  readonly isFailing: boolean
  readonly isUnderWay: boolean
  readonly startedAt: number
  /** @throws if it fails, or failed a moment ago. */
  refresh(): Promise<void>
  /** Like `refresh`, but waits only briefly and never throws. */
  refreshBriefly(): Promise<void>
  /** Like `refresh`, in the background. */
  refreshBehind(): void
  close(): void
}

export interface RefresherParts {
  readonly held: HeldKeys
  readonly options: KeySetOptions
  readonly owner: KeySetOwner
  readonly random: () => number
  readonly onNewKey: () => void
}

export function createRefresher({ held, options, owner, random, onNewKey }: RefresherParts): Refresher {
  const { url, timeoutMs = DEFAULTS.timeoutMs, waitUntil, load: loadKeys = fetchKeySet } = options
  const { verifier, now, emit } = owner
  const fetch = fetchOf(options.fetch)
  const backOff = createBackOff(FAILURE_PAUSES, now, random)
  const flights = createSingleFlight(load, timeoutMs, now)
  let isSlow = false
  let isClosed = false
  let lastCause: unknown

  async function load({ startedAt, closed, isCurrent }: Flight): Promise<Outcome> {
    let died = false
    const asking: Fetch = async (input, init) => {
      try {
        return await fetch(input, init)
      } catch (cause) {
        died = init.signal?.aborted !== true
        throw cause
      }
    }
    try {
      const fetched = await loadKeys(url, timeoutMs, asking, closed)
      if (held.receive(fetched, startedAt)) onNewKey()
      backOff.succeeded()
      return { ok: true }
    } catch (cause) {
      if (isCurrent()) backOff.failed()
      lastCause = cause
      emit({ type: 'keys_failed', verifier, cause, usableUntil: held.endsAt })
      return { ok: false, cause, died }
    } finally {
      if (isCurrent()) isSlow = false
    }
  }

  async function refresh(): Promise<void> {
    if (isClosed) throw plainError(`key set: closed, at ${addressOf(url)}`)
    if (!flights.isUnderWay && !backOff.isOver) throw plainError('key set: unavailable', lastCause)
    const outcome = await flights.join()
    if (!outcome.ok) throw outcome.cause
  }

  /** Keeps the work alive after the response of the request that started it. */
  function keepAlive(work: Promise<unknown>): void {
    try {
      waitUntil?.(work)
    } catch {
      // Outside a request, there is nothing to keep alive.
    }
  }

  return {
    get isFailing() {
      return isSlow || backOff.isFailing
    },
    get isUnderWay() {
      return flights.isUnderWay
    },
    get startedAt() {
      return flights.startedAt
    },
    refresh,
    async refreshBriefly() {
      const isOwn = !flights.isUnderWay
      const done = refresh().then(
        () => true,
        () => true,
      )
      if ((await within(done, PATIENCE_MS)) !== null) return
      isSlow = true
      if (isOwn) keepAlive(done)
    },
    refreshBehind() {
      if (isClosed || flights.isUnderWay || !backOff.isOver) return
      keepAlive(refresh().catch(() => {}))
    },
    close() {
      isClosed = true
      flights.close()
    },
  }
}
