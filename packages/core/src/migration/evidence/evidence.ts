import type { MaybePromise } from '../../async/maybe-promise.js'
import type { CarrierKind } from '../../events/events.js'
import type { Side } from '../stage.js'

/** What kind of client a credential travelled from: a browser by its cookie, an API key, or anything else. */
export type ClientKind = 'browser' | 'bearer' | 'key'

/**
 * That somebody was seen on one side of a migration on one day. Sightings add up: who was seen on both sides has used
 * both. No credential, hash or address is in it.
 */
export interface Sighting {
  readonly migration: string
  readonly side: Side
  /** `refused`: genuine, or of that shape, and refused because of the stage or the cut-off. */
  readonly outcome: 'accepted' | 'refused'
  /** The application's own user id; null where the stage refuses by shape, so that nobody was verified. */
  readonly user: string | null
  /** For which the request acted; null for none, or where nobody was verified. */
  readonly organization: string | null
  readonly client: ClientKind
  /** Name of the verifier. */
  readonly verifier: string
  /** In UTC, such as `2026-03-01`. */
  readonly day: string
  /** Milliseconds since the epoch, of the first and the last request that this sighting adds. */
  readonly firstAt: number
  readonly lastAt: number
  /** Requests that this sighting adds; at least 1. */
  readonly uses: number
  /** The latest end that a credential of these requests states, in milliseconds since the epoch; null where none does. */
  readonly expiresAt: number | null
}

/** That an instance was watching: without it, a day without sightings proves nothing. */
export interface Heartbeat {
  readonly migration: string
  /** One process, and one `createDualAuth` of it, for as long as it runs without a break. */
  readonly instance: string
  readonly day: string
  readonly firstAt: number
  /**
   * Everything up to here was written or counted as lost, but for what people did again within an hour of what is written
   * of them.
   */
  readonly lastAt: number
  /** When this was handed to the store, by the clock of the instance. */
  readonly writtenAt: number
  /** From a store with a clock of its own: how far that was ahead of the instance's, in milliseconds. */
  readonly skewMs?: number
  /** What the application calls this instance, such as the name of its pod; null or left out: nothing. */
  readonly label?: string | null
  /** Of the policy that it knows; null where it knows none. */
  readonly version: number | null
  /** `policyDigest` of that policy: a version may have been given out twice. Null or left out: not known. */
  readonly digest?: string | null
  /** Sightings that were dropped because the store could not be reached for too long. */
  readonly lost: number
  /** True for its last one: it was closed in good order. */
  readonly ended: boolean
}

/** Where evidence lasts. */
export interface EvidenceStore {
  /**
   * Adds sightings and heartbeats to what is known; times and ends widen, uses add up. Called every few seconds, with 2,000
   * sightings at most, never on the path of a request. A throw means that nothing was written: the same is handed over again later.
   */
  write(sightings: readonly Sighting[], heartbeat: Heartbeat): MaybePromise<unknown>
  /** Rejects where it cannot be asked now. Default: taken to be ready. */
  ready?(): MaybePromise<unknown>
}

export function clientKind(carrier: CarrierKind, isKey: boolean): ClientKind {
  if (isKey) return 'key'
  return carrier === 'cookie' ? 'browser' : carrier === 'header' ? 'key' : 'bearer'
}

/** Times and ends widen, uses add up. */
export function sumOf(one: Sighting, other: Sighting): Sighting {
  return {
    ...one,
    firstAt: Math.min(one.firstAt, other.firstAt),
    lastAt: Math.max(one.lastAt, other.lastAt),
    uses: one.uses + other.uses,
    expiresAt: one.expiresAt === null ? other.expiresAt : Math.max(one.expiresAt, other.expiresAt ?? 0),
  }
}
