import { allOf } from '../async/at-hand.js'
import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import type { Credential } from '../extract/credential.js'
import type { Principal } from '../identity/principal.js'
import { isRefusedFor, type Steering } from '../migration/steering.js'
import { present } from '../route/shape.js'
import type { Verifier } from '../route/verifier.js'
import type { Line } from './line.js'

/**
 * Whether the policies refuse everything of a credential's side to each of these callers, whichever verifier owns it.
 * If so, it does not matter what its verifiers said or could not say. A verifier in no migration always counts.
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

/** All of a chain, because one that was not asked may know the credential. */
function possibleOwners({ router, readJwt, verifiers }: Line, credential: Credential): readonly string[] {
  const selection = router.select(present(credential, readJwt))
  if (selection.kind === 'owned') return selection.owners.map((owner) => (verifiers[owner] as Verifier).name)
  return selection.kind === 'ambiguous' ? selection.verifiers : []
}
