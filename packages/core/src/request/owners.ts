import { allOf } from '../async/at-hand.js'
import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import type { CarrierKind } from '../events/events.js'
import type { Principal } from '../identity/principal.js'
import {
  isRefusedByStage,
  isRefusedFor,
  refusalUnverified,
  type Part,
  type PolicyRefusal,
  type Steering,
} from '../migration/steering.js'
import type { Rejected, Verifier } from '../route/verifier.js'
import type { Line } from './line.js'
import type { Unresolved } from './resolution.js'
import { refused } from './steer.js'

/** The owners of a credential that the policies do not exclude, in order. */
export interface Asked {
  readonly ok: true
  readonly owners: readonly number[]
  /** The answer if none of them knows the credential, because an excluded one may. Null if none was excluded. */
  readonly otherwise: Unresolved | null
}

/**
 * An owner that its policy refuses by shape is not asked, and none of its keys is loaded: neither its answer nor its
 * outage could decide anything. An owner whose policy is unknown is asked, unless it would be the only one.
 *
 * @returns The answer if no owner is left.
 */
export function ownersAsked(
  { verifiers }: Line,
  steering: Steering,
  owners: readonly number[],
  carrier: CarrierKind,
): MaybePromise<Asked | Unresolved> {
  const names = owners.map((owner) => (verifiers[owner] as Verifier).name)
  const refusals = names.map((name) => {
    const parts = steering.partsOf(name)
    return parts === undefined ? null : refusalUnverified(parts)
  })
  return andThen(allOf(refusals), (known): Asked | Unresolved => {
    const isAlone = !known.includes(null)
    const place = decidingPlace(known, isAlone ? ['unknown', ...BY_SHAPE] : BY_SHAPE)
    const otherwise = place === -1 ? null : unverified(known[place] as PolicyRefusal, names[place] as string, carrier)
    if (isAlone) return otherwise as Unresolved
    return { ok: true, owners: owners.filter((_, at) => isAskedAfter(known[at] as PolicyRefusal | null)), otherwise }
  })
}

/** Whether the policies leave anything for a verifier to judge: credentials refused by shape need no keys. */
export async function isAsked({ verifiers, steering }: Line, place: number): Promise<boolean> {
  const parts = steering?.partsOf((verifiers[place] as Verifier).name)
  return parts === undefined || isAskedAfter(await refusalUnverified(parts))
}

function isAskedAfter(refusal: PolicyRefusal | null): boolean {
  return refusal === null || refusal.reason === 'unknown'
}

/** Whether a remembered credential was refused by an owner of a chain that its policy now excludes. */
export function isLeftOut(
  { verifiers }: Line,
  steering: Steering,
  { verifier, steered }: Unresolved,
): MaybePromise<boolean> {
  if (verifier === null || steered === undefined) return false
  const parts = steering.partsOf(verifier)
  if (parts === undefined || !verifiers.some(({ name, chained }) => name === verifier && chained === true)) return false
  return andThen(refusalUnverified(parts), (refusal) => !isAskedAfter(refusal))
}

/** A leftover of the old side is more likely than a new-side credential that came too early. */
const BY_SHAPE: readonly PolicyRefusal['reason'][] = ['retired', 'not_yet']

function decidingPlace(
  refusals: readonly (PolicyRefusal | null)[],
  reasons: readonly PolicyRefusal['reason'][],
): number {
  const reason = reasons.find((one) => refusals.some((refusal) => refusal?.reason === one))
  return reason === undefined ? -1 : refusals.findIndex((refusal) => refusal?.reason === reason)
}

function unverified(refusal: PolicyRefusal, verifier: string, carrier: CarrierKind): Unresolved {
  return { ...refused(refusal, verifier, carrier), steered: { refusal, principal: null } }
}

/** Whether a rejection says only that none of this owner's keys made the credential, so it may belong to another. */
export function mayBeOfAnother({ code, reason }: Rejected): boolean {
  return code === 'credential_invalid' && NOT_MADE_HERE.includes(reason)
}

const NOT_MADE_HERE: readonly Rejected['reason'][] = [
  'algorithm',
  'checksum',
  'key_unknown',
  'seal',
  'signature',
  'unknown_key',
]

/**
 * Whether the next owner is asked although this one cannot tell. If its side may not count, its outage must not refuse
 * what another side accepts. Otherwise it may know that the credential is revoked, so it decides.
 */
export function mayPassOver({ verifiers, now }: Line, steering: Steering | null, owner: number): MaybePromise<boolean> {
  const parts = steering?.partsOf((verifiers[owner] as Verifier).name)
  return parts !== undefined && isRefusedByStage(parts, 'somewhere', now())
}

interface PassedOver {
  readonly verifier: string | null
}

/** The passed-over owners whose side counts for some organizations, so their outage may decide a request. */
export function countingSomewhere<P extends PassedOver>(
  { now }: Line,
  steering: Steering,
  passed: readonly P[],
): MaybePromise<readonly P[]> {
  return counting(steering, passed, (parts) => isRefusedByStage(parts, 'everywhere', now()))
}

/**
 * The passed-over owners whose side counts for the principal's organization: their outage decides, whatever others
 * said.
 */
export function countingFor<P extends PassedOver>(
  { now }: Line,
  steering: Steering,
  passed: readonly P[],
  { organization }: Principal,
): MaybePromise<readonly P[]> {
  return counting(steering, passed, (parts) => isRefusedFor(parts, organization, now()))
}

function counting<P extends PassedOver>(
  steering: Steering,
  passed: readonly P[],
  isRefused: (parts: readonly Part[]) => MaybePromise<boolean>,
): MaybePromise<readonly P[]> {
  const refusals = passed.map(({ verifier }) => isRefused(steering.partsOf(verifier as string) as readonly Part[]))
  return andThen(allOf(refusals), (refused) => passed.filter((_, place) => refused[place] !== true))
}
