import type { MaybePromise } from '../../async/maybe-promise.js'
import type { CarrierKind } from '../../events/events.js'
import type { Side } from '../stage.js'

/** The kind of client: a browser (cookie), an API key, or anything else. */
export type ClientKind = 'browser' | 'bearer' | 'key'

/**
 * A record that a person was seen on one side of a migration on one day. A person seen on both sides has one for each.
 * Contains no credential, hash or e-mail address.
 */
export interface Sighting {
  readonly migration: string
  readonly side: Side
  /**
   * `refused`: the credential was genuine, or had the shape of that side, and was refused because of the stage or the
   * cut-off.
   */
  readonly outcome: 'accepted' | 'refused'
  /** The application's own user id. Null if the stage refuses by shape, because nothing was verified. */
  readonly user: string | null
  /** The organization that the request acted for. Null for none, or if nothing was verified. */
  readonly organization: string | null
  readonly client: ClientKind
  /** Name of the verifier. */
  readonly verifier: string
  /** In UTC, such as `2026-03-01`. */
  readonly day: string
  /** Time of the first and the last request in this sighting, in milliseconds since the epoch. */
  readonly firstAt: number
  readonly lastAt: number
  /** Number of requests in this sighting; at least 1. */
  readonly uses: number
  /** The latest expiry of the credentials of these requests, in milliseconds since the epoch. Null if none has one. */
  readonly expiresAt: number | null
}

/** A record that an instance was watching. Without it, a day without sightings proves nothing. */
export interface Heartbeat {
  readonly migration: string
  /** Identifies one `createDualAuth` of one process, as long as it runs without a break. */
  readonly instance: string
  readonly day: string
  readonly firstAt: number
  /**
   * Everything up to this time was written or counted as lost, except repeated use within an hour of a written sighting
   * of the same person.
   */
  readonly lastAt: number
  /** When this was passed to the store, by the clock of the instance. */
  readonly writtenAt: number
  /** Set by a store with its own clock: how far it was ahead of the instance's clock, in milliseconds. */
  readonly skewMs?: number
  /** The application's name for this instance, such as its pod. Null or absent: none. */
  readonly label?: string | null
  /** The version of its policy; null if it has none. */
  readonly version: number | null
  /** `policyDigest` of that policy, because a version may have been used twice. Null or absent: unknown. */
  readonly digest?: string | null
  /** Sightings that were dropped because the store could not be reached for too long. */
  readonly lost: number
  /** True for the last heartbeat: the instance was closed properly. */
  readonly ended: boolean
}

/** A store for evidence. */
export interface EvidenceStore {
  /**
   * Merges sightings and a heartbeat into the stored ones: times widen, the latest expiry wins, uses add up. Called
   * every few seconds with at most 2,000 sightings, never in the request path. A throw means that nothing was written;
   * the same input is passed again later.
   */
  write(sightings: readonly Sighting[], heartbeat: Heartbeat): MaybePromise<unknown>
  /** Rejects if the store is not available. Default: assumed to be ready. */
  ready?(): MaybePromise<unknown>
}

export function clientKind(carrier: CarrierKind, isKey: boolean): ClientKind {
  if (isKey) return 'key'
  return carrier === 'cookie' ? 'browser' : carrier === 'header' ? 'key' : 'bearer'
}

/** Times widen, the latest expiry wins, uses add up. */
export function sumOf(one: Sighting, other: Sighting): Sighting {
  return {
    ...one,
    firstAt: Math.min(one.firstAt, other.firstAt),
    lastAt: Math.max(one.lastAt, other.lastAt),
    uses: one.uses + other.uses,
    expiresAt: one.expiresAt === null ? other.expiresAt : Math.max(one.expiresAt, other.expiresAt ?? 0),
  }
}
