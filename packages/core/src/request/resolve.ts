import { andThen, isPending, type MaybePromise } from '../async/maybe-promise.js'
import { cacheKeyOf, type CacheKey } from '../cache/cache-key.js'
import type { Memory } from '../cache/memory.js'
import type { Credential } from '../extract/credential.js'
import { isWellFormed } from '../extract/extract.js'
import type { HeaderView } from '../http/request.js'
import { present, type Presented } from '../route/shape.js'
import type { Demand, Verifier } from '../route/verifier.js'
import type { Steering } from '../migration/steering.js'
import { judge, type Judgement } from '../verify/judge.js'
import { admit } from './admit.js'
import type { Line } from './line.js'
import { namingRequest } from './organization.js'
import { linkCandidate } from './link-candidate.js'
import { recall } from './recall.js'
import { refuseUnverified, steer, steerUnlinked } from './steer.js'
import type { Candidate, Resolution, Unresolved } from './resolution.js'

/** Takes one credential from its owner to a principal of this request. Null: no verifier owns it. */
export function resolve(
  line: Line,
  view: HeaderView,
  credential: Credential,
  demand: Demand,
): MaybePromise<Resolution | null> {
  const found = candidateOf(line, credential, demandOf(line, view, demand))
  return isPending(found)
    ? found.then((late) => admitFound(line, view, credential, late))
    : admitFound(line, view, credential, found)
}

/** What a service judges depends on the organization that is named; for all others, `admit` looks at it afterwards. */
function demandOf({ asksForOrganization, organization }: Line, view: HeaderView, demand: Demand): Demand {
  if (!asksForOrganization || organization === null) return demand
  return { ...demand, organization: () => organization(namingRequest(view)) }
}

function admitFound(
  line: Line,
  view: HeaderView,
  credential: Credential,
  found: Candidate | Unresolved | null,
): MaybePromise<Resolution | null> {
  if (found === null) return null
  if (!found.ok) return line.steering === null ? found : steerUnlinked(line, line.steering, found)
  const admitted = admit(line, view, credential, found)
  if (line.steering === null) return admitted
  return isPending(admitted)
    ? admitted.then((late) => steer(line, line.steering as Steering, late))
    : steer(line, line.steering, admitted)
}

/** Everything that requests with the same credential share. */
function candidateOf(line: Line, credential: Credential, demand: Demand): MaybePromise<Candidate | Unresolved | null> {
  const { memory } = line
  if (memory === null) return routeAndVerify(line, credential, demand, null)
  const key = cacheKeyOf(credential)
  return isPending(key)
    ? key.then((late) => recallOrVerify(line, credential, demand, memory, late))
    : recallOrVerify(line, credential, demand, memory, key)
}

function recallOrVerify(
  line: Line,
  credential: Credential,
  demand: Demand,
  memory: Memory,
  key: CacheKey,
): MaybePromise<Candidate | Unresolved | null> {
  // A fresh look replaces what is remembered.
  const known = demand.fresh ? null : memory.find(key)
  return known === null ? routeAndVerify(line, credential, demand, key) : recall(line, credential, known)
}

/** Routes, and verifies what the policy does not refuse by its shape. */
function routeAndVerify(
  line: Line,
  credential: Credential,
  demand: Demand,
  key: CacheKey | null,
): MaybePromise<Candidate | Unresolved | null> {
  const { router, emit } = line
  const { carrier } = credential
  const presented = present(credential, line.readJwt)
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
  const unverified = line.steering === null ? null : refuseUnverified(line, line.steering, owners, carrier)
  if (isPending(unverified))
    return unverified.then((late) => late ?? verifyShared(line, presented, owners, demand, key))
  return unverified ?? verifyShared(line, presented, owners, demand, key)
}

/** Shares one verification among concurrent requests with the same credential, unless each one is judged by itself. */
function verifyShared(
  line: Line,
  presented: Presented,
  owners: readonly number[],
  demand: Demand,
  key: CacheKey | null,
): MaybePromise<Candidate | Unresolved> {
  const { verifiers, memory } = line
  const task = (): MaybePromise<Candidate | Unresolved> => verify(line, presented, owners, demand, key)
  const isAlone = owners.some((owner) => {
    const { counts, forOrganization } = verifiers[owner] as Verifier
    return counts === true || forOrganization === true
  })
  return memory === null || key === null || demand.fresh || isAlone ? task() : memory.once(key, demand.refresh, task)
}

function verify(
  line: Line,
  presented: Presented,
  owners: readonly number[],
  demand: Demand,
  key: CacheKey | null,
): MaybePromise<Candidate | Unresolved> {
  const { memory, verifiers, open, report } = line
  const since = memory?.era ?? 0
  const startedAt = report.start()
  return andThen(judge(presented, owners, open, demand), ({ owner, verification }) => {
    const { name: verifier, forOrganization } = verifiers[owner] as Verifier
    report.verified(verifier, presented.carrier, verification.outcome, startedAt)
    if (verification.outcome !== 'accepted') {
      if (demand.fresh && key !== null) memory?.forget(key)
      return refusalOf(verification, verifier, presented.carrier)
    }
    // Of one request: another may act for another organization.
    const remembered =
      key === null || forOrganization === true ? null : (memory?.keep(key, owner, verification, since) ?? null)
    return linkCandidate(line, presented, verifier, verification, remembered)
  })
}

function refusalOf(
  verification: Exclude<Judgement['verification'], { outcome: 'accepted' }>,
  verifier: string,
  carrier: Unresolved['carrier'],
): Unresolved {
  const { retryAfterSeconds, cookies } = verification
  if (verification.outcome === 'rejected') {
    const { code, reason, claim, linkReason, notice } = verification
    return { ok: false, code, reason, claim, linkReason, notice, verifier, carrier, retryAfterSeconds, cookies }
  }
  const { cause } = verification
  return { ok: false, code: 'verifier_unavailable', reason: null, verifier, carrier, cause, retryAfterSeconds, cookies }
}
