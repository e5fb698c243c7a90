import { AuthError, isAuthError, type ErrorCode, type WorkosEvent, type WorkosEventOutcome } from '@dualauth/core'
import { isBodyAsSent, mountedRequest } from '@dualauth/core/adapter'
import { functionOption, nonEmpty, object, parseOptions, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { isAnswer, json, refused } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'
import { parseJson, readJsonBytes } from '../http/read-json.js'
import { readEvent } from './event.js'
import { assertVerifiers, eventOptions, now, type WorkosEventOptions } from './options.js'
import { createSignatureCheck, type SignatureCheck } from './signature.js'
import { takeEvent } from './take-event.js'

/** The options of `workosWebhook`. */
export interface WorkosWebhookOptions extends WorkosEventOptions {
  /** Signing secrets of the endpoint, from the dashboard. Several while one is rotated. */
  readonly secrets: readonly string[]
  /**
   * How far the time of a signature may be in the past or in the future, at most 900. Default 180, as in the WorkOS
   * SDK.
   */
  readonly toleranceSeconds?: number
  /** The largest body of a delivery, in bytes. Default 262,144. */
  readonly maxBodyBytes?: number
  /** Called with each delivery, for counters and logs. Not awaited; errors are ignored. */
  readonly onDelivery?: (delivery: WorkosDelivery) => void
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** The outcome of a delivery. It contains only the id and type of the event. */
export interface WorkosDelivery {
  /** `refused`: 4xx, and nothing was done. `failed`: 5xx, and WorkOS delivers it again. */
  readonly outcome: WorkosEventOutcome | 'refused' | 'failed'
  /** Null if the delivery is not genuine or contains no event. */
  readonly id: string | null
  readonly event: string | null
  /** The code of a refusal; null if `handle` threw. */
  readonly code: ErrorCode | null
  /** Of a `signature_invalid`: `missing`, `malformed`, `mismatch`, `body_parsed` or `out_of_time`. Of an outage: `handle_timeout`, or null. */
  readonly reason: string | null
  /** What failed inside. */
  readonly cause?: unknown
}

const MIN_SECRET = 16

const schema = object({
  ...eventOptions,
  secrets: nonEmpty(z.string(`a secret of at least ${MIN_SECRET} characters`).check(z.minLength(MIN_SECRET))),
  toleranceSeconds: z._default(wholeBetween(1, 900), 180),
  maxBodyBytes: z._default(wholeBetween(1_024, 4_194_304), 262_144),
  onDelivery: z.exactOptional(functionOption<NonNullable<WorkosWebhookOptions['onDelivery']>>()),
  now,
})

type Settings = z.output<typeof schema> & { readonly check: SignatureCheck }

/**
 * Receives WorkOS webhooks: `POST` with a signature by one of `secrets` over the bytes as they arrived. Users,
 * organizations and memberships go to `sync`, `session.revoked` ends the session at once, and `handle` does the rest.
 *
 * 200 means that everything is done, or was done before; also for an unknown type. A refusal is 4xx and says why:
 * `signature_invalid`, `request_invalid`, `media_type_unsupported`, `body_too_large`, `method_not_allowed`. An outage
 * is 503 `store_unavailable`, as is a `handle` that takes longer than `handleTimeoutMs` (reason `handle_timeout`), and
 * an error from `handle` passes through to the framework: WorkOS delivers the event again. Mount it above body parsers,
 * which may change the bytes.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example app.use('/webhooks/workos', mountHandler(workosWebhook({ auth, secrets: [env.WORKOS_WEBHOOK_SECRET], sync
 * })))
 * @see https://workos.com/docs/events/data-syncing/webhooks
 */
export function workosWebhook(options: WorkosWebhookOptions): Endpoints {
  const parsed = parseOptions(schema, options, 'workosWebhook')
  assertVerifiers(parsed, 'workosWebhook')
  const check = createSignatureCheck(parsed.secrets, parsed.toleranceSeconds * 1000)
  const settings: Settings = { ...parsed, check }
  return async (request) => {
    const { native } = mountedRequest(request)
    const seen: { event?: WorkosEvent } = {}
    try {
      const outcome = await take(settings, request, seen)
      report(settings, deliveryOf(seen.event, outcome))
      return json(200, { received: true })
    } catch (cause) {
      report(settings, deliveryOf(seen.event, cause))
      if (!isAnswer(cause)) throw cause
      const more = cause.code === 'method_not_allowed' ? { allow: 'POST' } : {}
      return refused(settings.auth, cause, native, more)
    }
  }
}

async function take(settings: Settings, request: Request, seen: { event?: WorkosEvent }): Promise<WorkosEventOutcome> {
  if (request.method !== 'POST') throw new AuthError('method_not_allowed')
  // Also where the bytes that were written again happen to be the same: the next delivery may be spelled otherwise.
  if (request.bodyUsed || !isBodyAsSent(request)) throw bodyParsed()
  const bytes = await readJsonBytes(request, settings.maxBodyBytes)
  await settings.check(request.headers.get('workos-signature'), bytes, settings.now())
  seen.event = readEvent(parseJson(bytes))
  return takeEvent(settings, seen.event)
}

function bodyParsed(): AuthError {
  const detail =
    'the bytes that were signed are lost: a parser such as express.json(), or another reader, has read the body; mount the webhook above it'
  return new AuthError('signature_invalid', { reason: 'body_parsed', detail })
}

/** @param result What became of it, or what was thrown. */
export function deliveryOf(event: WorkosEvent | undefined, result: unknown): WorkosDelivery {
  const names = { id: event?.id ?? null, event: event?.event ?? null }
  if (typeof result === 'string') return { outcome: result as WorkosEventOutcome, ...names, code: null, reason: null }
  if (!isAuthError(result)) return { outcome: 'failed', ...names, code: null, reason: null, cause: result }
  const { code, status, reason, cause } = result
  const outcome = status < 500 ? 'refused' : 'failed'
  return { outcome, ...names, code, reason, ...(cause !== undefined && { cause }) }
}

function report({ auth, onDelivery }: Settings, delivery: WorkosDelivery): void {
  const { outcome, code, reason, cause } = delivery
  // The rest is the caller's to mend.
  if (outcome === 'failed' || reason === 'body_parsed') auth.report?.({ endpoint: 'webhook', code, reason, cause })
  try {
    onDelivery?.(delivery)
  } catch {
    // A counter that fails must not turn an answer into another one.
  }
}
