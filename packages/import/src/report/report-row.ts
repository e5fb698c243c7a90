import type { Kind } from '../ports/rows.js'

/** One line of a report. No addresses, no hashes. */
export interface ReportRow {
  readonly kind: Kind
  /** Of the source; null if it could not be read. */
  readonly id: string | null
  /** As it is counted; of `verify` and `rollback`, their own words. */
  readonly outcome: string
  /** Why, where there is a reason. */
  readonly code?: string
  readonly targetId?: string
  /** The person needs a new password. */
  readonly resetRequired?: true
  /** Of `verify`: names of the fields that differ. */
  readonly fields?: readonly string[]
  /** Where a row without an id stands. */
  readonly at?: string
}
