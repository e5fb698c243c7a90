import { isPending } from '../async/maybe-promise.js'
import type { AuthError, PresentedIn, UnlinkedIdentity } from '../errors/auth-error.js'
import type { MigrationNotice } from '../migration/notice.js'
import type { Emit } from '../events/events.js'

/** The error as `formatError` gets it. Contains no credential, claim or e-mail. */
export interface ErrorDescription {
  /** The stable code. Compare this one. */
  readonly code: AuthError['code']
  /** The HTTP status of the code. */
  readonly status: number
  /** A sentence for people; wording may change in any release. */
  readonly title: string
  /** What was wrong with this request, such as the name of a field. Null if the title is enough. */
  readonly detail: string | null
  /**
   * For `permission_denied`: the missing permission, or several separated by spaces, as in `scope` of the challenge.
   * Null if it cannot be named, and for every other code.
   */
  readonly required: string | null
  /** For `legacy_retired`: the migration, where to sign in now and a page that explains it. Otherwise null. */
  readonly notice: MigrationNotice | null
  /** The value of `Retry-After`, in seconds; null if it is not sent. */
  readonly retryAfterSeconds: number | null
  /** The carrier of the refused credential, such as a header by its name. Null if unknown. */
  readonly presentedIn: PresentedIn | null
}

/** For the application only. Do not copy `request` or `identity` into the answer. */
export interface FormatContext<Request = unknown> {
  /** The framework's own request; in Hono, the context. Undefined if `auth.respond` was called without one. */
  readonly request: Request
  /** For `identity_unlinked` and `account_conflict`: the verified identity, so that a page can link accounts. */
  readonly identity: UnlinkedIdentity | null
  /** Why `link` refused: a slug of the application. It is in the problem document, too. Null if there is none. */
  readonly reason: string | null
}

/**
 * Returns a body, such as one that existing clients know. It is sent as `application/json`; use `answerWith(…)` for
 * another content type or status. Undefined: the problem document is sent. Must be synchronous.
 */
export type FormatError<Request = never> = (error: ErrorDescription, context: FormatContext<Request>) => unknown

const ANSWER: unique symbol = /* @__PURE__ */ Symbol.for('dualauth.FormattedAnswer')

/** The parts of a custom answer to a refusal. */
export interface AnswerParts {
  /**
   * A status of the same class as the code's own: another 4xx for a 4xx, another 5xx for a 5xx. `rate_limited` is never
   * sent as 401, because a 401 signs people out. Default: the code's own.
   */
  readonly status?: number
  /** Such as `text/html; charset=utf-8`; `body` must then be a string. Default: JSON. */
  readonly contentType?: string
  /** Default: the problem document. */
  readonly body?: unknown
}

/** What `formatError` returns to change more than the body. */
export interface FormattedAnswer {
  readonly [ANSWER]: AnswerParts
}

/**
 * For `formatError`: an answer with another content type or status. If the parts are not allowed, the caller gets the
 * problem document, and a `format_failed` event says why.
 *
 * @example formatError: (error) => error.code === 'identity_unlinked' ? answerWith({ status: 401 }) : undefined
 */
export function answerWith(parts: AnswerParts): FormattedAnswer {
  return { [ANSWER]: parts }
}

/** The status and body to send. */
export interface Spelling {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** A formatter that fails must not turn a refusal into a 500. */
export function spell(
  error: ErrorDescription,
  context: FormatContext,
  formatError: FormatError | undefined,
  emit: Emit,
): Spelling {
  if (formatError === undefined) return problem(error, error.status, context)
  try {
    const formatted = formatError(error, context as FormatContext<never>)
    if (isPending(formatted)) {
      Promise.resolve(formatted).catch(() => {})
      throw new TypeError('formatError: must not be asynchronous')
    }
    return spelled(error, context, partsOf(formatted) ?? { body: formatted })
  } catch (cause) {
    emit({ type: 'format_failed', cause })
    return problem(error, error.status, context)
  }
}

function partsOf(formatted: unknown): AnswerParts | undefined {
  return (formatted as Partial<FormattedAnswer> | null | undefined)?.[ANSWER]
}

function spelled(
  error: ErrorDescription,
  context: FormatContext,
  { status = error.status, contentType, body }: AnswerParts,
): Spelling {
  assertAllowed(status, error)
  if (contentType === undefined) {
    const json = JSON.stringify(body)
    return json === undefined
      ? problem(error, status, context)
      : { status, contentType: 'application/json; charset=utf-8', body: json }
  }
  if (!MEDIA_TYPE.test(contentType)) throw new TypeError('formatError: contentType must be a media type')
  if (typeof body !== 'string') throw new TypeError('formatError: a body with a contentType must be text')
  return { status, contentType, body }
}

/** RFC 9110 section 8.3.1, in visible ASCII and spaces. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *;[\x20-\x7e]*)?$/

function assertAllowed(status: number, { code, status: own }: ErrorDescription): void {
  const isOfClass = Number.isInteger(status) && Math.floor(status / 100) === Math.floor(own / 100)
  if (isOfClass && !(status === 401 && code === 'rate_limited')) return
  throw new TypeError(`formatError: ${code} must not be answered with this status`)
}

/** @see RFC 9457 */
function problem(
  { code, title, detail, required, notice }: ErrorDescription,
  status: number,
  { reason }: FormatContext,
): Spelling {
  const more = {
    ...(detail !== null && { detail }),
    ...(required !== null && { required }),
    ...(reason !== null && { reason }),
    ...notice,
  }
  const body = JSON.stringify({ type: `urn:dualauth:error:${code}`, title, status, code, ...more })
  return { status, contentType: 'application/problem+json; charset=utf-8', body }
}
