import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import type { CacheKey } from '../cache/cache-key.js'
import type { Steering } from '../migration/steering.js'
import type { Presented } from '../route/shape.js'
import type { Accepted, Demand, Verifier } from '../route/verifier.js'
import { judge, type Judgement } from '../verify/judge.js'
import type { Line } from './line.js'
import { linkCandidate } from './link-candidate.js'
import { countingSomewhere, mayBeOfAnother, mayPassOver, type Asked } from './owners.js'
import type { Candidate, Unresolved } from './resolution.js'

/**
 * Shares one verification among concurrent requests with the same credential, unless each must be verified separately.
 */
export function verifyShared(
  line: Line,
  presented: Presented,
  asked: Asked,
  demand: Demand,
  key: CacheKey | null,
): MaybePromise<Candidate | Unresolved> {
  const { verifiers, memory } = line
  const task = (): MaybePromise<Candidate | Unresolved> => verify(line, presented, asked, demand, key)
  const isAlone = asked.owners.some((owner) => {
    const { counts, forOrganization } = verifiers[owner] as Verifier
    return counts === true || forOrganization === true
  })
  return memory === null || key === null || demand.fresh || isAlone ? task() : memory.once(key, demand.refresh, task)
}

function verify(
  line: Line,
  presented: Presented,
  asked: Asked,
  demand: Demand,
  key: CacheKey | null,
): MaybePromise<Candidate | Unresolved> {
  const since = line.memory?.era ?? 0
  const startedAt = line.report.start()
  const judged = judge(presented, asked.owners, line.open, demand, (owner) => mayPassOver(line, line.steering, owner))
  return andThen(judged, ({ owner, verification, passed }): MaybePromise<Candidate | Unresolved> => {
    const { name } = line.verifiers[owner] as Verifier
    line.report.verified(name, presented.carrier, verification.outcome, startedAt)
    if (verification.outcome !== 'accepted') {
      if (demand.fresh && key !== null) line.memory?.forget(key)
      return refusedBy(verification, asked.otherwise, name, presented.carrier)
    }
    if (passed === undefined || line.steering === null)
      return keepAndLink(line, presented, owner, verification, key, since)
    return linkDespite(line, line.steering, presented, { owner, verification, passed }, key, since)
  })
}

function keepAndLink(
  line: Line,
  presented: Presented,
  owner: number,
  verification: Accepted,
  key: CacheKey | null,
  since: number,
): MaybePromise<Candidate | Unresolved> {
  const { name, forOrganization } = line.verifiers[owner] as Verifier
  // For one request only: another may act for another organization.
  const remembered =
    key === null || forOrganization === true ? null : (line.memory?.keep(key, owner, verification, since) ?? null)
  return linkCandidate(line, presented, name, verification, remembered)
}

/**
 * For an acceptance after owners that could not tell: the result depends on the request's organization, so it is not
 * remembered for all.
 */
function linkDespite(
  line: Line,
  steering: Steering,
  presented: Presented,
  { owner, verification, passed }: PassedOver,
  key: CacheKey | null,
  since: number,
): MaybePromise<Candidate | Unresolved> {
  const { carrier } = presented
  const outages = passed.map((one) =>
    refusalOf(one.verification, (line.verifiers[one.owner] as Verifier).name, carrier),
  )
  return andThen(countingSomewhere(line, steering, outages), (counting) => {
    for (const outage of outages) if (!counting.includes(outage)) line.report.passedOver(outage)
    const [first] = counting
    const linked = keepAndLink(line, presented, owner, verification, first === undefined ? key : null, since)
    if (first === undefined) return linked
    return andThen(linked, (candidate) =>
      candidate.ok ? { ...candidate, passed: counting } : { ...first, cookies: verification.cookies },
    )
  })
}

interface PassedOver {
  readonly owner: number
  readonly verification: Accepted
  readonly passed: NonNullable<Judgement['passed']>
}

function refusedBy(
  verification: Refusing,
  otherwise: Unresolved | null,
  verifier: string,
  carrier: Unresolved['carrier'],
): Unresolved {
  return otherwise !== null && verification.outcome === 'rejected' && mayBeOfAnother(verification)
    ? { ...otherwise, cookies: verification.cookies }
    : refusalOf(verification, verifier, carrier)
}

type Refusing = Exclude<Judgement['verification'], { outcome: 'accepted' }>

function refusalOf(verification: Refusing, verifier: string, carrier: Unresolved['carrier']): Unresolved {
  const { retryAfterSeconds, cookies } = verification
  if (verification.outcome === 'rejected') {
    const { code, reason, claim, linkReason, notice } = verification
    return { ok: false, code, reason, claim, linkReason, notice, verifier, carrier, retryAfterSeconds, cookies }
  }
  const { cause } = verification
  return { ok: false, code: 'verifier_unavailable', reason: null, verifier, carrier, cause, retryAfterSeconds, cookies }
}
