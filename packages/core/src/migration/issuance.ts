import { andThen, type MaybePromise } from '../async/maybe-promise.js'
import { ALL, bucketOf } from './bucket.js'
import { isIssuedInVain } from './cut-off.js'
import { stateFor, type CompiledPolicy } from './policy/compiled-policy.js'
import { hashOfUnit, normalUnit } from './policy/listed-unit.js'
import type { OrganizationPolicy, Rollout } from './policy/policy-document.js'
import type { Side, Stage } from './stage.js'

/** The person for whom a side is chosen. */
export interface IssuerInput {
  /**
   * The application's own user id; null if the person has no account yet. Without it, but with an `identifier`:
   * unknown, as on a login page, and `newUsers` does not apply. Without both: there is no account.
   */
  readonly user?: string | null
  /** The application's own organization id. */
  readonly organization?: string | null
  /**
   * The text typed into a login page, such as an e-mail address. Compared without case and outer spaces. Never stored.
   */
  readonly identifier?: string | null
}

/** Why a side issues. */
export type IssuerReason =
  | 'stage'
  /** The cut-off refuses credentials that the old side would issue now. */
  | 'cut_off'
  | 'settling'
  | 'excluded'
  | 'held'
  | 'included'
  | 'new_user'
  | 'rollout'
  | 'no_rollout'
  /** The rollout counts a unit that was not given, such as an organization. */
  | 'unit_missing'

/** Which side issues, and why. */
export interface Issuance {
  readonly side: Side
  readonly reason: IssuerReason
  readonly stage: Stage
  /** The version of the policy that decided. */
  readonly version: number
}

/**
 * Decides which side issues. The new side, if the cut-off refuses what the old side issues; the old side, as long as
 * some instances may not accept the new side yet; then by exclusion, hold, inclusion, and the share of the organization
 * or of everybody.
 * @param now Milliseconds since the epoch.
 */
export function issuance(policy: CompiledPolicy, input: IssuerInput, now: number): MaybePromise<Issuance> {
  const { document } = policy
  const { stage, rule } = stateFor(policy, input.organization ?? null)
  const by = (side: Side, reason: IssuerReason): Issuance => ({ side, reason, stage, version: document.version })
  if (rule.issues !== 'cohort') return by(rule.issues, 'stage')
  if (policy.cutOff !== null && isIssuedInVain(policy.cutOff, now)) return by('new', 'cut_off')
  if (now < settledAt(policy, input.organization ?? null)) return by('old', 'settling')
  const { rollout } = document
  const unit = rollout === undefined ? null : unitOf(rollout.unit, input)
  const decide = (hash: string | null): MaybePromise<Issuance> => byRollout(policy, input, { unit, hash }, by)
  return unit !== null && policy.listsHashes ? andThen(hashOfUnit(unit), decide) : decide(null)
}

/**
 * When this instance may issue on the new side, in milliseconds since the epoch. Infinity if the policy does not accept
 * the new side.
 */
export function settledAt(policy: CompiledPolicy, organization: string | null): number {
  const { newSince } = stateFor(policy, organization)
  return newSince === null ? Number.POSITIVE_INFINITY : newSince + policy.settleMs
}

/** The unit that the rollout counts, and its hashed form in a list. */
interface Counted {
  readonly unit: string | null
  readonly hash: string | null
}

function byRollout(
  policy: CompiledPolicy,
  input: IssuerInput,
  { unit, hash }: Counted,
  by: (side: Side, reason: IssuerReason) => Issuance,
): MaybePromise<Issuance> {
  const { rollout, newUsers } = policy.document
  const isIn = (list: ReadonlySet<string>): boolean =>
    (unit !== null && list.has(unit)) || (hash !== null && list.has(hash))
  if (isIn(policy.exclude)) return by('old', 'excluded')
  const own = ownPolicy(policy, input.organization ?? null)
  if (own?.hold === true) return by('old', 'held')
  if (isIn(policy.include)) return by('new', 'included')
  if (newUsers === 'new' && isNew(input)) return by('new', 'new_user')
  if (rollout === undefined) return by('old', 'no_rollout')
  const { salt, basisPoints } = rollout
  const share = own?.basisPoints ?? basisPoints
  // Everybody is included unless excluded by name.
  if (unit === null)
    return share === ALL && policy.exclude.size === 0 ? by('new', 'rollout') : by('old', 'unit_missing')
  return andThen(bucketOf(salt, unit), (bucket) => by(bucket < share ? 'new' : 'old', 'rollout'))
}

/** New: there is no account, or nothing is known. A typed identifier may belong to an existing account. */
function isNew({ user, identifier }: IssuerInput): boolean {
  return user === null || (user === undefined && (identifier ?? null) === null)
}

function ownPolicy({ document }: CompiledPolicy, organization: string | null): OrganizationPolicy | undefined {
  const { organizations } = document
  if (organization === null || organizations === undefined) return undefined
  return Object.hasOwn(organizations, organization) ? organizations[organization] : undefined
}

function unitOf(unit: Rollout['unit'], input: IssuerInput): string | null {
  const value = input[unit]
  return value === null || value === undefined ? null : normalUnit(unit, value)
}
