import { AuthError, type DualAuth, type Health } from '@dualauth/core'
import { mountedRequest } from '@dualauth/core/adapter'
import { functionOption, object, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { asAsked, json, refused } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'

/** The options of `healthEndpoint`. */
export interface HealthEndpointOptions {
  /** The instance to check. */
  readonly auth: Pick<DualAuth, 'health' | 'respond'>
  /** How long an answer is reused, in milliseconds, so that many callers cause one check. Default 1,000. */
  readonly maxAgeMs?: number
  /**
   * Whether a caller may see the details: checks with their problems, key ages, versions of policies. They reveal
   * configuration, so allow operators only. Default: nobody.
   */
  readonly details?: (request: Request) => boolean | Promise<boolean>
  /** Called with the reason if something is not ready. Its message names the part. For logs; it is not sent. */
  readonly onUnready?: (error: AuthError) => void
}

const schema = object({
  auth: withMethods<HealthEndpointOptions['auth']>(['health', 'respond'], 'what createDualAuth() returned'),
  maxAgeMs: z._default(wholeBetween(0, 60_000), 1_000),
  details: z.exactOptional(functionOption<NonNullable<HealthEndpointOptions['details']>>()),
  onUnready: z.exactOptional(functionOption<NonNullable<HealthEndpointOptions['onUnready']>>()),
})

/**
 * Reports whether this process can verify credentials now. `GET` and `HEAD` answer 200 `{ "status": "ready" }`; 200 `{
 * "status": "degraded" }` if a part is not available but the others work; and 503 `verifier_unavailable` if almost no
 * new caller could be let in. For readiness probes and load balancers. Do not restart a process because of it: the
 * outage is elsewhere, and remembered credentials still work. An address that ends in `/live` checks nothing and
 * answers 200 while the process runs.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example app.use('/auth/health', mountHandler(healthEndpoint({ auth, details: isOperator })))
 */
export function healthEndpoint(options: HealthEndpointOptions): Endpoints {
  const { auth, maxAgeMs, details, onUnready } = parseOptions(schema, options, 'healthEndpoint')
  let asked: { readonly answer: Promise<Health>; at: number } | null = null

  async function ask(): Promise<Health> {
    const found = await auth.health()
    if (found.status !== 'ready') tell(errorOf(found))
    return found
  }

  /** A log that fails must not take the process out of rotation. */
  function tell(error: AuthError): void {
    void (async () => onUnready?.(error))().catch(() => {})
  }

  /** One that is under way is joined, however long it takes. */
  function current(): Promise<Health> {
    if (asked !== null && performance.now() - asked.at < maxAgeMs) return asked.answer
    const one = { answer: ask(), at: Number.POSITIVE_INFINITY }
    asked = one
    const settled = (): void => void (one.at = performance.now())
    one.answer.then(settled, settled)
    return one.answer
  }

  return async (request) => {
    const { native } = mountedRequest(request)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refused(auth, new AuthError('method_not_allowed'), native, { allow: 'GET, HEAD' })
    if (new URL(request.url).pathname.endsWith('/live')) return asAsked(request, json(200, { status: 'alive' }))
    const found = await current()
    const { status } = found
    const isUnavailable = status === 'unavailable'
    if ((await details?.(request)) === true) return asAsked(request, json(isUnavailable ? 503 : 200, found))
    return asAsked(request, isUnavailable ? refused(auth, errorOf(found), native) : json(200, { status }))
  }
}

function errorOf({ checks }: Health): AuthError {
  const problems = checks.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem}`]))
  return new AuthError('verifier_unavailable', { message: problems.join('; ') || 'a migration has no policy' })
}
