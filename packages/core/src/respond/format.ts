import { isPending } from '../async/maybe-promise.js'
import type { AuthError, PresentedIn, UnlinkedIdentity } from '../errors/auth-error.js'
import type { MigrationNotice } from '../migration/notice.js'
import type { Emit } from '../events/events.js'

/** What `formatError` sees; no credential, claim or e-mail is in it. */
export interface ErrorDescription {
  /** The contract: compare this. */
  readonly code: AuthError['code']
  /** The HTTP status that the code fixes. */
  readonly status: number
  /** A sentence for people; wording may change in any release. */
  readonly title: string
  /** What was wrong with this very request, such as the name of a field; null where the title says it all. */
  readonly detail: string | null
  /**
   * Of a `permission_denied`, the permission that is lacking, or several with spaces between them, as `scope` of the
   * challenge has it; null where it cannot be named, and for every other code.
   */
  readonly required: string | null
  /** Of a `legacy_retired`: the migration, where people sign in now and a page that explains it; else null. */
  readonly notice: MigrationNotice | null
  /** What `Retry-After` says; null where it is not sent. */
  readonly retryAfterSeconds: number | null
  /** Where the refused credential travelled, such as a header by its name; null where that is not known. */
  readonly presentedIn: PresentedIn | null
}

/** For the application alone: `request` and `identity` do not belong in the answer as they stand. */
export interface FormatContext<Request = unknown> {
  /** The framework's own request; Hono's context. Undefined where `auth.respond` was called without one. */
  readonly request: Request
  /** Of an `identity_unlinked` or `account_conflict`: whom the verifier vouched for, so that a page can link accounts. */
  readonly identity: UnlinkedIdentity | null
  /** Why `link` refused, as a slug of the application's own; the problem document has it, too. Null where it gave none. */
  readonly reason: string | null
}

/**
 * Returns the body that existing clients know, sent as `application/json`, or `answerWith(…)` for another
 * content type or status. Undefined stands for the problem document. It must not be asynchronous.
 */
export type FormatError<Request = never> = (error: ErrorDescription, context: FormatContext<Request>) => unknown

const ANSWER: unique symbol = /* @__PURE__ */ Symbol.for('dualauth.FormattedAnswer')

/** How a refusal is answered in another way than by JSON and the status of its code. */
export interface AnswerParts {
  /**
   * Within the class of the code's own status: another 4xx for a 4xx, another 5xx for a 5xx. A
   * `rate_limited` is never 401, because a 401 signs people out. Default: the code's own.
   */
  readonly status?: number
  /** Such as `text/html; charset=utf-8`; `body` is text then. Default: JSON. */
  readonly contentType?: string
  /** Default: the problem document. */
  readonly body?: unknown
}

/** What `formatError` returns to change more than the body. */
export interface FormattedAnswer {
  readonly [ANSWER]: AnswerParts
}

/**
 * For `formatError`: an answer of another content type or status. What is not allowed is passed over
 * when it is sent: the caller gets the problem document, and a `format_failed` event says why.
 *
 * @example
 * formatError: (error) => error.code === 'identity_unlinked' ? answerWith({ status: 401 }) : undefined
 */
export function answerWith(parts: AnswerParts): FormattedAnswer {
  return { [ANSWER]: parts }
}

/** Status and body as they are sent. */
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
