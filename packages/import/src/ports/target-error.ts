const BRAND: unique symbol = Symbol.for('dualauth.import.TargetError')

/** What the import does about it. */
export type TargetErrorKind =
  /** Nothing has happened: the same call is made again, after `retryAfterMs` or a growing pause. 408, 429, 503, no connection. */
  | 'retryable'
  /** It was sent, and no answer came: each item is looked up before anything is sent again. 5xx of a creation, a lost connection. */
  | 'unknown_outcome'
  /** The target takes none of these items, and will not. */
  | 'rejected'
  /** The target takes nothing at all: a wrong key, no right, no such environment. Ends the run, which can be resumed. */
  | 'fatal'

/** What a target says beside the kind. */
export interface TargetErrorOptions {
  /** Such as `rate_limited`; of the target's own words nothing that a row holds. */
  readonly code: string
  /** As its `Retry-After` says; nothing is sent before. */
  readonly retryAfterMs?: number
  /** It said that this was too fast: the pace is halved for a while. */
  readonly slowDown?: boolean
  /** For whoever debugs; never shown. */
  readonly cause?: unknown
}

/** Thrown by targets. Its message holds the code alone. */
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

/** Also of another copy of this package. */
export function isTargetError(error: unknown): error is TargetError {
  return typeof error === 'object' && error !== null && BRAND in error
}
