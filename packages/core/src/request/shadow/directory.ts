import { isMember } from '../../identity/grants.js'
import { accountIdentity, linkIdentity } from '../../identity/link.js'
import type { Account, Principal } from '../../identity/principal.js'
import { principalOf } from '../../identity/principal-of.js'
import type { RoleMap } from '../../access/grants.js'
import { compareGrants } from '../../migration/shadow/compare.js'
import { difference, type Difference } from '../../migration/shadow/differences.js'
import type { About, Comparing } from './comparing.js'
import type { Task } from './gate.js'
import { inTime } from './in-time.js'

/**
 * Asks the new side's directory about a person, at most once per interval. Null if it is not time yet. Not for a
 * service's API key, which the directory does not know.
 */
export function directoryTask(
  comparing: Comparing,
  principal: Principal,
  roles: RoleMap,
  now: () => number,
): Task | null {
  const { asked } = comparing
  const { directory, directoryEveryMs } = comparing.options
  if (directory === null || principal.kind === 'service') return null
  const key = JSON.stringify([principal.id, principal.organization])
  const isDue = (): boolean => Math.abs(now() - (asked.get(key) ?? Number.NEGATIVE_INFINITY)) >= directoryEveryMs
  if (!isDue()) return null
  return async () => {
    if (!isDue()) return
    asked.set(key, now())
    const ask = async (): Promise<Account | null> => checked(await directory(principal))
    const said = await inTime(ask, comparing.options.timeoutMs)
    const about: About = { comparison: 'directory', verifier: principal.verifier, old: principal }
    if (said.kind === 'timeout') return comparing.found(about, [difference('new_timeout')])
    if (said.kind === 'error') return comparing.found({ ...about, cause: said.cause }, [difference('new_error')])
    const account = said.value
    if (account === null) return comparing.found(about, [difference('missing')])
    const newRoles = comparing.options.roles ?? roles
    const fresh = { id: account.id, organization: organizationOf(principal, account) }
    comparing.found({ ...about, fresh }, differencesOf({ principal, roles }, account, fresh.organization, newRoles))
  }
}

/** Checked by the rules of `link`, so that a mistake is an error, not a difference. */
async function checked(account: Account | null): Promise<Account | null> {
  if (account === null || account === undefined) return null
  const linked = await linkIdentity('', accountIdentity(account.id), () => ({ ...account, active: true }), 'account')
  if (!linked.ok) throw new TypeError('directory: must return an account, or null')
  return account
}

function differencesOf(
  old: { readonly principal: Principal; readonly roles: RoleMap },
  account: Account,
  organization: string | null,
  newRoles: RoleMap,
): readonly Difference[] {
  const { principal } = old
  if (account.id !== principal.id) return [difference('different_user')]
  if (account.active === false) return [difference('deactivated')]
  if (organization !== principal.organization) return [difference('different_organization')]
  if (!statesGrants(account)) return []
  const fresh = principalOf(principal.verifier, accountIdentity(account.id), account, organization)
  return compareGrants(old, { principal: fresh, roles: newRoles })
}

/** The organization that the person would act for: the old side's, unless the account states others. */
function organizationOf({ organization }: Principal, account: Account): string | null {
  const isSilent = account.organization === undefined && account.memberships === undefined
  if (isSilent || account.organization === organization) return organization
  if (organization !== null && isMember(account, organization)) return organization
  return account.organization ?? null
}

function statesGrants({ roles, permissions, memberships = [] }: Account): boolean {
  return roles !== undefined || permissions !== undefined || memberships.some((one) => typeof one !== 'string')
}
