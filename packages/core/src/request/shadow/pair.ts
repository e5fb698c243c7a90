import type { ErrorCode } from '../../errors/error-table.js'
import type { Credential } from '../../extract/credential.js'
import { cookiesOf } from '../../extract/extract.js'
import type { HeaderView } from '../../http/request.js'
import { linkIdentity } from '../../identity/link.js'
import type { Link, Principal } from '../../identity/principal.js'
import { actingFor } from '../../identity/principal-of.js'
import { comparePrincipals } from '../../migration/shadow/compare.js'
import { difference, type Difference } from '../../migration/shadow/differences.js'
import { present, type Presented } from '../../route/shape.js'
import type { Demand, VerifiedIdentity, Verifier } from '../../route/verifier.js'
import { judge } from '../../verify/judge.js'
import { isRevoked } from '../admit.js'
import type { Line } from '../line.js'
import type { Resolution, Resolved, Unresolved } from '../resolution.js'
import type { About, Comparing } from './comparing.js'
import type { Task } from './gate.js'
import { inTime } from './in-time.js'

/** Nothing is written: no session is refreshed or extended, and no use of a key counts. */
const DRY: Demand = /* @__PURE__ */ Object.freeze({ fresh: false, refresh: false, counted: true })

/** A cookie of the new side, and its owners there. */
interface Rival {
  readonly presented: Presented
  readonly owners: readonly number[]
}

/** The old side's refusals of genuine credentials. A forged credential says nothing about its caller. */
const OF_SOMEBODY: readonly ErrorCode[] = [
  'credential_expired',
  'credential_revoked',
  'account_banned',
  'account_deactivated',
  'account_conflict',
  'account_refused',
  'identity_unlinked',
  'organization_mismatch',
]

/** Maximum number of new-side cookies that are judged. */
const MOST_RIVALS = 3

/**
 * Judges the new-side cookies beside the credential that decided. Null if there are none, or nothing was decided about
 * a person.
 *
 * An API key is not a person's session, so cookies beside it are not compared.
 */
export function pairTask(line: Line, comparing: Comparing, view: HeaderView, resolution: Resolution): Task | null {
  const { link } = comparing.options
  if (link === null || !isOfSomebody(resolution)) return null
  const rivals = rivalsOf(line, comparing, view)
  return rivals.length === 0 ? null : () => compare(line, comparing, link, rivals, resolution)
}

function isOfSomebody(resolution: Resolution): boolean {
  if (!resolution.ok) return resolution.steered === undefined && OF_SOMEBODY.includes(resolution.code)
  const { keyId, scopes } = resolution.principal
  return keyId === null && scopes === null
}

function rivalsOf({ plan, router, readJwt, verifiers }: Line, { to }: Comparing, view: HeaderView): readonly Rival[] {
  return cookiesOf(view, plan)
    .flat()
    .flatMap((cookie: Credential): Rival[] => {
      const presented = present(cookie, readJwt)
      const selection = router.select(presented)
      if (selection.kind !== 'owned') return []
      const owners = selection.owners.filter((owner) => to.includes((verifiers[owner] as Verifier).name))
      return owners.length === 0 ? [] : [{ presented, owners }]
    })
    .slice(0, MOST_RIVALS)
}

async function compare(
  line: Line,
  comparing: Comparing,
  link: Link,
  rivals: readonly Rival[],
  resolution: Resolution,
): Promise<void> {
  const said = await inTime(() => judgeRivals(line, link, rivals), comparing.options.timeoutMs)
  const about: About = {
    comparison: 'paired',
    verifier: resolution.ok ? resolution.principal.verifier : (resolution.verifier as string),
    old: resolution.ok ? resolution.principal : null,
  }
  if (said.kind === 'timeout') return comparing.found(about, [difference('new_timeout')])
  if (said.kind === 'error') return comparing.found({ ...about, cause: said.cause }, [difference('new_error')])
  const { value } = said
  if (!value.ok) {
    const code = resolution.ok ? value.code : resolution.code
    return comparing.found({ ...about, code }, resolution.ok ? [difference('only_old_accepts')] : [])
  }
  if (!resolution.ok) return comparing.found(...refusedByOld(about, resolution, value.principal))
  const fresh = actingLike(line, value, resolution)
  const roles = comparing.options.roles ?? line.roles
  const old = { principal: resolution.principal, roles: line.roles }
  comparing.found({ ...about, fresh }, comparePrincipals(old, { principal: fresh, roles }))
}

function refusedByOld(about: About, { code }: Unresolved, fresh: Principal): [About, readonly Difference[]] {
  const one = code === 'credential_expired' ? 'expiry_differs' : 'only_new_accepts'
  return [{ ...about, fresh, code }, [difference(one)]]
}

type RivalVerdict =
  | { readonly ok: true; readonly principal: Principal; readonly identity: VerifiedIdentity }
  | { readonly ok: false; readonly code: ErrorCode }

/** The first that is accepted, otherwise the first refusal. Rejects if one could not be judged and none is accepted. */
async function judgeRivals(line: Line, link: Link, rivals: readonly Rival[]): Promise<RivalVerdict> {
  const verdicts = await Promise.allSettled(rivals.map((rival) => judgeRival(line, link, rival)))
  const known = verdicts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const accepted = known.find(({ ok }) => ok)
  if (accepted !== undefined) return accepted
  const failed = verdicts.find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return known[0] as RivalVerdict
}

async function judgeRival(line: Line, link: Link, { presented, owners }: Rival): Promise<RivalVerdict> {
  const { owner, verification } = await judge(presented, owners, line.open, DRY)
  if (verification.outcome === 'unavailable') throw verification.cause
  if (verification.outcome === 'rejected') return { ok: false, code: verification.code }
  const { identity } = verification
  const linked = await linkIdentity((line.verifiers[owner] as Verifier).name, identity, link)
  if (!linked.ok) {
    if (linked.code === 'account_unavailable') throw linked.cause
    return { ok: false, code: linked.code }
  }
  const { principal } = linked
  const { signInBegunAt = null } = identity
  if (signInBegunAt !== null) line.signIns.set(principal, signInBegunAt)
  const revoked = !line.revocations.isEmpty && (await isRevoked(line, presented, principal))
  return revoked ? { ok: false, code: 'credential_revoked' } : { ok: true, principal, identity }
}

/** If requests may name an organization, the new side acts for the same one if the person may. */
function actingLike(
  { organization }: Line,
  { principal, identity }: Extract<RivalVerdict, { ok: true }>,
  { principal: old }: Resolved,
): Principal {
  if (organization === null || principal.organization === old.organization) return principal
  return actingFor(principal, identity, old.organization) ?? principal
}
