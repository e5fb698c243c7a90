import type { Emit } from '../../events/events.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { KeyHandle, PublicKeyAlgorithm } from '../../crypto/port.js'
import { createAbsences } from './absences.js'
import type { LoadKeys } from './fetch-key-set.js'
import { withCurrency } from './currency.js'
import { createHeldKeys } from './held-keys.js'
import { hydrate, type KeyRing } from './key-ring.js'
import { DEFAULTS, type KeySetSettings } from './key-set-options.js'
import { unavailableFor, type KeySource, type SignsFor } from './key-source.js'
import { createMissBudget } from './miss-budget.js'
import { createRefresher } from './refresher.js'

export interface KeySetOptions extends KeySetSettings {
  /** `https`, or `http` on loopback. */
  readonly url: string
  /** Randomises refreshes and pauses: a number from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number
  /** How the keys are fetched. Default: as a JWK set. */
  readonly load?: LoadKeys
}

/** The owner of a key set, and the clock, events and stored keys of its instance. */
export interface KeySetOwner {
  readonly verifier: string
  readonly now: () => number
  readonly emit: Emit
  readonly keyRing?: KeyRing | undefined
}

type Look = (
  algorithm: PublicKeyAlgorithm,
  kid: string | null,
  signsFor: SignsFor | undefined,
) => MaybePromise<readonly KeyHandle[]>

/**
 * The key set of one issuer for one verifier; never shared. Fetched when first needed, refreshed in the background
 * before it is too old, and kept while the issuer does not answer.
 *
 * Throws if it cannot tell: no usable keys, an unknown `kid` while the issuer fails, or a new `kid` right after a
 * fetch.
 */
export function remoteKeySet(options: KeySetOptions, owner: KeySetOwner): KeySource {
  const { url, maxAgeMs = DEFAULTS.maxAgeMs, staleIfErrorMs = DEFAULTS.staleIfErrorMs, random = Math.random } = options
  const { verifier, now, emit, keyRing } = owner
  const misses = createMissBudget(now)
  const absent = createAbsences(now)
  const onWithdrawn = absent.add
  const held = createHeldKeys({ verifier, url, maxAgeMs, staleIfErrorMs, now, random, emit, onWithdrawn })
  const refresher = createRefresher({ held, options, owner, random, onNewKey: misses.reset })
  hydrate(held, url, owner)
  const justFetched = unavailableFor('key set: just fetched')
  const leave = keyRing?.add(() => held.export())

  const look: Look = (algorithm, kid, signsFor) =>
    held.find(algorithm, kid, signsFor) ?? missed(algorithm, kid, signsFor)

  /** After a fetch that began later than the token arrived: a key missing from it does not exist. */
  const lookAgain: Look = (algorithm, kid, signsFor) => {
    const found = held.find(algorithm, kid, signsFor)
    if (found === null) absent.add(kid)
    return found ?? []
  }

  const missed: Look = (algorithm, kid, signsFor) => {
    const isYoung = held.phase === 'fresh' || held.phase === 'due'
    // Only a recent set of an issuer that answers proves that there is no such key.
    const cannotTell = !isYoung || refresher.isFailing || refresher.isUnderWay
    if (cannotTell || misses.take(refresher.startedAt))
      return refresher.refresh().then(() => lookAgain(algorithm, kid, signsFor))
    // The key may be newer than the set, but the issuer must not be asked again so soon.
    if (!absent.has(kid) && !held.has(kid)) throw justFetched(misses.pauseMs(refresher.startedAt))
    return lookAgain(algorithm, kid, signsFor)
  }

  return withCurrency({
    find(signatureAlgorithm, kid, signsFor) {
      const algorithm = signatureAlgorithm as PublicKeyAlgorithm
      const { phase } = held
      if (phase === 'fresh') return look(algorithm, kid, signsFor)
      if (phase === 'ended') return refresher.refresh().then(() => lookAgain(algorithm, kid, signsFor))
      if (phase === 'aged' && !refresher.isFailing)
        return refresher.refreshBriefly().then(() => look(algorithm, kid, signsFor))
      refresher.refreshBehind()
      return look(algorithm, kid, signsFor)
    },
    async ready() {
      if (held.phase === 'fresh' || held.phase === 'due') return
      await refresher.refresh().catch((cause: unknown) => {
        if (held.phase === 'ended') throw cause
      })
    },
    close() {
      leave?.()
      refresher.close()
    },
  })
}
