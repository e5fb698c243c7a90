import type { ErrorCode } from '../errors/error-table.js'
import type { ShadowClass, ShadowComparison } from '../migration/shadow/differences.js'
import type { EventError } from './event-error.js'

/** What the new side of a migration would have decided, of `AuthEvent`. */
export type ShadowEvent =
  /**
   * What the new side of a migration would have decided was compared, off the response path. `ignored`: they differ only by what
   * is to be ignored. `unknown`: the new side could not tell.
   */
  | {
      readonly type: 'shadow_compared'
      readonly at: number
      readonly migration: string
      readonly comparison: ShadowComparison
      readonly result: 'same' | 'different' | 'ignored' | 'unknown'
    }
  /** One difference between the two sides that is not to be ignored. */
  | {
      readonly type: 'shadow_mismatch'
      readonly at: number
      readonly migration: string
      readonly comparison: ShadowComparison
      readonly class: ShadowClass
      /** Somebody would get at what is not theirs. */
      readonly critical: boolean
      /** The verifier of the old side that decided. */
      readonly verifier: string
      /** As the old side says; null if it refused. */
      readonly principalId: string | null
      readonly organization: string | null
      /** As the new side says; null if it says nobody. */
      readonly newPrincipalId: string | null
      readonly newOrganization: string | null
      /** Gained or lost, at most 100 of them. */
      readonly permissions: readonly string[]
      /** Why one side refused; null if none did. */
      readonly code: ErrorCode | null
      readonly cause?: unknown
      readonly error?: EventError
    }
  /** Comparisons that were not made because as many as `maxInFlight` were under way: how many since the last such event. */
  | { readonly type: 'shadow_dropped'; readonly at: number; readonly migration: string; readonly count: number }
  /** A rule of `shadow.ignore` is over: what it ignored counts again. Once a process, at the first difference after its end. */
  | {
      readonly type: 'shadow_ignore_ended'
      readonly at: number
      readonly migration: string
      readonly class: ShadowClass
      readonly permission: string | null
      readonly until: string
      readonly reason: string
    }
