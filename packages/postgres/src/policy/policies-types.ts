import type { MovePlan, PolicyContent, PolicyDocument } from '@dualauth/core'

/** One version, and whose it was. */
export interface StoredPolicy {
  readonly version: number
  /** Null: it was not written by `policies`, and no instance takes it; the newest one that they take counts. */
  readonly document: PolicyDocument | null
  /** Milliseconds since the epoch, by the clock of the database. */
  readonly writtenAt: number
  readonly actor: string
  readonly reason: string
}

/** Who changes a policy, why, and what was seen when that was decided. */
export interface PolicyChange {
  /** Default `default`. */
  readonly migration?: string
  /** The version that was read before; 0 where there was none. Another one in the meantime refuses the change. */
  readonly expectedVersion: number
  readonly actor: string
  readonly reason: string
  /** How many people may have to sign in again by a step back below `dual`. Default 0. */
  readonly acceptLogouts?: number
  /** True skips stages, and steps back where nothing was watched; audited. Default false. */
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
  /** The newest; null if none was ever written. Of the migration `default`, or of the one named. */
  readonly read: (migration?: string) => Promise<StoredPolicy | null>
  /** The newest one that instances take, which counts; null if there is none. It is looked for among all versions. */
  readonly current: (migration?: string) => Promise<StoredPolicy | null>
  /** Newest first; hand `before` the last version for the next page. `limit` 100 by default, up to 1,000. */
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
   * Writes the version after `expectedVersion`, or after the highest one that an instance has reported with its evidence, with
   * its audit and its notification in one statement; of several at once, one wins.
   * @throws {AuthError} `configuration_invalid`: a mistake in the document, by its path.
   */
  readonly write: (change: PolicyChange & { readonly document: PolicyContent }) => Promise<WriteOutcome>
  /** Writes the content of version `to` as a new version. `version_unknown`: there is none that instances take. */
  readonly rollback: (
    change: PolicyChange & { readonly to: number },
  ) => Promise<WriteOutcome | { readonly ok: false; readonly why: 'version_unknown' }>
}
