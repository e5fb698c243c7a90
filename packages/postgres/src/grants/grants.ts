import type { PermissionGrant, Query, RegisteredGrant } from '@dualauth/core'
import { grant, object, optionError, parseOptions } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { auditedBy } from '../audit/audited.js'
import { canonical } from '../links/canonical.js'
import type { Plan } from '../accounts/plan.js'
import { isIdOf, isKey, key, storable } from '../sql/id-column.js'

/** A permission of one account. */
export interface AccountGrant<Permission extends string = string> {
  /** The application's own id. */
  readonly account: string
  /** `resource:action`, a provider's own name, or a wildcard: `resource:*`, `*:action`, `*`. */
  readonly permission: Permission
  /** Where it applies; default everywhere. */
  readonly organization?: string
}

/**
 * Permissions of individual accounts, in `dualauth.permission_grant`. Changes take effect at the account's next
 * look-up.
 */
export interface Grants {
  /**
   * False if it was already granted. If permissions are registered, the compiler accepts only those and their
   * wildcards.
   */
  readonly add: (grant: AccountGrant<RegisteredGrant> & { readonly actor: string }) => Promise<boolean>
  /** False if it was not granted. Accepts any permission, so one that is no longer registered can be taken away. */
  readonly remove: (grant: AccountGrant & { readonly actor: string }) => Promise<boolean>
  readonly list: (account: string) => Promise<readonly PermissionGrant[]>
}

const schema = object({
  account: key,
  permission: grant,
  organization: z._default(z.string().check(z.refine(isKey)), ''),
  actor: storable,
})

const listSchema = object({ account: key })

export function createGrants(query: Query, planned: () => Promise<Plan>): Grants {
  const change = async (
    sql: (account: string) => string,
    options: AccountGrant & { readonly actor: string },
    name: string,
  ): Promise<boolean> => {
    const { account, permission, organization, actor } = parseOptions(schema, options, name)
    const plan = await planned()
    if (!isIdOf(plan.id.type, account)) throw optionError(`${name}.account`, 'cannot be the id of a user')
    const rows = await query(sql(canonical(plan, '$1')), [account, permission, organization, actor])
    return rows[0]?.['changed'] === '1'
  }
  return {
    add: (options) => change(addSql, options, 'grants.add'),
    remove: (options) => change(removeSql, options, 'grants.remove'),
    async list(id) {
      const { account } = parseOptions(listSchema, { account: id }, 'grants.list')
      const plan = await planned()
      if (!isIdOf(plan.id.type, account)) return []
      const rows = await query(listSql(canonical(plan, '$1')), [account])
      return rows.map((row): PermissionGrant => {
        const permission = String(row['permission'])
        return row['organization'] === '' ? permission : { permission, organization: String(row['organization']) }
      })
    },
  }
}

const audited = (event: string): string =>
  auditedBy('changed', {
    event,
    actor: '$4::text',
    subject: 'changed.account_id',
    organization: `nullif($3::text, '')`,
    data: `pg_catalog.jsonb_build_object('permission', $2::text)`,
  })

const addSql = (account: string): string => `
with changed as (
  insert into dualauth.permission_grant (account_id, permission, organization) values (${account}, $2::text, $3::text)
  on conflict do nothing returning account_id
), ${audited('grant.added')}
select pg_catalog.count(*)::text as changed from changed`

const removeSql = (account: string): string => `
with changed as (
  delete from dualauth.permission_grant
  where account_id = ${account} and permission = $2::text and organization = $3::text returning account_id
), ${audited('grant.removed')}
select pg_catalog.count(*)::text as changed from changed`

const listSql = (account: string): string => `
select permission, organization from dualauth.permission_grant where account_id = ${account} order by organization, permission`
