import { isPending } from '../async/maybe-promise.js'
import type { AuthError } from '../errors/auth-error.js'
import { ERRORS } from '../errors/error-table.js'
import type { Emit } from '../events/events.js'
import type { CarrierPlan } from '../extract/credential.js'
import { createChallenges } from './challenges.js'

/** What an adapter writes; nothing is left for it to decide. */
export interface Answer {
  readonly status: number
  /** A name may stand twice, such as `www-authenticate`. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** What `formatError` sees; no credential, claim or e-mail is in it. */
export interface ErrorDescription {
  /** The contract: compare this. */
  readonly code: AuthError['code']
  /** The HTTP status, which the code fixes. */
  readonly status: number
  /** A sentence for people; wording may change in any release. */
  readonly title: string
  /** What `Retry-After` says; null where it is not sent. */
  readonly retryAfterSeconds: number | null
}

/**
 * Returns the body that existing clients know; it is sent as `application/json`. Undefined stands
 * for the problem document. It must not be asynchronous.
 */
export type FormatError = (error: ErrorDescription) => unknown

/**
 * Spells a refusal in HTTP: status, challenges, `Retry-After`, and a problem document.
 *
 * @see RFC 9457, RFC 6750 section 3, RFC 9110 section 11.6.1
 */
export function createResponder(
  plan: CarrierPlan,
  realm: string,
  formatError: FormatError | undefined,
  emit: Emit,
): (error: AuthError) => Answer {
  const challengesOf = createChallenges(plan, realm)
  const vary = varyOf(plan)
  return (error) => {
    const description: ErrorDescription = {
      code: error.code,
      status: error.status,
      title: ERRORS[error.code]?.title ?? error.message,
      retryAfterSeconds: error.retryAfterSeconds,
    }
    const { contentType, body } = bodyOf(description, formatError, emit)
    const headers: [string, string][] = [
      ['content-type', contentType],
      ['cache-control', 'private, no-store'],
      ['vary', vary],
    ]
    for (const challenge of challengesOf(error)) headers.push(['www-authenticate', challenge])
    if (error.retryAfterSeconds !== null) headers.push(['retry-after', String(Math.ceil(error.retryAfterSeconds))])
    return { status: error.status, headers, body }
  }
}

/** Headers that an answer depends on. */
export function varyOf(plan: CarrierPlan): string {
  const fields = [
    ...(plan.bearer || plan.schemes.size > 0 ? ['Authorization'] : []),
    ...plan.headers,
    ...(plan.cookies.length > 0 ? ['Cookie'] : []),
  ]
  return fields.join(', ')
}

function bodyOf(
  description: ErrorDescription,
  formatError: FormatError | undefined,
  emit: Emit,
): { contentType: string; body: string } {
  if (formatError !== undefined) {
    // A formatter that fails must not turn a refusal into a 500.
    try {
      const formatted = formatError(description)
      if (isPending(formatted)) {
        Promise.resolve(formatted).catch(() => {})
        throw new TypeError('formatError: must not be asynchronous')
      }
      const body = JSON.stringify(formatted)
      if (typeof body === 'string') return { contentType: 'application/json; charset=utf-8', body }
    } catch (cause) {
      emit({ type: 'format_failed', cause })
    }
  }
  const { code, status, title } = description
  const problem = { type: `urn:dualauth:error:${code}`, title, status, code }
  return { contentType: 'application/problem+json; charset=utf-8', body: JSON.stringify(problem) }
}
