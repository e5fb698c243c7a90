import type { MovePlan, PolicyContent, PolicyDocument } from '@dualauth/core'

/** One version, and who wrote it. */
export interface StoredPolicy {
  readonly version: number
  /** Null: it was not written by `policies`, and no instance accepts it; the newest one that they accept counts. */
  readonly document: PolicyDocument | null
  /** Milliseconds since the epoch, by the clock of the database. */
  readonly writtenAt: number
  readonly actor: string
  readonly reason: string
}

/** Who changes a policy, why, and which version the decision was based on. */
export interface PolicyChange {
  /** Default `default`. */
  readonly migration?: string
  /** The version that was read before; 0 if there was none. If there is another one by then, the change is refused. */
  readonly expectedVersion: number
  readonly actor: string
  readonly reason: string
  /** How many people may have to sign in again because of a step back below `dual`. Default 0. */
  readonly acceptLogouts?: number
  /** True allows skipping stages, and stepping back if nothing was watched; audited. Default false. */
  readonly force?: boolean
}

/** Whether a change took effect. */
export type WriteOutcome =
  | { readonly ok: true; readonly document: PolicyDocument; readonly plan: MovePlan }
  /** Somebody else has written since `expectedVersion`. */
  | { readonly ok: false; readonly why: 'changed'; readonly newest: StoredPolicy | null }
  /** No legal move: `plan.refusal` says why. */
  | { readonly ok: false; readonly why: 'refused'; readonly plan: MovePlan }

/** Versions of the policies, by migration. */
export interface Policies {
  /** The newest version; null if none was ever written. Default migration: `default`. */
  readonly read: (migration?: string) => Promise<StoredPolicy | null>
  /**
   * The newest version that instances accept, which is the one that counts; null if there is none. All versions are
   * searched.
   */
  readonly current: (migration?: string) => Promise<StoredPolicy | null>
  /** Newest first; pass the last version as `before` for the next page. `limit` 100 by default, up to 1,000. */
  readonly history: (options?: {
    readonly migration?: string
    readonly before?: number
    readonly limit?: number
  }) => Promise<readonly StoredPolicy[]>
  /** What a change would do, and whom it would affect; nothing is written. */
  readonly plan: (
    options: { readonly document: PolicyContent } & Pick<PolicyChange, 'migration' | 'acceptLogouts' | 'force'>,
  ) => Promise<MovePlan>
  /**
   * Writes the version after `expectedVersion`, or after the highest one that an instance has reported with its
   * evidence, together with its audit and its notification, in one statement; of several at once, one wins.
   * @throws {AuthError} `configuration_invalid`: a mistake in the document, by its path.
   */
  readonly write: (change: PolicyChange & { readonly document: PolicyContent }) => Promise<WriteOutcome>
  /** Writes the content of version `to` as a new version. `version_unknown`: instances accept no such version. */
  readonly rollback: (
    change: PolicyChange & { readonly to: number },
  ) => Promise<WriteOutcome | { readonly ok: false; readonly why: 'version_unknown' }>
}
