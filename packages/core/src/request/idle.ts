import { allOf } from '../async/at-hand.js'
import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import type { Credential } from '../extract/credential.js'
import type { Principal } from '../identity/principal.js'
import { isRefusedFor, type Steering } from '../migration/steering.js'
import { present } from '../route/shape.js'
import type { Verifier } from '../route/verifier.js'
import type { Line } from './line.js'

/**
 * Whether the policies refuse to each of these callers whatever is of the side of a credential, whoever owns it: what its
 * verifiers said, or could not say, is then of no account. One that takes part in no migration always counts.
 */
export function isIdleFor(
  line: Line,
  steering: Steering,
  credential: Credential,
  callers: readonly Principal[],
): MaybePromise<boolean> {
  const parts = possibleOwners(line, credential).map((name) => steering.partsOf(name))
  if (parts.length === 0) return false
  const now = line.now()
  const refusals = parts.flatMap((some) =>
    callers.map(({ organization }) => some !== undefined && isRefusedFor(some, organization, now)),
  )
  return andThen(allOf(refusals), (refused) => !refused.includes(false))
}

/** All of a chain: one that was not reached may know the credential. */
function possibleOwners({ router, readJwt, verifiers }: Line, credential: Credential): readonly string[] {
  const selection = router.select(present(credential, readJwt))
  if (selection.kind === 'owned') return selection.owners.map((owner) => (verifiers[owner] as Verifier).name)
  return selection.kind === 'ambiguous' ? selection.verifiers : []
}
