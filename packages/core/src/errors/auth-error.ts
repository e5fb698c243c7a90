import type { CarrierKind } from '../events/events.js'
import type { MigrationNotice } from '../migration/notice.js'
import { ERRORS, type Challenge, type ErrorCode } from './error-table.js'

const BRAND: unique symbol = Symbol.for('dualauth.AuthError')

export interface AuthErrorOptions {
  /** Text for a person. Never contains a credential, claim value or e-mail. Default: the code's title. */
  readonly message?: string | undefined
  /**
   * What was wrong with this request, in words for the client's developer. It is sent, so it quotes nothing from the
   * request.
   */
  readonly detail?: string | undefined
  /** The internal cause. Kept for logs, never sent. */
  readonly cause?: unknown
  /** In seconds. Sent as `Retry-After`. */
  readonly retryAfterSeconds?: number | undefined
  /** For `identity_unlinked` and `account_conflict`. Never sent. */
  readonly identity?: UnlinkedIdentity | undefined
  /** A slug such as `email_taken`: the application's own, or the reason why an exchange was refused. It is sent. */
  readonly reason?: string | undefined
  /** For `legacy_retired` and `sign_in_required`: what the caller should do next. It is sent. */
  readonly notice?: MigrationNotice | null | undefined
  /** The permission, role or organization that was required. Sent as `scope` in a 403 challenge. */
  readonly required?: string | undefined
  /** The carrier of the refused credential. Only its challenge has `error`. Default: unknown. */
  readonly presentedIn?: PresentedIn | null | undefined
}

/** The carrier of a credential, by its name in the configuration. Contains nothing of the credential itself. */
export interface PresentedIn {
  readonly carrier: CarrierKind
  /**
   * The header or cookie name. For a `scheme`: the scheme in lower case, empty for a token without a scheme. For a
   * `bearer`: the header, `authorization` or `sec-websocket-protocol`.
   */
  readonly name: string
}

/** An identity that a verifier accepted but that is not linked to an account here. */
export interface UnlinkedIdentity {
  readonly verifier: string
  readonly issuer: string
  /** Unique within `issuer` only. */
  readonly subject: string
}

/** The only error class of dualauth. `code` fixes `status` and `challenge`, so no throw site can vary them. */
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
  /** Why `link` refused (a slug of the application), or why an exchange was refused. Null if there is no reason. */
  readonly reason: string | null
  /** For `legacy_retired` and `sign_in_required`: what the caller should do next. Otherwise null. It is sent. */
  readonly notice: MigrationNotice | null
  /** For `request_invalid` and similar codes: what was wrong. Null if the title is enough. It is sent. */
  readonly detail: string | null
  /**
   * The carrier of the refused credential. Only the challenge of this carrier has `error`. Null if no credential was
   * presented, if more than one carrier was involved, or if a principal was checked without a request. Not secret.
   */
  readonly presentedIn: PresentedIn | null
  /**
   * For `identity_unlinked` and `account_conflict`: the identity, for a page that links accounts. Otherwise null. Only
   * for the application: it is not enumerable, so loggers and JSON leave it out.
   */
  declare readonly identity: UnlinkedIdentity | null
  /**
   * The response headers of the refusal, if an adapter passes it to the app's error handlers; otherwise empty. Not
   * enumerable.
   */
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
 * A refusal is an answer, not an accident, so it carries no stack. The stack is nine tenths of the cost of an error,
 * and junk requests come in great numbers.
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

/** Recognises an `AuthError` from any loaded copy of the package (ESM beside CJS, or two versions). */
export function isAuthError(value: unknown): value is AuthError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
}
