import { TargetError } from '../../ports/target-error.js'

/**
 * Out of connections or memory, or a conflict with other transactions: nothing has happened, and the same may work
 * later.
 */
const PASSING = /^(?:40|53|55P03|57P0[1-4])/
const LOST = /^(?:08|E(?:CONN|HOST|NET|TIMEDOUT|PIPE)|57P)/
const MAX_CODE = 10

/** A value that a column refuses, or a constraint of the application. */
export function isRefusal(error: unknown): boolean {
  return /^(?:22|23)/.test(codeOf(error) ?? '')
}

/** `sqlstate_22001`; nothing from the message, which may repeat values. */
export function refusalCode(error: unknown): string {
  return `sqlstate_${(codeOf(error) ?? 'unknown').toLowerCase()}`
}

/** How the import treats a failed statement. Any other error is thrown unchanged: a bug of ours. */
export function sqlFailure(error: unknown, sends: boolean): unknown {
  const code = codeOf(error)
  if (code !== null && PASSING.test(code))
    return new TargetError('retryable', { code: refusalCode(error), cause: error })
  const isLost =
    code === null
      ? /terminated|timeout|not queryable/i.test(error instanceof Error ? error.message : '')
      : LOST.test(code)
  if (isLost) return new TargetError(sends ? 'unknown_outcome' : 'retryable', { code: 'connection_lost', cause: error })
  if (code !== null && /^(?:28|3D|42)/.test(code))
    return new TargetError('fatal', { code: refusalCode(error), cause: error })
  return error
}

function codeOf(error: unknown): string | null {
  const code = (error as { readonly code?: unknown } | null)?.code
  return typeof code === 'string' && code.length <= MAX_CODE + 3 ? code : null
}
