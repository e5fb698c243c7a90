import type { Emit } from '../events/events.js'
import type { Credential } from '../extract/credential.js'
import type { Router } from '../route/router.js'
import { present } from '../route/shape.js'
import type { Demand, OpenVerifier, Verifier } from '../route/verifier.js'
import { judge, type Judgement } from '../verify/judge.js'
import { linkIdentity } from './link.js'
import type { Link } from './principal.js'
import type { Resolution, Unresolved } from './resolution.js'

export interface ResolverParts {
  readonly verifiers: readonly Verifier[]
  readonly open: readonly OpenVerifier[]
  readonly router: Router
  readonly link: Link
  readonly emit: Emit
}

/** Takes one credential from its owner to an account. Null: no verifier owns it. */
export type Resolve = (credential: Credential, demand: Demand) => Promise<Resolution | null>

export function createResolver({ verifiers, open, router, link, emit }: ResolverParts): Resolve {
  return async (credential, demand) => {
    const { carrier } = credential
    const presented = present(credential)
    const selection = router.select(presented)
    if (selection.kind === 'unsupported') return null
    if (selection.kind === 'ambiguous') {
      emit({ type: 'ambiguous', verifiers: selection.verifiers })
      return { ok: false, code: 'credential_ambiguous', reason: null, verifier: null, carrier }
    }
    const { owner, verification } = await judge(presented, selection.owners, open, demand)
    const verifier = (verifiers[owner] as Verifier).name
    if (verification.outcome !== 'accepted') return { ...refusal(verification), verifier, carrier }
    const linked = await linkIdentity(verifier, verification.identity, link)
    const { cookies } = verification
    return linked.ok
      ? { ok: true, principal: linked.principal, carrier, cookies }
      : { ...linked, reason: null, verifier, carrier, cookies }
  }
}

function refusal(
  verification: Exclude<Judgement['verification'], { outcome: 'accepted' }>,
): Omit<Unresolved, 'verifier' | 'carrier'> {
  if (verification.outcome === 'unavailable') {
    const { cause, retryAfterSeconds, cookies } = verification
    return { ok: false, code: 'verifier_unavailable', reason: null, cause, retryAfterSeconds, cookies }
  }
  const { code, reason, retryAfterSeconds } = verification
  return { ok: false, code, reason, retryAfterSeconds }
}
