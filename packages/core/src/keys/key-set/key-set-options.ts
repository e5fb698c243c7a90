import { between, functionOption } from '../../settings/leaves.js'
import { object, optional, type Schema } from '../../settings/schema.js'
import type { Fetch } from '../../outbound/fetch-json.js'

/** How a key set is kept. Verifiers take these as `keySetOptions`, `keySetAt` as its options. */
export interface KeySetSettings {
  /**
   * While the issuer answers, keys are not older than this: so long a withdrawn key can live. A
   * shorter `Cache-Control: max-age` of the issuer counts, down to a minute. Default 10 minutes.
   */
  readonly maxAgeMs?: number | undefined
  /** So long after that, the last good keys serve while the issuer does not answer. Default 24 hours. */
  readonly staleIfErrorMs?: number | undefined
  /** For one fetch, its body included. Default 3 seconds. */
  readonly timeoutMs?: number | undefined
  /** Takes the place of the global `fetch`: a proxy, or a service binding. */
  readonly fetch?: Fetch | undefined
  /** Keeps a refresh in the background alive after the response: that of Workers. Default: nothing does. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined
}

const DAY_MS = 86_400_000

export const DEFAULTS: { readonly maxAgeMs: number; readonly staleIfErrorMs: number; readonly timeoutMs: number } = {
  maxAgeMs: 600_000,
  staleIfErrorMs: DAY_MS,
  timeoutMs: 3_000,
}

export const keySetSettings: Schema<KeySetSettings> = object({
  maxAgeMs: optional(between(1_000, DAY_MS)),
  staleIfErrorMs: optional(between(0, 30 * DAY_MS)),
  timeoutMs: optional(between(1, 30_000)),
  fetch: optional(functionOption<Fetch>()),
  waitUntil: optional(functionOption<(work: Promise<unknown>) => void>()),
})
