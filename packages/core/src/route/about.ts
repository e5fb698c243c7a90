import type { Shape } from './shape.js'

/** The names of one table of another system, as the application configured them. */
export interface TableAbout {
  readonly role: 'session' | 'user' | 'member'
  /** May include a schema. */
  readonly table: string
  /** Maps each field of the other system to its column. */
  readonly columns: Readonly<Record<string, string>>
}

/** Where a source of sessions reads, as data. */
export type SourceAbout =
  | {
      readonly kind: 'sql'
      /** The function that reads the tables. */
      readonly reader: 'sqlSessions' | 'authJsSessions' | 'sessionRows'
      readonly tables: readonly TableAbout[]
    }
  | { readonly kind: 'redis'; readonly prefix: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'instance' }
  /** Nothing is looked up: the credential alone decides. */
  | { readonly kind: 'stateless' }
  /** A function of the application's own. */
  | { readonly kind: 'function' }

/** Something unsafe that is accepted until a date. */
export interface AcceptanceAbout {
  readonly option: 'acceptWeakSecret' | 'acceptUnlimited'
  /** ISO 8601. */
  readonly until: string
}

/** A verifier's description of its configuration: data without secrets. Only the first member is required. */
export interface VerifierAbout {
  /** The function that created it, such as `legacyJwt`. */
  readonly kind: string
  /** URLs of the key sets that it fetches, except those found through `metadata`. */
  readonly keySets?: readonly string[]
  /** Where its issuer publishes its metadata. */
  readonly metadata?: readonly string[]
  /** Whether it fetches with a function of the application. Another process may then not reach the same servers. */
  readonly hasOwnFetch?: boolean
  readonly sessions?: SourceAbout | null
  /** The store that instances share to refresh sessions. Null: none, or it does not describe itself. */
  readonly refreshes?: StoreAbout | null
  readonly acceptances?: readonly AcceptanceAbout[]
  /** Whether a credential without an expiry is refused. Absent: does not apply. */
  readonly requiresExpiry?: boolean
}

/** The configuration of one verifier of an instance. */
export interface InspectedVerifier extends Required<Omit<VerifierAbout, 'requiresExpiry'>> {
  readonly name: string
  /** Carriers, algorithms, issuers and audiences. */
  readonly shapes: readonly Shape[]
  readonly clockToleranceSeconds: number
  /** The number of its secrets. */
  readonly secrets: number
  /** Null: does not apply. */
  readonly requiresExpiry: boolean | null
}

/** The configuration of an instance, as data without secrets. */
export interface Inspection {
  readonly verifiers: readonly InspectedVerifier[]
  readonly trustedOrigins: readonly string[]
  /** The feed of revocations. Null if they hold in this process only, or the feed does not describe itself. */
  readonly revocations: FeedAbout | null
  /** The source of the policy of each migration. `source` is null if it does not describe itself. */
  readonly policies: readonly { readonly migration: string; readonly source: FeedAbout | null }[]
}

/** Where a feed stores revocations, or a source the policy. */
export interface FeedAbout {
  readonly kind: 'redis'
  readonly key: string
}

/** Where a store of refreshed sessions keeps its keys. */
export interface StoreAbout {
  readonly kind: 'redis'
  readonly prefix: string
}
