import type { Query } from '@dualauth/core'
import type { Once } from './once.js'
import type { ParsedAccounts } from './options.js'
import type { Plan } from './plan.js'

/** What a first sight needs to be recorded. */
export interface Ground {
  readonly query: Query
  readonly plan: Plan
  readonly users: ParsedAccounts['users']
  readonly once: Once
}
