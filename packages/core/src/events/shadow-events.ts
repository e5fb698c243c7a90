import type { ErrorCode } from '../errors/error-table.js'
import type { ShadowClass, ShadowComparison } from '../migration/shadow/differences.js'
import type { EventError } from './event-error.js'

/** The events of `AuthEvent` about what the new side of a migration would have decided. */
export type ShadowEvent =
  /**
   * The new side's decision was compared with the old side's, off the response path. `ignored`: all differences are to
   * be ignored. `unknown`: the new side could not tell.
   */
  | {
      readonly type: 'shadow_compared'
      readonly at: number
      readonly migration: string
      readonly comparison: ShadowComparison
      readonly result: 'same' | 'different' | 'ignored' | 'unknown'
    }
  /** A difference between the two sides that is not ignored. */
  | {
      readonly type: 'shadow_mismatch'
      readonly at: number
      readonly migration: string
      readonly comparison: ShadowComparison
      readonly class: ShadowClass
      /** Whether somebody would get access to what is not theirs. */
      readonly critical: boolean
      /** The verifier of the old side that decided. */
      readonly verifier: string
      /** According to the old side; null if it refused. */
      readonly principalId: string | null
      readonly organization: string | null
      /** According to the new side; null if there is none. */
      readonly newPrincipalId: string | null
      readonly newOrganization: string | null
      /** Permissions gained or lost, at most 100. */
      readonly permissions: readonly string[]
      /** Why one side refused; null if neither did. */
      readonly code: ErrorCode | null
      readonly cause?: unknown
      readonly error?: EventError
    }
  /** Comparisons were skipped because `maxInFlight` were under way. The number since the last such event. */
  | { readonly type: 'shadow_dropped'; readonly at: number; readonly migration: string; readonly count: number }
  /**
   * A rule of `shadow.ignore` has ended, so its differences count again. Emitted once per process, at the first such
   * difference.
   */
  | {
      readonly type: 'shadow_ignore_ended'
      readonly at: number
      readonly migration: string
      readonly class: ShadowClass
      readonly permission: string | null
      readonly until: string
      readonly reason: string
    }
