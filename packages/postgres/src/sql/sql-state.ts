export { sqlStateOf } from '@dualauth/core/adapter'

export const UNIQUE_VIOLATION = '23505'
export const NOT_NULL_VIOLATION = '23502'
export const CHECK_VIOLATION = '23514'
export const DIVISION_BY_ZERO = '22012'
/** Such as a text too long for an index. */
export const TOO_LARGE = '54000'
/** It ran for longer than `statement_timeout`, or somebody canceled it. */
export const CANCELED = '57014'
