import type { Shape } from './shape.js'

/** The names of one table of another system, as the application gave them. */
export interface TableAbout {
  /** A schema may stand in front. */
  readonly table: string
  /** From the field of the other system to the column. */
  readonly columns: Readonly<Record<string, string>>
}

/** Where a source of sessions looks, as data. */
export type SourceAbout =
  | { readonly kind: 'sql'; readonly tables: readonly TableAbout[] }
  | { readonly kind: 'redis'; readonly prefix: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'instance' }
  /** Nothing is looked up: the credential alone counts. */
  | { readonly kind: 'stateless' }
  /** A function of the application's own. */
  | { readonly kind: 'function' }

/** Something unsafe that is accepted until a date. */
export interface AcceptanceAbout {
  readonly option: 'acceptWeakSecret' | 'acceptUnlimited'
  /** ISO 8601. */
  readonly until: string
}

/** What a verifier says of its configuration: data, and no secret. Every member but the first may be left out. */
export interface VerifierAbout {
  /** What made it, such as `legacyJwt`. */
  readonly kind: string
  /** Addresses of key sets that it fetches; those that are found through `metadata` are not among them. */
  readonly keySets?: readonly string[]
  /** Where its issuer publishes its metadata. */
  readonly metadata?: readonly string[]
  /** Whether it fetches through a function of the application, so that another process may not reach the same. */
  readonly hasOwnFetch?: boolean
  readonly sessions?: SourceAbout | null
  readonly acceptances?: readonly AcceptanceAbout[]
  /** Whether a credential without an end is refused. Absent: there is no such question. */
  readonly requiresExpiry?: boolean
}

/** One verifier of an instance, as it is configured. */
export interface InspectedVerifier extends Required<Omit<VerifierAbout, 'requiresExpiry'>> {
  readonly name: string
  /** Carriers, algorithms, issuers and audiences. */
  readonly shapes: readonly Shape[]
  readonly clockToleranceSeconds: number
  /** How many secrets it has. */
  readonly secrets: number
  /** Null: there is no such question. */
  readonly requiresExpiry: boolean | null
}

/** How an instance is configured, as data without secrets. It asks nobody. */
export interface Inspection {
  readonly verifiers: readonly InspectedVerifier[]
  readonly trustedOrigins: readonly string[]
  /** Where revocations travel; null where they hold in this process only, or the feed does not say. */
  readonly revocations: FeedAbout | null
}

/** Where a feed of revocations keeps them. */
export interface FeedAbout {
  readonly kind: 'redis'
  readonly key: string
}
