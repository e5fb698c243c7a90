import { satisfies } from '../access/authorize.js'
import { assertPermissionDemand, type PermissionDemand } from '../access/requirement.js'
import { explainPermission, explanation, type PermissionExplanation, type PermissionFinding } from '../access/why.js'
import type { CanOptions, CanSubject } from '../dual-auth.js'
import { AuthError } from '../errors/auth-error.js'
import { accountIdentity, linkAccount, type Linked } from '../identity/link.js'
import type { Principal } from '../identity/principal.js'
import { actingFor } from '../identity/principal-of.js'
import type { VerifiedIdentity } from '../route/verifier.js'
import { optionError } from '../settings/options.js'
import type { Line } from './line.js'

/** Whether a principal or an account may do this; guards ask the same `satisfies`. */
export async function can(
  line: Line,
  subject: CanSubject,
  permission: PermissionDemand<string>,
  options: CanOptions | undefined,
): Promise<boolean> {
  const acting = await actingOf(line, subject, permission, options, 'can')
  return 'principal' in acting && satisfies(acting.principal, permission, undefined, line.roles)
}

/** The same, with the grants that allow it or what is missing. */
export async function why(
  line: Line,
  subject: CanSubject,
  permission: PermissionDemand<string>,
  options: CanOptions | undefined,
): Promise<PermissionExplanation> {
  const acting = await actingOf(line, subject, permission, options, 'why')
  return 'principal' in acting
    ? explainPermission(acting.principal, acting.identity, permission, line.roles)
    : explanation(false, [acting], [])
}

interface Acting {
  readonly principal: Principal
  readonly identity: VerifiedIdentity | null
}

/** The principal acting for the organization in question; or why it cannot act there. */
async function actingOf(
  line: Line,
  subject: CanSubject,
  permission: PermissionDemand<string>,
  options: CanOptions | undefined,
  caller: string,
): Promise<Acting | PermissionFinding> {
  const organization = assertQuestion(permission, options, caller)
  const found = await principalOf(line, subject, caller)
  if (!('principal' in found)) return found
  const { principal, identity } = found
  if (organization === undefined || organization === principal.organization) return found
  // Without an identity, `link` is by subject and knows no memberships.
  const acting = identity === null ? null : actingFor(principal, identity, organization)
  return acting === null ? { code: 'not_a_member', organization } : { principal: acting, identity }
}

function assertQuestion(
  permission: unknown,
  options: CanOptions | undefined,
  caller: string,
): string | null | undefined {
  assertPermissionDemand(permission, `${caller}.permission`)
  const { organization }: { readonly organization?: unknown } = options ?? {}
  if (organization !== undefined && organization !== null && typeof organization !== 'string')
    throw optionError(`${caller}.organization`, 'must be the id of an organization, null or undefined')
  return organization
}

async function principalOf(line: Line, subject: CanSubject, caller: string): Promise<Acting | PermissionFinding> {
  const identity = line.principals.get(subject as Principal)
  if (identity !== undefined) return { principal: subject as Principal, identity }
  const { user, id } = (subject ?? {}) as { readonly user?: unknown; readonly id?: unknown }
  if (typeof user === 'string' && user !== '') return principalOfUser(line, user)
  if (user === undefined && typeof id === 'string') return { code: 'principal_foreign' }
  throw optionError(`${caller}.subject`, 'must be a principal of this instance, or { user: the id of an account }')
}

async function principalOfUser({ account, emit }: Line, id: string): Promise<Acting | PermissionFinding> {
  if (account === null)
    throw optionError(
      'createDualAuth.account',
      'is required for questions about { user }: it looks up an account by its id',
    )
  const linked = await linkAccount(id, account)
  if (linked.ok) return { principal: linked.principal, identity: accountIdentity(id) }
  if (linked.code !== 'account_unavailable') return findingOf(linked)
  const { cause } = linked
  emit({ type: 'unavailable', source: 'account', cause })
  throw new AuthError('account_unavailable', { cause })
}

function findingOf({
  code,
  linkReason,
}: Exclude<Linked, { ok: true } | { code: 'account_unavailable' }>): PermissionFinding {
  if (code === 'identity_unlinked') return { code: 'account_unknown' }
  return code === 'account_deactivated' ? { code } : { code: 'account_refused', reason: linkReason ?? null }
}
