import type { AuthError } from '../errors/auth-error.js'
import { ERRORS } from '../errors/error-table.js'
import type { Emit } from '../events/events.js'
import type { CarrierPlan } from '../extract/credential.js'
import { pageLink } from '../migration/policy/signals.js'
import { createChallenges, type Challenged } from './challenges.js'
import { spell, type FormatError } from './format.js'

/** The answer for an adapter to write. The adapter decides nothing. */
export interface Answer {
  readonly status: number
  /** A name may occur twice, such as `www-authenticate`. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** @param request The framework's own request, for `formatError`. */
export type Respond = (error: AuthError, request?: unknown) => Answer

/**
 * Turns a refusal into an HTTP answer: status, challenges, `Retry-After`, and a problem document.
 *
 * @see RFC 9457, RFC 6750 section 3, RFC 9110 section 11.6.1
 */
export function createResponder(
  plan: CarrierPlan,
  realm: string,
  formatError: FormatError | undefined,
  emit: Emit,
): Respond {
  const challengesOf = createChallenges(plan, realm)
  const vary = varyOf(plan)
  return (error, request) => {
    const { code, retryAfterSeconds, identity } = error
    const { presentedIn, reason, detail, notice } = latelyAdded(error)
    const title = ERRORS[code]?.title ?? error.message
    const required = error.challenge === 'insufficient_scope' ? error.required : null
    const description = { code, status: error.status, title, detail, required, notice, retryAfterSeconds, presentedIn }
    const { status, contentType, body } = spell(description, { request, identity, reason }, formatError, emit)
    const headers: [string, string][] = [
      ['content-type', contentType],
      ['cache-control', 'private, no-store'],
      ['vary', vary],
    ]
    for (const challenge of challengesOf({ ...asSent(error, status), presentedIn }))
      headers.push(['www-authenticate', challenge])
    if (notice?.documentation != null) headers.push(['link', pageLink(notice.documentation, 'deprecation')])
    if (retryAfterSeconds !== null) headers.push(['retry-after', String(Math.ceil(retryAfterSeconds))])
    return { status, headers, body }
  }
}

/**
 * A 401 must carry a challenge (RFC 9110 section 15.5.2); if the app hides the 401, the challenge must be hidden, too.
 */
function asSent({ status: own, challenge, required }: AuthError, status: number): Omit<Challenged, 'presentedIn'> {
  if (status === own) return { status, challenge, required }
  return { status, required, challenge: status === 401 ? (challenge ?? 'invalid_token') : null }
}

type LatelyAdded = Pick<AuthError, 'presentedIn' | 'reason' | 'detail' | 'notice'>

/** An error from an older copy of the package lacks these members. */
function latelyAdded({
  presentedIn = null,
  reason = null,
  detail = null,
  notice = null,
}: Partial<LatelyAdded>): LatelyAdded {
  return { presentedIn, reason, detail, notice }
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
