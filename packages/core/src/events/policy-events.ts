import type { Stage } from '../migration/stage.js'
import type { EventError } from './event-error.js'

/** The events of `AuthEvent` about the policy of a migration, and about what is written down of it. */
export type PolicyEvent =
  /** A policy is in force from now on in this process. */
  | {
      readonly type: 'policy_adopted'
      readonly at: number
      readonly migration: string
      readonly version: number
      /** The stage of everybody whose organization has no stage of its own. */
      readonly stage: Stage
    }
  /**
   * A policy from a source was not adopted; the last good policy stays in force. Emitted once for each mistake.
   * `same_version` means that this version is in force here with other content; emitted once for each content. `cause`
   * names the mistake.
   */
  | {
      readonly type: 'policy_rejected'
      readonly at: number
      readonly migration: string
      readonly reason: 'invalid' | 'older' | 'same_version'
      readonly version: number | null
      readonly cause: unknown
      readonly error?: EventError
    }
  /**
   * The source has no policy: none yet, or none any more. The last good policy stays in force. `version` is its
   * version; null: only a `fallback` applies. Emitted once until there is a policy. `cause` says what to do.
   */
  | {
      readonly type: 'policy_missing'
      readonly at: number
      readonly migration: string
      readonly version: number | null
      readonly cause: unknown
      readonly error?: EventError
    }
  /** A policy may be unintended, such as that of `envPolicy` with neither of its variables set. `cause` says why. */
  | {
      readonly type: 'policy_assumed'
      readonly at: number
      readonly migration: string
      readonly version: number
      readonly stage: Stage
      readonly cause: unknown
      readonly error?: EventError
    }
  /** The source of a policy could not be read. The last good policy stays in force. Emitted once for each outage. */
  | {
      readonly type: 'policy_unavailable'
      readonly at: number
      readonly migration: string
      readonly cause: unknown
      readonly error?: EventError
    }
  /** Evidence could not be written and is kept for later. Emitted once for each outage. */
  | {
      readonly type: 'evidence_failed'
      readonly at: number
      readonly migration: string
      readonly cause: unknown
      readonly error?: EventError
    }
