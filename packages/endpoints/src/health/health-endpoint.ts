import { AuthError, type DualAuth } from '@dualauth/core'
import { mountedRequest } from '@dualauth/core/adapter'
import { functionOption, object, parseOptions, wholeBetween, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { asAsked, isAnswer, json, refused } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'

/** What `healthEndpoint` takes. */
export interface HealthEndpointOptions {
  /** The instance that is asked. */
  readonly auth: Pick<DualAuth, 'ready' | 'respond'>
  /** How long an answer is used again, in milliseconds: many callers ask the databases once. Default 1,000. */
  readonly maxAgeMs?: number
  /** Called with the reason where the instance is not ready; its message names what could not be asked. For logs: it is not sent. */
  readonly onUnready?: (error: AuthError) => void
}

const schema = object({
  auth: withMethods<HealthEndpointOptions['auth']>(['ready', 'respond'], 'what createDualAuth() returned'),
  maxAgeMs: z._default(wholeBetween(0, 60_000), 1_000),
  onUnready: z.exactOptional(functionOption<NonNullable<HealthEndpointOptions['onUnready']>>()),
})

/**
 * Whether this process can judge credentials now: `GET` and `HEAD` answer 200 `{ "status": "ready" }`, or 503
 * `verifier_unavailable` where a key set, a session source, a key store, `link` or a policy cannot be asked. For readiness
 * probes and load balancers. Do not restart a process because of it: the outage is elsewhere, and what is remembered
 * still serves. It is public, and names nothing of the configuration.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 * @example
 * app.use('/health/ready', mountHandler(healthEndpoint({ auth })))
 */
export function healthEndpoint(options: HealthEndpointOptions): Endpoints {
  const { auth, maxAgeMs, onUnready } = parseOptions(schema, options, 'healthEndpoint')
  let asked: { readonly answer: Promise<AuthError | null>; at: number } | null = null

  async function ask(): Promise<AuthError | null> {
    try {
      await auth.ready()
      return null
    } catch (cause) {
      if (!isAnswer(cause)) throw cause
      onUnready?.(cause)
      return cause
    }
  }

  return async (request) => {
    const { native } = mountedRequest(request)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refused(auth, new AuthError('method_not_allowed'), native, { allow: 'GET, HEAD' })
    // One that is under way is joined, however long it takes.
    if (asked === null || performance.now() - asked.at >= maxAgeMs) {
      const one = { answer: ask(), at: Number.POSITIVE_INFINITY }
      asked = one
      const settled = (): void => void (one.at = performance.now())
      one.answer.then(settled, settled)
    }
    const error = await asked.answer
    const response = error === null ? json(200, { status: 'ready' }) : refused(auth, error, native)
    return asAsked(request, response)
  }
}
