import type { LinkInput, LinkRefusal, Query } from '@dualauth/core'
import { functionOption, optionError, parseOptions } from '@dualauth/core/settings'
import { retrying } from '../sql/retrying.js'
import { isIdOf, isKey } from '../sql/id-column.js'
import { sqlStateOf } from '../sql/sql-state.js'
import { createConflicts, type Conflicts } from '../conflicts/conflicts.js'
import { createGrants, type Grants } from '../grants/grants.js'
import { createLinks, type Links } from '../links/links.js'
import { createOrganizationMap, type OrganizationMap } from '../organizations/organization-map.js'
import { withParts, type AccountWith, type LinkedAccount, type ReadAccount } from './account.js'
import { accountIdentity } from './account-identity.js'
import { keyParams } from './identity-key.js'
import { firstSight } from './first-sight.js'
import { createOnce } from './once.js'
import { externalIds, groupsOf, openRule, type OpenRule } from './open-rule.js'
import { parseAccounts, type AccountsOptions, type ParsedAccounts } from './options.js'
import { placeAccount } from './place-account.js'
import { planAccounts, type Plan } from './plan.js'
import { refusalOf } from './synced.js'
import { readAccount, readFound, type Found, type Kept } from './read-account.js'

/** The people of an application, for `createDualAuth`. */
export interface Accounts<Fields extends string = never> {
  /** For the option `link`: finds the account of an identity. `auth.ready` calls its `ready`. */
  readonly link: ((identity: LinkInput) => Promise<LinkedAccount<Fields> | LinkRefusal | null>) & {
    readonly ready: () => Promise<void>
  }
  /** For the option `account`: finds an account by the application's own id; null if there is none. */
  readonly find: (id: string) => Promise<AccountWith<Fields> | null>
  /**
   * Reads the catalog, compares it with the options, and checks that the database answers. Await it when the
   * application starts.
   * @throws {AuthError} `configuration_invalid`: a table or column is missing; names its option.
   */
  readonly ready: () => Promise<void>
  readonly links: Links
  readonly conflicts: Conflicts
  readonly organizations: OrganizationMap
  /** For `grants: true`. */
  readonly grants: Grants
}

