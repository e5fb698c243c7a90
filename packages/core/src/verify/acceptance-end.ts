import { andThen } from '../async/maybe-promise.js'
import type { Emit } from '../events/events.js'
import type { AcceptanceAbout } from '../route/about.js'
import type { Demand, OpenVerifier, Verification } from '../route/verifier.js'
import { rejected } from '../route/verifier.js'
import type { Acceptance } from '../settings/acceptance.js'
import type { Presented } from '../route/shape.js'

/** The end of something unsafe that the app accepts for a while. A restart later fails; a process that runs on ends it, too. */
export interface AcceptanceEnd {
  /** Asked whenever the acceptance is relied on; the first time that it has ended there is an event. */
  hasEnded(): boolean
  /** What was accepted because of it is not remembered past its end. */
  limit<Claims>(verification: Verification<Claims>): Verification<Claims>
}

export interface AcceptanceOwner {
  readonly verifier: string
  readonly now: () => number
  readonly emit: Emit
}

/** For `auth.inspect`: which of them a verifier has, and until when. */
export function acceptancesOf(
  accepted: Readonly<Partial<Record<AcceptanceAbout['option'], Acceptance | undefined>>>,
): readonly AcceptanceAbout[] {
  const options: readonly AcceptanceAbout['option'][] = ['acceptWeakSecret', 'acceptUnlimited']
  return options.flatMap((option) => {
    const until = accepted[option]?.until
    return until === undefined ? [] : [{ option, until }]
  })
}

/** @param option Its name, for the event. Null if the app accepts nothing of the kind. */
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

/** A verifier all of whose credentials rely on the acceptance: from its end on it refuses them. */
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

/** A verifier of which only the credentials without an end rely on it; they are remembered no longer. */
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
