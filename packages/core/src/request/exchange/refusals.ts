import { AuthError } from '../../errors/auth-error.js'
import type { MigrationNotice } from '../../migration/notice.js'
import type { OpenMigration } from '../../migration/steering.js'

/** Why a genuine credential is not exchanged; sent as `reason`. */
export type ExchangeReason =
  /** The stage exchanges nothing: the other side does not count yet. */
  | 'stage'
  /** The rollout issues the old side for this person. */
  | 'cohort'
  /** The policy has no rollout: nobody is moved. */
  | 'no_rollout'
  /** This instance has known for too short a time that the new side is accepted. */
  | 'settling'
  /** It is of no migration that exchanges. */
  | 'verifier'
  /** An API key is replaced, not exchanged. */
  | 'api_key'
  /** It is no person's. */
  | 'service'
  /** Somebody acts in the person's place. */
  | 'impersonated'
  /** It became as many sessions as it may. */
  | 'limit'
  /** The person has no account on the other side. */
  | 'no_account'
  /** The other side gives out no tokens. */
  | 'no_tokens'
  /** What was asked for is there already, and cannot be given out again. */
  | 'current'
  /** What was minted is another person's, another organization's, or not valid. */
  | 'mismatch'
  /** What was minted has more rights. */
  | 'stronger'
  /** What was minted ends later. */
  | 'longer'

export function exchangeRefused(reason: ExchangeReason): AuthError {
  return new AuthError('exchange_refused', { reason })
}

/** @param settledAt Milliseconds since the epoch. */
export function stillSettling(settledAt: number, now: number): AuthError {
  const reason: ExchangeReason = 'settling'
  return new AuthError('exchange_refused', { reason, retryAfterSeconds: Math.max(0, settledAt - now) / 1000 })
}

/** @param url Null: wherever the policy says that people sign in. */
export async function signInRequired(
  { options, policy }: OpenMigration,
  url: string | null,
  reason: string | undefined,
): Promise<AuthError> {
  const { login = null, documentation = null } = (await policy.current())?.document.announcement ?? {}
  const notice: MigrationNotice = { migration: options.name, login: url ?? login, documentation }
  return new AuthError('sign_in_required', { notice, reason })
}