/**
 * Accounts from the application's own tables, which are only read (unless `provision: 'create'` inserts a new person).
 * Data that those tables lack, above all links, is kept in the schema `dualauth`.
 *
 * The account of an identity is found by its link, otherwise by the application's own id in a trusted claim, otherwise
 * by `provision`; never by an e-mail address. Each look-up is one statement, without a transaction or session.
 *
 * @param driver Any driver: `(sql, params) => rows`. A rejection means "cannot tell" (503). Rows and parameters in it
 *   are not passed on.
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function accounts<Fields extends string = never>(
  driver: Query,
  options: AccountsOptions<Fields>,
): Accounts<Fields> {
  parseOptions(functionOption<Query>(), driver, 'accounts.query')
  const parsed = parseAccounts(options as AccountsOptions)
  const rules = new Map(Object.entries(parsed.verifiers).map(([name, rule]) => [name, openRule(name, rule)]))
  /** For verifiers that are not listed. */
  const noRule = openRule('', {})
  const kept: Kept = {
    roles: parsed.users.roles !== undefined || parsed.roles !== undefined,
    grants: parsed.grants !== undefined,
    memberships: parsed.memberships !== undefined || parsed.users.organization !== undefined,
  }

  const once = createOnce()
  let planned: Promise<Plan> | null = null
  const asked = retrying(driver)
  const query: Query = (sql, params) =>
    asked(sql, params).catch((error: unknown) => {
      // A column is missing or has another type: the catalog was read during a schema migration or before it.
      if (sqlStateOf(error)?.startsWith('42') === true) planned = null
      throw error
    })
  const plan = (): Promise<Plan> => {
    // Try again after a failure: the database may have been down, or the table missing.
    planned ??= planAccounts(query, parsed).catch((error: unknown) => {
      planned = null
      throw error
    })
    return planned
  }

  async function lookUp(identity: LinkInput, rule: OpenRule): Promise<Found & { readonly vouched: boolean }> {
    const stated = rule.ownId(identity)
    const found = await find(identity, rule, stated)
    const { synced } = found
    if (!rule.isOwnSynced || synced === null || found.linked !== null || found.ended)
      return { ...found, vouched: stated !== null }
    // Treated as new, an existing person would get a second account.
    if (!synced.isKnown) throw new Error('accounts: neither an event nor a list of WorkOS has named this user yet')
    const { externalId } = synced
    return externalId === null
      ? { ...found, vouched: false }
      : { ...(await find(identity, rule, externalId)), vouched: true }
  }

  async function find(identity: LinkInput, rule: OpenRule, stated: string | null): Promise<Found> {
    const { byIdentity, byMappedIdentity, byNamedIdentity, bySyncedIdentity, id } = await plan()
    const params = [...keyParams(identity), stated !== null && isIdOf(id.type, stated) ? stated : null]
    const external = externalIds(identity, rule)
    const [organization] = external.organization
    const [row] =
      rule.synced !== null
        ? await query(bySyncedIdentity, [...params, JSON.stringify(external), rule.synced, String(rule.isMapped)])
        : rule.isMapped && (organization !== undefined || external.group.length > 0)
          ? await query(byMappedIdentity, [...params, JSON.stringify(external)])
          : rule.isMapped || organization === undefined || byNamedIdentity === null
            ? await query(byIdentity, params)
            : await query(byNamedIdentity, [...params, organization])
    return readFound(row ?? {}, kept)
  }

  async function link(identity: LinkInput): Promise<ReadAccount | LinkRefusal | null> {
    if (identity.kind === 'service') {
      const service = (await parsed.services?.(accountIdentity(identity))) ?? null
      return service === null ? null : withParts(service)
    }
    if (!isKey(identity.issuer) || !isKey(identity.subject)) return null
    const rule = rules.get(identity.verifier) ?? noRule
    const found = await lookUp(identity, rule)
    // Checked before anybody is linked or created.
    const refusal = found.synced === null ? null : refusalOf(identity, found.synced)
    if (refusal !== null) return refusal
    const known = await firstSight(
      { query, plan: await plan(), users: parsed.users, once },
      identity,
      rule,
      found,
      () => lookUp(identity, rule),
    )
    if (known === null || 'refuse' in known) return known
    const { account } = known
    const placed = placeAccount({ ...known, account }, identity, {
      isMapped: rule.isMapped,
      asksOpen: (await plan()).byNamedIdentity !== null,
      groups: rule.groups === null ? null : groupsOf(identity, rule),
    })
    return withParts(placed)
  }

  async function ready(): Promise<void> {
    const made = await plan()
    assertCreatable(parsed, made)
    // Runs the look-up itself with empty values: the catalog also lists tables that the role may not read.
    await query(made.byMappedIdentity, ['', '', '', null, '{}'])
  }

  const people: Accounts = {
    link: Object.assign(link, { ready }),
    async find(id) {
      const { byId, id: column } = await plan()
      if (!isIdOf(column.type, id)) return null
      const [row] = await query(byId, [id])
      const account = readAccount(row, kept)
      // An id in another spelling finds nobody: a revocation under that spelling, for example, would miss the account.
      return account?.id === id ? withParts(account) : null
    },
    ready,
    links: createLinks(query, plan),
    conflicts: createConflicts(query, plan),
    organizations: createOrganizationMap(query),
    grants: createGrants(query, plan),
  }
  // Its rows are read with these fields.
  return people as Accounts<Fields>
}

/** Checked at start, not when the first new person arrives: `'create'` fills only the address. */
function assertCreatable({ users, verifiers }: ParsedAccounts, plan: Plan): void {
  const filled = [users.id, users.email, users.emailVerified]
  const empty = plan.users.demanded.filter((column) => !filled.includes(column))
  if (empty.length === 0) return
  for (const [name, { provision }] of Object.entries(verifiers))
    if (provision === 'create')
      throw optionError(
        `accounts.verifiers.${name}.provision`,
        `'create' cannot fill ${empty.join(', ')} of ${plan.users.from}, which must not be null: give a default in the database, or { columns }`,
      )
}
