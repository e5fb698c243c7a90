import { andThen, attempt, type MaybePromise } from '../async/maybe-promise.js'
import { KeysUnavailable } from '../keys/key-set/key-source.js'
import type { Presented } from '../route/shape.js'
import { rejected, type Demand, type OpenVerifier, type Verification } from '../route/verifier.js'
import { safeCause } from './safe-cause.js'

export type Judgement = {
  readonly owner: number
  readonly verification: Exclude<Verification, { outcome: 'not-mine' }>
}

/**
 * Is it genuine, current, meant for this API? Asks the one owner, or a declared chain until one of
 * it knows the credential. A verifier that throws cannot tell; that is never a rejection.
 */
export function judge(
  credential: Presented,
  [owner, ...successors]: readonly number[],
  verifiers: readonly OpenVerifier[],
  demand: Demand,
): MaybePromise<Judgement> {
  const place = owner as number
  return andThen(ask(verifiers[place] as OpenVerifier, credential, demand), (verification): MaybePromise<Judgement> => {
    if (verification.outcome === 'not-mine')
      return successors.length > 0
        ? judge(credential, successors, verifiers, demand)
        : { owner: place, verification: rejected('credential_invalid', 'unknown_key') }
    if (verification.outcome !== 'unavailable') return { owner: place, verification }
    const { cause: thrown } = verification
    // Ours, and common in a flood: it quotes nothing.
    return andThen(thrown instanceof KeysUnavailable ? thrown : safeCause(thrown, credential), (cause) => ({
      owner: place,
      verification: { ...verification, cause },
    }))
  })
}

function ask(verifier: OpenVerifier, credential: Presented, demand: Demand): MaybePromise<Verification> {
  return attempt(
    () => verifier.verify(credential, demand),
    (cause): Verification => ({ outcome: 'unavailable', cause }),
  )
}
