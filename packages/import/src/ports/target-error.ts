const BRAND: unique symbol = Symbol.for('dualauth.import.TargetError')

/** What the import does about it. */
export type TargetErrorKind =
  /**
   * Nothing has happened: the same call is repeated, after `retryAfterMs` or a growing pause. 408, 429, 503, no
   * connection.
   */
  | 'retryable'
  /**
   * It was sent, but no answer came: each item is looked up before anything is sent again. 5xx of a creation, a lost
   * connection.
   */
  | 'unknown_outcome'
  /** The target does not take any of these items, and will not. */
  | 'rejected'
  /**
   * The target takes nothing at all: a wrong key, a missing right, no such environment. Ends the run, which can be
   * resumed.
   */
  | 'fatal'

/** What a target says besides the kind. */
export interface TargetErrorOptions {
  /** Such as `rate_limited`; it must not repeat anything from a row. */
  readonly code: string
  /** From its `Retry-After`; nothing is sent earlier. */
  readonly retryAfterMs?: number
  /** The target said that this was too fast: the pace is halved for a while. */
  readonly slowDown?: boolean
  /** For debugging; never shown. */
  readonly cause?: unknown
}

/** Thrown by targets. Its message holds only the code. */
export class TargetError extends Error {
  override readonly name: string = 'TargetError'
  readonly kind: TargetErrorKind
  readonly code: string
  readonly retryAfterMs: number | null
  readonly slowDown: boolean

  constructor(kind: TargetErrorKind, { code, retryAfterMs, slowDown = false, cause }: TargetErrorOptions) {
    super(`${kind}: ${code}`, cause === undefined ? undefined : { cause })
    Object.defineProperty(this, BRAND, { value: true })
    this.kind = kind
    this.code = code
    this.retryAfterMs = retryAfterMs ?? null
    this.slowDown = slowDown
  }
}

/** Also recognizes errors of another copy of this package. */
export function isTargetError(error: unknown): error is TargetError {
  return typeof error === 'object' && error !== null && BRAND in error
}
