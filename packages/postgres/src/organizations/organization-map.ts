import type { Query } from '@dualauth/core'
import { object, parseOptions } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { auditedBy } from '../audit/audited.js'
import { key, storable } from '../sql/id-column.js'

/** Where a credential names it: as its organization, or among the person's groups. */
export type MappedKind = 'organization' | 'group'

/** What a provider's organization or group means here. */
export interface MappedOrganization {
  readonly verifier: string
  readonly issuer: string
  /** Which of the provider's names `externalId` is: a group named like an organization's id does not stand for it. */
  readonly kind: MappedKind
  /** The provider's organization id, a group's id (better than its name, which may change), or a group's name. */
  readonly externalId: string
  /** The application's own id. */
  readonly organization: string
  /** Roles that it grants there, in addition to those that the credential states. Default none. */
  readonly roles?: readonly string[]
}

/** Every entry is explicit: nothing is matched just because its name is the same. */
export interface OrganizationMap {
  /** Adds or replaces one entry. */
  readonly set: (entry: MappedOrganization & { readonly actor: string }) => Promise<void>
  /** False if there was none. */
  readonly remove: (
    entry: Pick<MappedOrganization, 'verifier' | 'issuer' | 'kind' | 'externalId'> & { readonly actor: string },
  ) => Promise<boolean>
  /** The entries of one organization, or all. */
  readonly list: (organization?: string) => Promise<readonly Required<MappedOrganization>[]>
}

const kind = z.enum(['organization', 'group'])
const entry = { verifier: key, issuer: key, kind, externalId: key, actor: storable }
const setSchema = object({ ...entry, organization: key, roles: z._default(z.array(key), []) })
const removeSchema = object(entry)

export function createOrganizationMap(query: Query): OrganizationMap {
  return {
    async set(options) {
      const { verifier, issuer, kind, externalId, organization, roles, actor } = parseOptions(
        setSchema,
        options,
        'organizations.set',
      )
      await query(SET, [verifier, issuer, kind, externalId, organization, JSON.stringify(roles), actor])
    },
    async remove(options) {
      const { verifier, issuer, kind, externalId, actor } = parseOptions(removeSchema, options, 'organizations.remove')
      const rows = await query(REMOVE, [verifier, issuer, kind, externalId, actor])
      return rows[0]?.['removed'] === '1'
    },
    async list(organization) {
      const rows = await query(LIST, [organization ?? null])
      return rows.map((row) => ({
        verifier: String(row['verifier']),
        issuer: String(row['issuer']),
        kind: row['kind'] as MappedKind,
        externalId: String(row['external_id']),
        organization: String(row['organization']),
        roles: JSON.parse(String(row['roles'])) as string[],
      }))
    },
  }
}

const SET = `
with mapped as (
  insert into dualauth.organization_map (verifier, issuer, kind, external_id, organization, roles)
  values ($1::text, $2::text, $3::text, $4::text, $5::text, array(select pg_catalog.json_array_elements_text($6::text::json)))
  on conflict (verifier, issuer, kind, external_id) do update set organization = excluded.organization, roles = excluded.roles
  returning organization
),
${auditedBy('mapped', {
  event: 'organization.mapped',
  actor: '$7::text',
  subject: 'null',
  organization: 'mapped.organization',
  data: `pg_catalog.jsonb_build_object('verifier', $1::text, 'issuer', $2::text, 'kind', $3::text, 'external', $4::text, 'roles', $6::text::jsonb)`,
})}
select pg_catalog.count(*)::text as mapped from mapped`

const REMOVE = `
with removed as (
  delete from dualauth.organization_map
  where verifier = $1::text and issuer = $2::text and kind = $3::text and external_id = $4::text returning organization
),
${auditedBy('removed', {
  event: 'organization.unmapped',
  actor: '$5::text',
  subject: 'null',
  organization: 'removed.organization',
  data: `pg_catalog.jsonb_build_object('verifier', $1::text, 'issuer', $2::text, 'kind', $3::text, 'external', $4::text)`,
})}
select pg_catalog.count(*)::text as removed from removed`

const LIST = `
select verifier, issuer, kind, external_id, organization, pg_catalog.to_json(roles)::text as roles from dualauth.organization_map
where $1::text is null or organization = $1::text order by organization, verifier, issuer, kind, external_id`
