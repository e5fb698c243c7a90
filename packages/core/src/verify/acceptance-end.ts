import { andThen } from '../async/maybe-promise.js'
import type { Emit } from '../events/events.js'
import type { AcceptanceAbout } from '../route/about.js'
import type { Demand, OpenVerifier, Verification } from '../route/verifier.js'
import { rejected } from '../route/verifier.js'
import type { Acceptance } from '../settings/acceptance.js'
import type { Presented } from '../route/shape.js'

/**
 * The end of something unsafe that the app accepts until a date. After it, a restart fails, and a running process
 * refuses it, too.
 */
export interface AcceptanceEnd {
  /** Called whenever the acceptance is needed. Emits an event the first time it has ended. */
  hasEnded(): boolean
  /** Limits how long a result that relied on it is remembered to its end. */
  limit<Claims>(verification: Verification<Claims>): Verification<Claims>
}

export interface AcceptanceOwner {
  readonly verifier: string
  readonly now: () => number
  readonly emit: Emit
}

/** For `auth.inspect`: a verifier's acceptances and their ends. */
export function acceptancesOf(
  accepted: Readonly<Partial<Record<AcceptanceAbout['option'], Acceptance | undefined>>>,
): readonly AcceptanceAbout[] {
  const options: readonly AcceptanceAbout['option'][] = ['acceptWeakSecret', 'acceptUnlimited']
  return options.flatMap((option) => {
    const until = accepted[option]?.until
    return until === undefined ? [] : [{ option, until }]
  })
}

/**
 * The end of an acceptance; null if the app does not use it.
 *
 * @param option The option's name, for the event.
 */
export function acceptanceEnd(
  acceptance: Acceptance | undefined,
  option: string,
  { verifier, now, emit }: AcceptanceOwner,
): AcceptanceEnd | null {
  if (acceptance === undefined) return null
  const { until } = acceptance
  const endsAt = Date.parse(until)
  let isSaid = false
  return {
    hasEnded() {
      if (now() < endsAt) return false
      if (!isSaid) emit({ type: 'acceptance_ended', verifier, option, until })
      isSaid = true
      return true
    },
    limit(verification) {
      if (verification.outcome !== 'accepted' || verification.remember === undefined) return verification
      const { remember } = verification
      return { ...verification, remember: { ...remember, until: Math.min(remember.until, endsAt) } }
    },
  }
}

/** Wraps a verifier whose credentials all rely on the acceptance: they are refused after its end. */
export function untilEnded<Claims>(
  verify: OpenVerifier<Claims>['verify'],
  end: AcceptanceEnd | null,
): OpenVerifier<Claims>['verify'] {
  if (end === null) return verify
  return (credential: Presented, demand: Demand) =>
    end.hasEnded()
      ? rejected('credential_invalid', 'acceptance_ended')
      : andThen(verify(credential, demand), (verification) => end.limit(verification))
}

/** Wraps a verifier of which only credentials without an expiry rely on it: they are not remembered past its end. */
export function endlessUntil<Claims>(
  verify: OpenVerifier<Claims>['verify'],
  end: AcceptanceEnd | null,
): OpenVerifier<Claims>['verify'] {
  if (end === null) return verify
  return (credential, demand) =>
    andThen(verify(credential, demand), (verification): Verification<Claims> => {
      if (verification.outcome !== 'accepted' || verification.identity.expiresAt !== null) return verification
      return end.hasEnded() ? rejected('credential_invalid', 'acceptance_ended', 'exp') : end.limit(verification)
    })
}
