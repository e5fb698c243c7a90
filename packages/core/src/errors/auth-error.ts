import type { CarrierKind } from '../events/events.js'
import type { MigrationNotice } from '../migration/notice.js'
import { ERRORS, type Challenge, type ErrorCode } from './error-table.js'

const BRAND: unique symbol = Symbol.for('dualauth.AuthError')

export interface AuthErrorOptions {
  /** Wording for a person; never a credential, claim value or e-mail. Default: the code's title. */
  readonly message?: string | undefined
  /** What was wrong with this very request, in words for its developer. It is sent, so it repeats nothing of the request. */
  readonly detail?: string | undefined
  /** What went wrong inside; kept for logs, never sent. */
  readonly cause?: unknown
  /** Seconds; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number | undefined
  /** Of an `identity_unlinked` or `account_conflict`; never sent. */
  readonly identity?: UnlinkedIdentity | undefined
  /** A slug, such as `email_taken`: of the application's own, or why an exchange was refused. It is sent. */
  readonly reason?: string | undefined
  /** Of a `legacy_retired` or `sign_in_required`, what comes next; it is sent. */
  readonly notice?: MigrationNotice | null | undefined
  /** The permission, role or organization that was required; becomes `scope` of a 403 challenge. */
  readonly required?: string | undefined
  /** Where the refused credential travelled; its challenge carries `error`. Default: not known. */
  readonly presentedIn?: PresentedIn | null | undefined
}

/** Where a credential travelled, by its name in the configuration. Nothing of the credential itself. */
export interface PresentedIn {
  readonly carrier: CarrierKind
  /**
   * Header or cookie name; of a `scheme` the scheme in lower case, empty for a token without one; of a
   * `bearer` the header, `authorization` or `sec-websocket-protocol`.
   */
  readonly name: string
}

/** Whom a verifier vouched for, though no account here is linked to it. */
export interface UnlinkedIdentity {
  readonly verifier: string
  readonly issuer: string
  /** Unique within `issuer` only. */
  readonly subject: string
}

/** The one error of dualauth. `code` fixes `status` and `challenge`, so no throw site can vary them. */
export class AuthError extends Error {
  static {
    Object.defineProperty(this.prototype, BRAND, { value: true })
    Object.defineProperty(this.prototype, 'identity', { value: null })
    Object.defineProperty(this.prototype, 'headers', { value: Object.freeze({}) })
  }

  override readonly name = 'AuthError'
  readonly code: ErrorCode
  readonly status: number
  readonly challenge: Challenge
  readonly retryAfterSeconds: number | null
  readonly required: string | null
  /** Why `link` refused, as a slug of the application's own, or why an exchange was; null where there is none. */
  readonly reason: string | null
  /** Of a `legacy_retired` or `sign_in_required`, what to do next; else null. It is sent. */
  readonly notice: MigrationNotice | null
  /** Of a `request_invalid` and its like, what was wrong; null where the title says it all. It is sent. */
  readonly detail: string | null
  /**
   * Where the credential travelled that was refused: the one challenge with `error` is that of this carrier.
   * Null where none was presented, where it was not one place that was wrong, and where a principal was
   * judged without a request. Not secret.
   */
  readonly presentedIn: PresentedIn | null
  /**
   * Of an `identity_unlinked` or `account_conflict`, for a page that links accounts; else null. For the application
   * alone: it is not enumerable, so that no logger and no JSON holds it.
   */
  declare readonly identity: UnlinkedIdentity | null
  /** What the answer to a refusal needs, where an adapter hands it to error handlers of the app; else empty. Not enumerable. */
  declare readonly headers: Readonly<Record<string, string | string[]>>

  constructor(code: ErrorCode, options: AuthErrorOptions = {}) {
    const row = ERRORS[code]
    super(options.message ?? row.title, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = row.status
    this.challenge = row.challenge
    this.retryAfterSeconds = options.retryAfterSeconds ?? (row.status === 503 ? DEFAULT_RETRY_AFTER_SECONDS : null)
    this.required = options.required ?? null
    this.reason = options.reason ?? null
    this.detail = options.detail ?? null
    this.notice = options.notice ?? null
    this.presentedIn = options.presentedIn ?? null
    if (options.identity !== undefined) Object.defineProperty(this, 'identity', { value: options.identity })
    if (options.cause !== undefined) Object.defineProperty(this, 'cause', { enumerable: false })
  }
}

const DEFAULT_RETRY_AFTER_SECONDS = 5

/**
 * A refusal is an answer, not an accident: it carries no stack, which is nine tenths of what an
 * error costs, and junk is refused in great numbers.
 */
export function refusal(code: ErrorCode, options: AuthErrorOptions = {}): AuthError {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')
  if (limit?.writable !== true) return new AuthError(code, options)
  const errors = Error as { stackTraceLimit?: number }
  errors.stackTraceLimit = 0
  try {
    return new AuthError(code, options)
  } finally {
    errors.stackTraceLimit = limit.value as number
  }
}

/** Recognises an `AuthError` of any loaded copy of the package (ESM beside CJS, two versions). */
export function isAuthError(value: unknown): value is AuthError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
}
