import { optionError } from '../../settings/options.js'
import type { PublicJwk } from '../../crypto/port.js'
import { MAX_KEYS, usableKeys } from './fetch-key-set.js'
import type { HeldKeys } from './held-keys.js'
import { CLOCK_STEP_MS } from './key-set-policy.js'
import type { KeySetOwner } from './key-set.js'

/** A key set for another instance to start with. Public keys only. */
export interface ExportedKeySet {
  readonly verifier: string
  readonly url: string
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number
  readonly maxAgeMs: number
  readonly keys: readonly PublicJwk[]
}

/** The key sets of one `createDualAuth`, as JSON. */
export interface ExportedKeys {
  readonly version: 1
  readonly keySets: readonly ExportedKeySet[]
}

/** All key sets of one instance: what it starts with, and what can be exported. */
export interface KeyRing {
  /** The stored key set for this verifier and URL; unchecked. */
  stored(verifier: string, url: string): unknown
  /** @returns a function that removes it. */
  add(exportKeySet: () => ExportedKeySet | null): () => void
  export(): ExportedKeys
}

/** @throws {AuthError} `configuration_invalid`: unparsed text, or something that no version ever exported. */
export function createKeyRing(stored: unknown): KeyRing {
  if (typeof stored === 'string')
    throw optionError('createDualAuth.hydrate', 'must be what auth.exportKeys() returned; parse the text first')
  const { version, keySets } = (stored ?? {}) as { version?: unknown; keySets?: unknown }
  if (version === undefined && stored !== undefined && stored !== null)
    throw optionError(
      'createDualAuth.hydrate',
      'must be what auth.exportKeys() returned, or null; a promise needs await',
    )
  // Other unusable content is ignored, such as a newer version's: an instance must start.
  const entries: readonly Partial<ExportedKeySet>[] = version === 1 && Array.isArray(keySets) ? keySets : []
  const exports = new Set<() => ExportedKeySet | null>()
  return {
    stored: (verifier, url) => entries.find((entry) => entry?.verifier === verifier && entry.url === url),
    add(exportKeySet) {
      exports.add(exportKeySet)
      return () => void exports.delete(exportKeySet)
    },
    export: () => ({
      version: 1,
      keySets: [...exports].map((exportKeySet) => exportKeySet()).filter((keySet) => keySet !== null),
    }),
  }
}

/**
 * Starts a key set with stored keys. They pass the checks of a fetched set and keep their age. Unusable ones are
 * ignored.
 */
export function hydrate(held: HeldKeys, url: string, { verifier, now, emit, keyRing }: KeySetOwner): void {
  const { fetchedAt, maxAgeMs, keys } = (keyRing?.stored(verifier, url) ?? {}) as Partial<ExportedKeySet>
  if (!Array.isArray(keys) || keys.length > MAX_KEYS || !isMoment(fetchedAt) || !isMoment(maxAgeMs)) return
  // A key set dated in the future would not age; clocks of two instances differ a little.
  if (fetchedAt > now() + CLOCK_STEP_MS) return
  const usable = usableKeys(keys)
  if (usable.keys.length === 0) return
  held.restore(usable.keys, Math.min(fetchedAt, now()), maxAgeMs)
  if (held.phase === 'ended') return
  emit({ type: 'keys_hydrated', verifier, keys: usable.keys.length, skipped: usable.skipped, fetchedAt })
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
