import { AuthError } from '../../errors/auth-error.js'
import type { MigrationNotice } from '../../migration/notice.js'
import type { OpenMigration } from '../../migration/steering.js'

/** Why a genuine credential is not exchanged; sent as `reason`. */
export type ExchangeReason =
  /** The stage exchanges nothing: the other side does not count yet. */
  | 'stage'
  /** By the rollout, the old side issues for this person. */
  | 'cohort'
  /** The policy has no rollout, so nobody is moved. */
  | 'no_rollout'
  /** This instance has not known long enough that the new side is accepted. */
  | 'settling'
  /** The credential belongs to no migration with an exchange. */
  | 'verifier'
  /** An API key is replaced, not exchanged. */
  | 'api_key'
  /** The credential does not belong to a person. */
  | 'service'
  /** Somebody acts as the person. */
  | 'impersonated'
  /** The credential was already exchanged the maximum number of times. */
  | 'limit'
  /** The person has no account on the other side. */
  | 'no_account'
  /** The other side issues no tokens, or the credential is a cookie. */
  | 'no_tokens'
  /** The caller already has the session, and its tokens cannot be issued again. */
  | 'current'
  /** The new session belongs to another person or organization, or is not valid. */
  | 'mismatch'
  /** The new session has more rights. */
  | 'stronger'
  /** The new session expires later. */
  | 'longer'

export function exchangeRefused(reason: ExchangeReason): AuthError {
  return new AuthError('exchange_refused', { reason })
}

/** @param settledAt Milliseconds since the epoch. */
export function stillSettling(settledAt: number, now: number): AuthError {
  const reason: ExchangeReason = 'settling'
  return new AuthError('exchange_refused', { reason, retryAfterSeconds: Math.max(0, settledAt - now) / 1000 })
}

/** @param url Null: the login page of the policy. */
export async function signInRequired(
  { options, policy }: OpenMigration,
  url: string | null,
  reason: string | undefined,
): Promise<AuthError> {
  const { login = null, documentation = null } = (await policy.current())?.document.announcement ?? {}
  const notice: MigrationNotice = { migration: options.name, login: url ?? login, documentation }
  return new AuthError('sign_in_required', { notice, reason })
}
