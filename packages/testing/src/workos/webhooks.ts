import { createHmac } from 'node:crypto'
import { assertKnown, type Known } from '../known-options.js'
import { workosId } from './workos-id.js'

/** The options of `FakeWorkos.webhook`. */
export interface SignWebhookOptions {
  /** Milliseconds since the epoch. Default: the fake's current time. */
  readonly timestamp?: number
  /** Override members of the envelope, such as `{ id: 'event_01' }`. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** A delivery. The signature covers the bytes of the body. */
export interface SignedWebhook {
  readonly headers: { readonly 'content-type': 'application/json'; readonly 'workos-signature': string }
  readonly body: string
}

const OPTIONS: Known<SignWebhookOptions> = { timestamp: true, fields: true }

/** Signs an event as WorkOS delivers it: `t=<ms>, v1=<hex HMAC-SHA256 of t.body>`. */
export function signWebhook(
  secret: string,
  event: string,
  data: Readonly<Record<string, unknown>>,
  options: SignWebhookOptions,
  now: number,
): SignedWebhook {
  assertKnown(options, OPTIONS, 'FakeWorkos.webhook')
  const { timestamp, fields } = options
  const time = timestamp ?? now
  const envelope = { object: 'event', id: workosId('event'), event, data, created_at: new Date(time).toISOString() }
  const body = JSON.stringify({ ...envelope, ...fields })
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  return { headers: { 'content-type': 'application/json', 'workos-signature': `t=${time}, v1=${signature}` }, body }
}
