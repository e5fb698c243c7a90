import { aggregate } from './aggregate.js'
import { isOpen, type Find } from './open-organization.js'
import type { ParsedAccounts } from './options.js'

/** SQL of the organization map's entries for the external ids. */
export function mapSql(options: ParsedAccounts, find: Find): string {
  return aggregate(
    'pg_catalog.json_build_array(o.kind, o.external_id, o.organization, pg_catalog.to_json(o.roles))',
    'dualauth.organization_map o',
    'o.verifier = i.verifier and o.issuer = i.issuer',
    '(o.kind, o.external_id) in (select k.key, e.value from pg_catalog.json_each($5::text::json) k, pg_catalog.json_array_elements_text(k.value) e)',
    isOpen(options, 'o.organization', 'text', find),
  )
}

/** The organization that the credential names, if it is open, in the form of `mapSql`. */
export function namedSql(options: ParsedAccounts, find: Find): string {
  return `(select pg_catalog.json_build_array(pg_catalog.json_build_array('organization', $5::text, $5::text, '[]'::json))::text where ${isOpen(options, '$5::text', 'text', find)})`
}

/** One of the two, chosen by the last parameter; both read the external ids. */
export function mappedOrNamedSql(options: ParsedAccounts, find: Find): string {
  const named = aggregate(
    `pg_catalog.json_build_array('organization', e.value, e.value, '[]'::json)`,
    `pg_catalog.json_array_elements_text($5::text::json -> 'organization'::text) e`,
    'not $7::text::boolean',
    isOpen(options, 'e.value', 'text', find),
  )
  return `case when $7::text::boolean then ${mapSql(options, find)} else ${named} end`
}
