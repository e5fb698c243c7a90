import type { Query } from '@dualauth/core'
import { object, parseOptions } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { auditedBy } from '../audit/audited.js'
import { key, storable } from '../sql/id-column.js'

/** What a provider's organization or group means here. */
export interface MappedOrganization {
  readonly verifier: string
  readonly issuer: string
  /** The provider's organization id, a group's id (better than its name, which may change), or a group's name. */
  readonly externalId: string
  /** The application's own id. */
  readonly organization: string
  /** What it grants there, beside the roles that the credential states. Default none. */
  readonly roles?: readonly string[]
}

/** Explicit throughout: nothing is ever matched by a name that happens to be the same. */
export interface OrganizationMap {
  /** Adds or replaces one entry. */
  readonly set: (entry: MappedOrganization & { readonly actor: string }) => Promise<void>
  /** False where there was none. */
  readonly remove: (
    entry: Pick<MappedOrganization, 'verifier' | 'issuer' | 'externalId'> & { readonly actor: string },
  ) => Promise<boolean>
  /** Of one organization, or all. */
  readonly list: (organization?: string) => Promise<readonly Required<MappedOrganization>[]>
}

const entry = { verifier: key, issuer: key, externalId: key, actor: storable }
const setSchema = object({ ...entry, organization: key, roles: z._default(z.array(key), []) })
const removeSchema = object(entry)

export function createOrganizationMap(query: Query): OrganizationMap {
  return {
    async set(options) {
      const { verifier, issuer, externalId, organization, roles, actor } = parseOptions(
        setSchema,
        options,
        'organizations.set',
      )
      await query(SET, [verifier, issuer, externalId, organization, JSON.stringify(roles), actor])
    },
    async remove(options) {
      const { verifier, issuer, externalId, actor } = parseOptions(removeSchema, options, 'organizations.remove')
      const rows = await query(REMOVE, [verifier, issuer, externalId, actor])
      return rows[0]?.['removed'] === '1'
    },
    async list(organization) {
      const rows = await query(LIST, [organization ?? null])
      return rows.map((row) => ({
        verifier: String(row['verifier']),
        issuer: String(row['issuer']),
        externalId: String(row['external_id']),
        organization: String(row['organization']),
        roles: JSON.parse(String(row['roles'])) as string[],
      }))
    },
  }
}

const SET = `
with mapped as (
  insert into dualauth.organization_map (verifier, issuer, external_id, organization, roles)
  values ($1::text, $2::text, $3::text, $4::text, array(select json_array_elements_text($5::text::json)))
  on conflict (verifier, issuer, external_id) do update set organization = excluded.organization, roles = excluded.roles
  returning organization
),
${auditedBy('mapped', {
  event: 'organization.mapped',
  actor: '$6::text',
  subject: 'null',
  organization: 'mapped.organization',
  data: `jsonb_build_object('verifier', $1::text, 'issuer', $2::text, 'external', $3::text, 'roles', $5::text::jsonb)`,
})}
select count(*)::text as mapped from mapped`

const REMOVE = `
with removed as (
  delete from dualauth.organization_map
  where verifier = $1::text and issuer = $2::text and external_id = $3::text returning organization
),
${auditedBy('removed', {
  event: 'organization.unmapped',
  actor: '$4::text',
  subject: 'null',
  organization: 'removed.organization',
  data: `jsonb_build_object('verifier', $1::text, 'issuer', $2::text, 'external', $3::text)`,
})}
select count(*)::text as removed from removed`

const LIST = `
select verifier, issuer, external_id, organization, to_json(roles)::text as roles from dualauth.organization_map
where $1::text is null or organization = $1::text order by organization, verifier, issuer, external_id`
