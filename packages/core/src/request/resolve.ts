import type { Memory } from '../cache/memory.js'
import { cacheKeyOf, type CacheKey } from '../cache/cache-key.js'
import type { Emit } from '../events/events.js'
import type { Credential } from '../extract/credential.js'
import { isWellFormed } from '../extract/extract.js'
import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import type { Router } from '../route/router.js'
import { present, type Presented } from '../route/shape.js'
import type { Demand, OpenVerifier, Verifier } from '../route/verifier.js'
import { judge, type Judgement } from '../verify/judge.js'
import { again, linkAnew, type LinkParts } from './linked.js'
import type { Resolution, Unresolved } from './resolution.js'

export interface ResolverParts extends LinkParts {
  readonly open: readonly OpenVerifier[]
  readonly router: Router
  /** Null: every credential is judged anew. */
  readonly memory: Memory | null
  readonly emit: Emit
}

/** Takes one credential from its owner to an account. Null: no verifier owns it. */
export type Resolve = (credential: Credential, demand: Demand) => MaybePromise<Resolution | null>

export function createResolver(parts: ResolverParts): Resolve {
  const { verifiers, open, router, memory, emit } = parts

  /** Routes, and shares one judging among those who bring the same credential at a time, unless it counts. */
  function judgeAnew(credential: Credential, demand: Demand, key: CacheKey | null): MaybePromise<Resolution | null> {
    const { carrier } = credential
    const presented = present(credential)
    // The strict reading of a JWT admits no character that a carrier forbids.
    if (presented.jwt() === null && !isWellFormed(credential))
      return { ok: false, code: 'credential_malformed', reason: null, verifier: null, carrier }
    const selection = router.select(presented)
    if (selection.kind === 'unsupported') return null
    if (selection.kind === 'ambiguous') {
      emit({ type: 'ambiguous', verifiers: selection.verifiers })
      return { ok: false, code: 'credential_ambiguous', reason: null, verifier: null, carrier }
    }
    const { owners } = selection
    const task = () => judgeOwned(presented, owners, demand, key)
    const counts = owners.some((owner) => (verifiers[owner] as Verifier).counts === true)
    return memory === null || key === null || demand.fresh || counts ? task() : memory.once(key, demand.refresh, task)
  }

  function judgeOwned(
    presented: Presented,
    owners: readonly number[],
    demand: Demand,
    key: CacheKey | null,
  ): MaybePromise<Resolution> {
    const since = memory?.era ?? 0
    return andThen(judge(presented, owners, open, demand), ({ owner, verification }) => {
      const verifier = (verifiers[owner] as Verifier).name
      if (verification.outcome !== 'accepted') {
        if (demand.fresh && key !== null) memory?.forget(key)
        return refusal(verification, verifier, presented.carrier)
      }
      const remembered = key === null ? null : (memory?.keep(key, owner, verification, since) ?? null)
      return linkAnew(parts, presented, verifier, verification, remembered)
    })
  }

  return (credential, demand) => {
    if (memory === null) return judgeAnew(credential, demand, null)
    const go = (key: CacheKey): MaybePromise<Resolution | null> => {
      // A fresh look replaces what is remembered.
      const known = demand.fresh ? null : memory.find(key)
      return known === null ? judgeAnew(credential, demand, key) : again(parts, credential, known)
    }
    return andThen(cacheKeyOf(credential), go)
  }
}

function refusal(
  verification: Exclude<Judgement['verification'], { outcome: 'accepted' }>,
  verifier: string,
  carrier: Unresolved['carrier'],
): Unresolved {
  const { retryAfterSeconds, cookies } = verification
  if (verification.outcome === 'rejected') {
    const { code, reason } = verification
    return { ok: false, code, reason, verifier, carrier, retryAfterSeconds, cookies }
  }
  const { cause } = verification
  return { ok: false, code: 'verifier_unavailable', reason: null, verifier, carrier, cause, retryAfterSeconds, cookies }
}
