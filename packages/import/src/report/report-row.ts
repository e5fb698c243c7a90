import type { Kind } from '../ports/rows.js'

/** One line of a report. No addresses, no hashes. */
export interface ReportRow {
  readonly kind: Kind
  /** The id in the source; null if it could not be read. */
  readonly id: string | null
  /** As it is counted; `verify` and `rollback` have their own words. */
  readonly outcome: string
  /** Why, if there is a reason. */
  readonly code?: string
  readonly targetId?: string
  /** The person needs a new password. */
  readonly resetRequired?: true
  /** For `verify`: names of the fields that differ. */
  readonly fields?: readonly string[]
  /** Where a row without an id is. */
  readonly at?: string
}
