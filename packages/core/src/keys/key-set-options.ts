import * as z from 'zod/mini'
import { functionOption } from '../errors/options.js'
import type { Fetch } from './fetch-json.js'

/** How a key set is kept. Every verifier with one takes these as `keySetOptions`. */
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

export const keySetSettings: z.ZodMiniType<KeySetSettings> = z.strictObject({
  maxAgeMs: z.optional(z.number().check(z.minimum(1_000), z.maximum(DAY_MS))),
  staleIfErrorMs: z.optional(z.number().check(z.minimum(0), z.maximum(30 * DAY_MS))),
  timeoutMs: z.optional(z.number().check(z.minimum(1), z.maximum(30_000))),
  fetch: z.optional(functionOption<Fetch>()),
  waitUntil: z.optional(functionOption<(work: Promise<unknown>) => void>()),
})
