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
export async function judge(
  credential: Presented,
  owners: readonly number[],
  verifiers: readonly OpenVerifier[],
  demand: Demand,
): Promise<Judgement> {
  for (const owner of owners) {
    const verification = await ask(verifiers[owner] as OpenVerifier, credential, demand)
    if (verification.outcome === 'unavailable') {
      const cause = await safeCause(verification.cause, credential)
      return { owner, verification: { ...verification, cause } }
    }
    if (verification.outcome !== 'not-mine') return { owner, verification }
  }
  return {
    owner: owners[0] as number,
    verification: rejected('credential_invalid', 'unknown_key') as Judgement['verification'],
  }
}

async function ask(verifier: OpenVerifier, credential: Presented, demand: Demand): Promise<Verification> {
  try {
    return await verifier.verify(credential, demand)
  } catch (cause) {
    return { outcome: 'unavailable', cause }
  }
}
