import type { ErrorCode } from '../errors/error-table.js'
import type { Stage } from '../migration/stage.js'

/** Why a verifier rejected a credential. For operators only, never sent to a caller. */
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

/** The name of an endpoint. */
export type EndpointName = 'sign-in' | 'callback' | 'sign-out' | 'refresh' | 'api-keys' | 'webhook' | 'metrics'

/** An endpoint's report of its own failure. Contains no credential, hash, e-mail or claim value. */
export interface EndpointFailure {
  readonly endpoint: EndpointName
  /** The code of the answer. Null: there is no error answer, because the endpoint continues. */
  readonly code: ErrorCode | null
  readonly reason?: string | null
  readonly verifier?: string | null
  readonly cause?: unknown
}

/** The kind of place that carries a credential. */
export type CarrierKind = 'bearer' | 'scheme' | 'header' | 'cookie'

/** The policy that decided about a credential, for verifiers in a migration. */
export interface DecidingPolicy {
  readonly migration: string
  readonly version: number
  /** The stage of the organization that the request acted for. */
  readonly stage: Stage
  readonly side: 'old' | 'new'
}
