import type * as z from 'zod/mini'
import type { CarrierKind } from '../events/events.js'
import { between } from '../settings/schemas.js'

/** A credential as the caller presented it (untrusted), and its carrier. */
export interface Credential {
  readonly carrier: CarrierKind
  /** Header or cookie name; the scheme in lower case, empty for none; `authorization` for a bearer. */
  readonly name: string
  /** As sent, without surrounding spaces and tabs and without a cookie's quotes. */
  readonly value: string
  /**
   * Cookies that the owner reads together with this one, by exact name, including chunks. Each has every value that was
   * sent.
   */
  readonly companions?: ReadonlyMap<string, readonly string[]>
  /** How many numbered chunks of this cookie the request has. Absent if none. */
  readonly chunks?: number
}

export const DEFAULT_MAX_CREDENTIAL_BYTES = 8_192

/** The schema of `maxCredentialBytes`. */
export const maxCredentialBytes: z.ZodMiniType<number> = between(256, 15_360)

/** The "scheme" of a token in `Authorization` without a scheme. */
export const NO_SCHEME = ''

/** Everything that the verifiers of an instance read. Nothing else of a request is ever read. */
export interface CarrierPlan {
  readonly bearer: boolean
  /**
   * Other schemes of `Authorization`, as written, by their lower-case form. The empty scheme is a token without a
   * scheme.
   */
  readonly schemes: ReadonlyMap<string, string>
  /** Better Auth 1.3 and 1.4 hand out percent-encoded signed bearers, which RFC 6750 forbids. */
  readonly percentEncodedBearer: boolean
  /** `Sec-WebSocket-Protocol: <this>.<bearer>` counts in upgrades. */
  readonly subprotocol: string | null
  /** Lower-case header names. */
  readonly headers: readonly string[]
  /** Those of `headers` that hold API keys, and those that hold tokens; one may hold either. */
  readonly apiKeyHeaders: readonly string[]
  readonly tokenHeaders: readonly string[]
  /** Exact cookie names, newest side first. */
  readonly cookies: readonly string[]
  /** For each cookie, the cookies that count only beside it; also in numbered chunks (`name.0`, `name.1`, …). */
  readonly companions: ReadonlyMap<string, readonly string[]>
  /** Every cookie that may arrive in numbered chunks: companions, and those of `chunked`. */
  readonly beside: readonly string[]
  /** Credential cookies that may arrive in numbered chunks. */
  readonly chunked: readonly string[]
  readonly maxCredentialBytes: number
}
