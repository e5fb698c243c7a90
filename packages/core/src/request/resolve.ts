import { andThen, isPending, type MaybePromise } from '../async/maybe-promise.js'
import { cacheKeyOf, type CacheKey } from '../cache/cache-key.js'
import type { Credential } from '../extract/credential.js'
import { isWellFormed } from '../extract/extract.js'
import type { HeaderView } from '../http/request.js'
import { present } from '../route/shape.js'
import type { Demand } from '../route/verifier.js'
import type { Steering } from '../migration/steering.js'
import { admit } from './admit.js'
import type { Line } from './line.js'
import { namingRequest } from './organization.js'
import { countingFor, isLeftOut, ownersAsked } from './owners.js'
import { recall } from './recall.js'
import { steer, steerUnlinked } from './steer.js'
import type { Candidate, Resolution, Unresolved } from './resolution.js'
import { unlessThrottled } from './unless-throttled.js'
import { verifyShared } from './verify-shared.js'

/** Takes one credential from its owner to a principal of this request. Null: no verifier owns it. */
export function resolve(
  line: Line,
  view: HeaderView,
  credential: Credential,
  demand: Demand,
): MaybePromise<Resolution | null> {
  const own = demandOf(line, view, demand)
  const found = candidateOf(line, view, credential, own)
  return found === null || 'ok' in found
    ? admitFound(line, view, credential, own, found)
    : found.then((late) => admitFound(line, view, credential, own, late))
}

/** A service's verification depends on the named organization; for all others, `admit` checks it afterwards. */
function demandOf({ asksForOrganization, organization }: Line, view: HeaderView, demand: Demand): Demand {
  if (!asksForOrganization || organization === null) return demand
  return { ...demand, organization: () => organization(namingRequest(view)) }
}

function admitFound(
  line: Line,
  view: HeaderView,
  credential: Credential,
  demand: Demand,
  found: Candidate | Unresolved | null,
): MaybePromise<Resolution | null> {
  if (found === null) return null
  const { steering } = line
  const steered = admitAndSteer(line, view, credential, found)
  if (steering === null || (!isPending(steered) && steered.ok)) return steered
  // If it was not verified, the other owners of the chain have been asked.
  if (!found.ok && found.code !== 'identity_unlinked') return steered
  return andThen(steered, (late) => {
    if (late.ok) return late
    return andThen(isLeftOut(line, steering, late), (leftOut) =>
      leftOut ? askOthers(line, view, credential, demand, late) : late,
    )
  })
}

function admitAndSteer(
  line: Line,
  view: HeaderView,
  credential: Credential,
  found: Candidate | Unresolved,
): MaybePromise<Resolution> {
  const { steering } = line
  if (!found.ok) return steering === null ? found : steerUnlinked(line, steering, found)
  const admitted = admit(line, view, credential, found)
  if (steering === null) return admitted
  const steered = isPending(admitted)
    ? admitted.then((late) => steer(line, steering, late))
    : steer(line, steering, admitted)
  return found.passed === undefined ? steered : decidedDespite(line, steering, found.passed, steered)
}

/**
 * An owner that could not tell decides, unless another one accepts for an organization in which the former's side does
 * not count.
 */
function decidedDespite(
  line: Line,
  steering: Steering,
  passed: readonly Unresolved[],
  steered: MaybePromise<Resolution>,
): MaybePromise<Resolution> {
  return andThen(steered, (resolution) => {
    const counting = resolution.ok ? countingFor(line, steering, passed, resolution.principal) : passed
    return andThen(counting, ([first]): Resolution => {
      if (first !== undefined) return { ...first, cookies: resolution.cookies }
      for (const outage of passed) line.report.passedOver(outage)
      return resolution
    })
  })
}

/**
 * For a result remembered from an owner that is no longer asked: as with a new credential, another owner of its chain
 * may know it.
 */
function askOthers(
  line: Line,
  view: HeaderView,
  credential: Credential,
  demand: Demand,
  refused: Unresolved,
): MaybePromise<Resolution> {
  const key = line.memory === null ? null : cacheKeyOf(credential)
  const again = andThen(key, (late) => routeAndVerify(line, credential, demand, late))
  // The same answer, without its principal.
  return andThen(again, (found): MaybePromise<Resolution> =>
    found === null || (!found.ok && found.code === refused.code)
      ? refused
      : admitAndSteer(line, view, credential, found),
  )
}

/** Everything shared by requests with the same credential. */
function candidateOf(
  line: Line,
  view: HeaderView,
  credential: Credential,
  demand: Demand,
): MaybePromise<Candidate | Unresolved | null> {
  const { memory, throttle } = line
  if (memory === null && throttle === null) return routeAndVerify(line, credential, demand, null)
  const key = cacheKeyOf(credential)
  return 'index' in key
    ? recallOrVerify(line, view, credential, demand, key)
    : key.then((late) => recallOrVerify(line, view, credential, demand, late))
}

function recallOrVerify(
  line: Line,
  view: HeaderView,
  credential: Credential,
  demand: Demand,
  key: CacheKey,
): MaybePromise<Candidate | Unresolved | null> {
  const { memory, throttle } = line
  const known = memory === null ? null : memory.find(key)
  // A fresh check replaces what is remembered.
  if (known !== null && !demand.fresh) return recall(line, credential, known)
  const lookUp = (): MaybePromise<Candidate | Unresolved | null> =>
    routeAndVerify(line, credential, demand, memory === null ? null : key)
  // A known genuine credential is always checked, even while somebody floods the API.
  return throttle === null || known !== null ? lookUp() : unlessThrottled(throttle, view, credential, key, lookUp)
}

/** Routes, and verifies what the policy does not refuse by shape. */
function routeAndVerify(
  line: Line,
  credential: Credential,
  demand: Demand,
  key: CacheKey | null,
): MaybePromise<Candidate | Unresolved | null> {
  const { router, emit } = line
  const { carrier } = credential
  const presented = present(credential, line.readJwt)
  // A strictly read JWT contains no character that a carrier forbids.
  if (presented.jwt() === null && !isWellFormed(credential))
    return { ok: false, code: 'credential_malformed', reason: null, verifier: null, carrier }
  const selection = router.select(presented)
  if (selection.kind === 'unsupported') return null
  if (selection.kind === 'ambiguous') {
    emit({ type: 'ambiguous', verifiers: selection.verifiers })
    return { ok: false, code: 'credential_ambiguous', reason: null, verifier: null, carrier }
  }
  const { owners } = selection
  if (line.steering === null) return verifyShared(line, presented, { ok: true, owners, otherwise: null }, demand, key)
  return andThen(ownersAsked(line, line.steering, owners, carrier), (asked) =>
    asked.ok ? verifyShared(line, presented, asked, demand, key) : asked,
  )
}
