import type { Query } from '@dualauth/core'
import type { Found, ItemOf } from '../../ports/target.js'
import { quoteName } from '@dualauth/postgres'
import type { Model } from './models.js'
import { hasMoved, moveKey } from './moves.js'
import { fitsId } from './records.js'

/** Where source ids are stored. */
export interface Key {
  /** Column with the source's id. */
  readonly column: string
  /** It is not Better Auth's own id. */
  readonly isExternal: boolean
}

/**
 * `given`: each item, and its position. Tables without an index are joined once per batch, or they would be read again
 * for each item.
 */
const GIVEN = `given as materialized (
  select v, place from pg_catalog.jsonb_array_elements($1::text::jsonb) with ordinality as list (v, place)
)`

/** By their id, else whether somebody else has their address or one of their accounts. */
export async function findUsers(
  query: Query,
  {
    user,
    account,
    moves,
    key,
  }: { readonly user: Model; readonly account: Model; readonly moves: Model | null; readonly key: Key },
  people: readonly ItemOf<'person'>[],
): Promise<readonly Found[]> {
  const [id, email, verified] = ['id', 'email', 'emailVerified'].map((field) => quoteName(user.columns[field]!.name))
  const [provider, subject, owner] = ['providerId', 'accountId', 'userId'].map((field) =>
    quoteName(account.columns[field]!.name),
  )
  const keyType = user.byName.get(key.column)!.type
  const rows = await query(
    `
with ${GIVEN}, holders as (
  -- Better Auth has no index for this.
  select given.place, pg_catalog.min(a.${owner}::text) as holder
  from given cross join lateral pg_catalog.jsonb_array_elements(v -> 'accounts') as x (x)
  join ${account.table} a on a.${subject} = x ->> 'subject' and a.${provider} = x ->> 'provider'
  group by given.place
)
select (select u.${id}::text from ${user.table} u where u.${quoteName(key.column)} = (v ->> 'id')::${keyType}) as own,
  (${hasMoved(moves, key.isExternal ? moveKey('address', "pg_catalog.lower(v ->> 'email')") : moveKey('user', "v ->> 'id'"))})::text as moved,
  same.id as other, same.verified::text as verified, same.people::text as people, same.bound::text as bound, holders.holder
from given left join holders using (place) left join lateral (
  select pg_catalog.min(u.${id}::text) as id, pg_catalog.bool_and(u.${verified}) as verified, pg_catalog.count(*) as people,
    pg_catalog.bool_or(${key.isExternal ? `u.${quoteName(key.column)} is not null` : 'false'}) as bound
  from ${user.table} u where u.${email} = pg_catalog.lower(v ->> 'email')
) same on true
order by place`,
    [
      JSON.stringify(
        people.map(({ id: own, row }) => ({
          id: fitsId(keyType, own) ? own : null,
          email: row.email,
          accounts: row.externalIdentities,
        })),
      ),
    ],
  )
  return rows.map((row): Found => {
    const [own, other, holder] = [row['own'], row['other'], row['holder']] as (string | null)[]
    if (own != null) return { outcome: 'found', id: own }
    if (other != null) {
      const flags = {
        verified: row['verified'] === 'true',
        unique: row['people'] === '1',
        bound: row['bound'] === 'true',
      }
      return { outcome: 'taken', code: 'address_taken', id: other, ...flags }
    }
    if (holder != null) return { outcome: 'taken', code: 'identity_taken', id: holder }
    // A person who was there once and was deleted there does not come back.
    return row['moved'] === 'true' ? { outcome: 'rejected', code: 'removed_there' } : { outcome: 'absent' }
  })
}

/** By their id, else whether something else has their slug. */
export async function findOrganizations(
  query: Query,
  { organization, key }: { readonly organization: Model; readonly key: Key },
  wanted: readonly { readonly id: string; readonly slug: unknown }[],
): Promise<readonly Found[]> {
  const [id, slug] = ['id', 'slug'].map((field) => quoteName(organization.columns[field]!.name))
  const keyType = organization.byName.get(key.column)!.type
  const rows = await query(
    `with ${GIVEN}
select (select o.${id}::text from ${organization.table} o where o.${quoteName(key.column)} = (v ->> 'id')::${keyType}) as own,
  (select o.${id}::text from ${organization.table} o where o.${slug} = v ->> 'slug' limit 1) as other
from given order by place`,
    [
      JSON.stringify(
        wanted.map(({ id: own, slug: named }) => ({ id: fitsId(keyType, own) ? own : null, slug: named })),
      ),
    ],
  )
  return rows.map((row): Found => {
    const [own, other] = [row['own'], row['other']] as (string | null)[]
    if (own != null) return { outcome: 'found', id: own }
    return other == null ? { outcome: 'absent' } : { outcome: 'taken', code: 'slug_taken', id: other }
  })
}

/** By person and organization, which no constraint keeps unique. */
export async function findMembers(
  query: Query,
  member: Model,
  wanted: readonly { readonly user: string; readonly organization: string }[],
): Promise<readonly Found[]> {
  const [id, userId, organizationId] = ['id', 'userId', 'organizationId'].map((field) => member.columns[field]!)
  const rows = await query(
    `with ${GIVEN}
select pg_catalog.min(m.${quoteName(id!.name)}::text) as own
from given left join ${member.table} m
  on m.${quoteName(userId!.name)} = (v ->> 'user')::${userId!.type}
    and m.${quoteName(organizationId!.name)} = (v ->> 'organization')::${organizationId!.type}
group by place order by place`,
    [JSON.stringify(wanted)],
  )
  return rows.map((row): Found =>
    row['own'] == null ? { outcome: 'absent' } : { outcome: 'found', id: String(row['own']) },
  )
}
