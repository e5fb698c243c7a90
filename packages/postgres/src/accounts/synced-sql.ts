import { millisecondsOf } from '../sql/moments.js'
import { isOpen, type Find } from './open-organization.js'
import type { ParsedAccounts } from './options.js'

/**
 * What `workosSync` stores about the identity's user, as JSON text: (…, external ids, source, whether organizations are
 * mapped). Of several memberships in one organization, the newest that was not deleted counts. Users and organizations
 * that are not stored yet count as not deleted.
 */
export function syncedSql(options: ParsedAccounts, find: Find): string {
  return `pg_catalog.json_build_object(
  'user', (select pg_catalog.json_build_array(w.deleted, w.external_id) from dualauth.workos_user w where w.source = $6::text and w.id = i.subject),
  'memberships', coalesce((
    select pg_catalog.json_agg(pg_catalog.json_build_array(m.organization_id,
      case when w.deleted is true then 'deleted' else m.status end, pg_catalog.to_json(m.roles),
      greatest(${millisecondsOf('m.updated_at')}::bigint, case when w.deleted is true then ${millisecondsOf('w.event_at')}::bigint end)::text,
      case when ${isOpen(options, 'p.own', 'text', find)} then p.own end, pg_catalog.to_json(o.roles)))
    from (
      select distinct on (organization_id) organization_id, status, roles, updated_at from dualauth.workos_membership
      where source = $6::text and user_id = i.subject
      order by organization_id, deleted, updated_at desc, event_at desc, event_id desc
    ) m
    left join dualauth.workos_organization w on w.source = $6::text and w.id = m.organization_id
    left join dualauth.organization_map o on $7::text::boolean and o.verifier = i.verifier and o.issuer = i.issuer
      and o.kind = 'organization' and o.external_id = m.organization_id
    cross join lateral (select case when $7::text::boolean then o.organization else m.organization_id end as own) p
  ), '[]'::json))::text`
}
