import * as z from 'zod/mini'
import { between, functionOption, object } from '../../settings/schemas.js'
import { insecureHost, type InsecureHost } from '../../outbound/endpoint-url.js'
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
  /**
   * Fetches keys over `http` from this host, such as `keycloak.default.svc.cluster.local` or `keycloak:8080`
   * inside a cluster. Whoever can change the answers on that way can sign in as anybody. Default: none.
   */
  readonly allowInsecureHost?: string | undefined
  /** Keeps a refresh in the background alive after the response: that of Workers. Default: nothing does. */
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

/** For the addresses of a verifier that takes `keySetOptions`. */
export function insecureHostOf(settings: KeySetSettings | undefined): InsecureHost {
  return { option: 'keySetOptions.allowInsecureHost', host: settings?.allowInsecureHost }
}
