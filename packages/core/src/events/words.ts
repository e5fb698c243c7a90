import type { ErrorCode } from '../errors/error-table.js'
import type { Stage } from '../migration/stage.js'

/** Why a verifier rejected: for operators only, never sent to a caller. */
export type RejectionReason =
  | 'algorithm'
  | 'key_unknown'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'purpose'
  | 'claims'
  | 'schema'
  | 'bound_to_key'
  | 'expired'
  | 'not_yet_valid'
  | 'revoked'
  | 'inactive'
  | 'session_unknown'
  | 'anonymous'
  | 'user_unknown'
  | 'banned'
  | 'checksum'
  | 'unknown_key'
  | 'impersonated'
  | 'remote'
  | 'rate_limited'
  | 'throttled'
  | 'acceptance_ended'
  | 'management_key'
  | 'seal'
  | 'principal'
  | 'organization'
  | 'retired'
  | 'not_yet'
  | 'issued_after_cut_off'
  | 'acceptance_over'
  | 'too_old'
  | 'undated'

/** What an endpoint does for its caller. */
export type EndpointName = 'sign-in' | 'callback' | 'sign-out' | 'refresh' | 'api-keys' | 'webhook' | 'metrics'

/** What an endpoint says of its own failure. No credential, hash, e-mail or claim value. */
export interface EndpointFailure {
  readonly endpoint: EndpointName
  /** What the caller is answered; null: nobody, the work goes on. */
  readonly code: ErrorCode | null
  readonly reason?: string | null
  readonly verifier?: string | null
  readonly cause?: unknown
}

/** Where a credential travelled. */
export type CarrierKind = 'bearer' | 'scheme' | 'header' | 'cookie'

/** The policy that decided about a credential: of a verifier that takes part in a migration. */
export interface DecidingPolicy {
  readonly migration: string
  readonly version: number
  /** Of the organization that the request acted for. */
  readonly stage: Stage
  readonly side: 'old' | 'new'
}
