import { andThen, attempt, type MaybePromise } from '../async/maybe-promise.js'
import { KeysUnavailable } from '../keys/key-set/key-source.js'
import type { Presented } from '../route/shape.js'
import { rejected, type Demand, type OpenVerifier, type Unavailable, type Verification } from '../route/verifier.js'
import { safeCause } from './safe-cause.js'

/** One owner's answer about a credential. */
export interface Answer<V extends Verification = Verification> {
  readonly owner: number
  readonly verification: V
}

export interface Judgement extends Answer<Exclude<Verification, { outcome: 'not-mine' }>> {
  /** For an acceptance: earlier owners that could not tell and were passed over. */
  readonly passed?: readonly Answer<Unavailable>[]
}

/** Whether the next owner may be asked although this one could not tell. */
export type MayPass = (owner: number) => MaybePromise<boolean>

/**
 * Is it genuine, current, and meant for this API? Asks the owner, or a declared chain until one owner knows the
 * credential. A verifier that throws cannot tell; that is never a rejection.
 *
 * @param mayPass An outage that was passed over still decides if no other owner accepts the credential. Default: none
 *   is passed over, because the owner may know that the credential is revoked.
 */
export function judge(
  credential: Presented,
  [owner, ...successors]: readonly number[],
  verifiers: readonly OpenVerifier[],
  demand: Demand,
  mayPass: MayPass = never,
): MaybePromise<Judgement> {
  const place = owner as number
  return andThen(ask(verifiers[place] as OpenVerifier, credential, demand), (verification): MaybePromise<Judgement> => {
    if (verification.outcome === 'not-mine')
      return successors.length > 0
        ? judge(credential, successors, verifiers, demand, mayPass)
        : { owner: place, verification: rejected('credential_invalid', 'unknown_key') }
    if (verification.outcome !== 'unavailable') return { owner: place, verification }
    return andThen(quotingNothing(verification, credential), (outage): MaybePromise<Judgement> => {
      const unknown = { owner: place, verification: outage }
      if (successors.length === 0) return unknown
      return andThen(mayPass(place), (may) =>
        may ? passOver(unknown, judge(credential, successors, verifiers, demand, mayPass)) : unknown,
      )
    })
  })
}

const never: MayPass = () => false

function passOver(outage: Answer<Unavailable>, later: MaybePromise<Judgement>): MaybePromise<Judgement> {
  return andThen(later, ({ owner, verification, passed = [] }): Judgement => {
    if (verification.outcome !== 'accepted') return outage
    // A session refreshed before the outage must not be lost.
    const cookies = [...(outage.verification.cookies ?? []), ...(verification.cookies ?? [])]
    const accepted = cookies.length === 0 ? verification : { ...verification, cookies }
    return { owner, verification: accepted, passed: [outage, ...passed] }
  })
}

function quotingNothing(outage: Unavailable, credential: Presented): MaybePromise<Unavailable> {
  const { cause: thrown } = outage
  // Our own error, common in a flood: it quotes nothing.
  return andThen(thrown instanceof KeysUnavailable ? thrown : safeCause(thrown, credential), (cause) => ({
    ...outage,
    cause,
  }))
}

function ask(verifier: OpenVerifier, credential: Presented, demand: Demand): MaybePromise<Verification> {
  return attempt(
    () => verifier.verify(credential, demand),
    (cause): Verification => ({ outcome: 'unavailable', cause }),
  )
}
