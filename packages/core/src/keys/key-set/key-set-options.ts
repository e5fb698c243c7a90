import * as z from 'zod/mini'
import { between, functionOption, object } from '../../settings/schemas.js'
import { insecureHost, type InsecureHost } from '../../outbound/endpoint-url.js'
import type { Fetch } from '../../outbound/fetch-json.js'

/** How a key set is fetched and kept: the option `keySetOptions` of verifiers, and the options of `keySetAt`. */
export interface KeySetSettings {
  /**
   * Maximum age of keys while the issuer answers, in milliseconds. A withdrawn key can stay accepted for this long. A
   * shorter `Cache-Control: max-age` of the issuer applies, down to a minute. Default 10 minutes.
   */
  readonly maxAgeMs?: number | undefined
  /**
   * How long after that the last good keys are used if the issuer does not answer, in milliseconds. Default 24 hours.
   */
  readonly staleIfErrorMs?: number | undefined
  /** Time limit of one fetch, including the body, in milliseconds. Default 3 seconds. */
  readonly timeoutMs?: number | undefined
  /** Replaces the global `fetch`, for example for a proxy or a service binding. */
  readonly fetch?: Fetch | undefined
  /**
   * Allows `http` for keys from this host, such as `keycloak.default.svc.cluster.local` or `keycloak:8080` inside a
   * cluster. Anybody who can change the answers on the way can sign in as anybody. Default: none.
   */
  readonly allowInsecureHost?: string | undefined
  /** Keeps a background refresh alive after the response: `waitUntil` of Workers. Default: none. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined
}

const DAY_MS = 86_400_000

export const DEFAULTS: { readonly maxAgeMs: number; readonly staleIfErrorMs: number; readonly timeoutMs: number } = {
  maxAgeMs: 600_000,
  staleIfErrorMs: DAY_MS,
  timeoutMs: 3_000,
}

export const keySetSettings: z.ZodMiniType<KeySetSettings> = object({
  maxAgeMs: z.exactOptional(between(1_000, DAY_MS)),
  staleIfErrorMs: z.exactOptional(between(0, 30 * DAY_MS)),
  timeoutMs: z.exactOptional(between(1, 30_000)),
  fetch: z.exactOptional(functionOption<Fetch>()),
  allowInsecureHost: insecureHost,
  waitUntil: z.exactOptional(functionOption<(work: Promise<unknown>) => void>()),
})

/** For the addresses of a verifier with the option `keySetOptions`. */
export function insecureHostOf(settings: KeySetSettings | undefined): InsecureHost {
  return { option: 'keySetOptions.allowInsecureHost', host: settings?.allowInsecureHost }
}
