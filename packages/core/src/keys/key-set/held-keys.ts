import { plainError } from '../../errors/plain-error.js'
import { addressOf } from '../../outbound/fetch-json.js'
import type { Emit } from '../../events/events.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { KeyHandle, PublicKeyAlgorithm } from '../../crypto/port.js'
import type { FetchedKeys } from './fetch-key-set.js'
import type { ExportedKeySet } from './key-ring.js'
import type { SignsFor } from './key-source.js'
import { lifetimeMs, lifetimeOf, phaseOf, type Lifetime, type Phase } from './key-set-policy.js'
import { handlesOf, type PublishedKey } from '../import/verification-key.js'

/** How many keys are tried if a token names none. */
const MAX_TRIED = 8

export interface HeldKeysParts {
  readonly verifier: string
  readonly url: string
  readonly maxAgeMs: number
  readonly staleIfErrorMs: number
  readonly now: () => number
  readonly random: () => number
  readonly emit: Emit
  /** Called for each key that a newly fetched set no longer contains. */
  readonly onWithdrawn: (kid: string | null) => void
}

/** The keys of one issuer in memory, and how old they are. */
export interface HeldKeys {
  readonly phase: Phase
  /** When the last good keys expire; null if there are none. */
  readonly endsAt: number | null
  /** Whether a key has this `kid`, whatever its algorithm. */
  has(kid: string | null): boolean
  /** Null if no key matches this header. Empty if those that match sign for another issuer. */
  find(
    algorithm: PublicKeyAlgorithm,
    kid: string | null,
    signsFor: SignsFor | undefined,
  ): MaybePromise<readonly KeyHandle[]> | null
  /**
   * Replaces the held keys, unless they are newer.
   * @returns whether a key is new.
   * @throws if the set is empty and no second answer has confirmed that yet.
   */
  receive(fetched: FetchedKeys, fetchedAt: number): boolean
  /** Takes keys exported by another instance. */
  restore(keys: readonly PublishedKey[], fetchedAt: number, lifeMs: number): void
  export(): ExportedKeySet | null
}

interface Held {
  readonly keys: readonly PublishedKey[]
  readonly byKid: ReadonlyMap<string | null, PublishedKey>
  readonly lifetime: Lifetime
}

export function createHeldKeys(parts: HeldKeysParts): HeldKeys {
  const { verifier, url, maxAgeMs, staleIfErrorMs, now, random, emit, onWithdrawn } = parts
  let held: Held | null = null
  let emptySeen = false

  const hold = (keys: readonly PublishedKey[], fetchedAt: number, lifeMs: number): void => {
    held = {
      keys,
      byKid: new Map(keys.map((key) => [key.kid, key])),
      lifetime: lifetimeOf(fetchedAt, lifeMs, staleIfErrorMs, random),
    }
  }

  const phase = (): Phase => (held === null ? 'ended' : phaseOf(held.lifetime, now()))

  return {
    get phase() {
      return phase()
    },
    get endsAt() {
      return held === null || phase() === 'ended' ? null : held.lifetime.endsAt
    },
    has: (kid) => held?.byKid.has(kid) === true,
    find(algorithm, kid, signsFor) {
      if (held === null) return null
      if (kid !== null) {
        const named = held.byKid.get(kid)
        if (named?.fits(algorithm) !== true) return null
        return isMeant(named, signsFor) ? handlesOf([named], algorithm) : []
      }
      const found = held.keys.filter((key) => key.fits(algorithm))
      if (found.length === 0) return null
      const meant = found.filter((key) => isMeant(key, signsFor))
      return handlesOf(meant.slice(0, MAX_TRIED), algorithm)
    },
    receive({ keys, skipped, maxAgeMs: asked }, fetchedAt) {
      const before = held?.keys ?? []
      if (held !== null && fetchedAt < held.lifetime.fetchedAt) return false
      if (keys.length === 0 && !emptySeen && held?.keys.length !== 0) {
        emptySeen = true
        throw plainError(`key set: empty, at ${addressOf(url)}; believed only when a second answer confirms it`)
      }
      emptySeen = false
      const known = new Map(before.map((key) => [identityOf(key), key]))
      // Keys that stay keep their imported handles.
      const next = keys.map((key) => known.get(identityOf(key)) ?? key)
      const added = next.filter((key) => !before.includes(key)).length
      const withdrawn = before.filter((key) => !next.includes(key))
      for (const { kid } of withdrawn) onWithdrawn(kid)
      hold(next, fetchedAt, lifetimeMs(maxAgeMs, asked))
      emit({ type: 'keys_fetched', verifier, keys: next.length, skipped, added, withdrawn: withdrawn.length })
      return added > 0
    },
    restore: (keys, fetchedAt, lifeMs) => hold(keys, fetchedAt, lifetimeMs(maxAgeMs, lifeMs)),
    export() {
      if (held === null || held.keys.length === 0 || phase() === 'ended') return null
      const { fetchedAt, agedAt } = held.lifetime
      return { verifier, url, fetchedAt, maxAgeMs: agedAt - fetchedAt, keys: held.keys.map(({ jwk }) => jwk) }
    },
  }
}

function isMeant({ jwk: { issuer } }: PublishedKey, signsFor: SignsFor | undefined): boolean {
  return issuer === undefined || signsFor === undefined || signsFor(issuer)
}

function identityOf({ jwk }: PublishedKey): string {
  return JSON.stringify(jwk)
}
