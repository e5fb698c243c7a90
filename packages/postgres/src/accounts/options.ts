import type { LinkRefusal } from '@dualauth/core'
import {
  claimSource,
  functionOption,
  nonEmpty,
  object,
  optionError,
  parseOptions,
  text,
  verifierName,
  type ClaimSource,
} from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { key, storable } from '../sql/id-column.js'
import type { ServiceAccount } from './account.js'
import type { AccountIdentity } from './account-identity.js'

/** Which rows count; every condition given must hold. */
export interface Counting {
  /** A boolean column; only true counts. */
  readonly active?: string
  /** Columns that deactivate a row once they are set, such as `deleted_at`; boolean columns, once they are true. */
  readonly deactivated?: string | readonly string[]
  /** A text or enum column with a status, and the values that count. */
  readonly status?: { readonly column: string; readonly active: readonly string[] }
}

/** A column with one role, an array or JSON list of roles, or text that separates several. */
export type RoleColumn = string | { readonly column: string; readonly separator: string }

/** The application's table of people. */
export interface UsersTable<Fields extends string = string> extends Counting {
  /** May include a schema: `auth.users`. */
  readonly table: string
  /** Default `id`; a uuid, a number or text. */
  readonly id?: string
  /** Roles that hold everywhere. */
  readonly roles?: RoleColumn
  /**
   * The column with the organization that a person belongs to, such as `tenant_id`; null for none. It counts as a
   * membership, and is used if neither the credential nor the request names an organization.
   */
  readonly organization?: string
  /** Further columns for `principal.account`, by their name there; `bigint` and `numeric` as text. */
  readonly fields?: Readonly<Record<Fields, string>>
  /** Written only by `provision: 'create'`. Nobody is ever found by address. */
  readonly email?: string
  readonly emailVerified?: string
}

/** The table of memberships. */
export interface MembershipsTable extends Counting {
  readonly table: string
  /** The column with the user's id. */
  readonly user: string
  /** The column with the organization's id. */
  readonly organization: string
  readonly role?: RoleColumn
}

/** The table of organizations, to exclude closed ones. */
export interface OrganizationsTable extends Counting {
  readonly table: string
  /** Default `id`. */
  readonly id?: string
}

/** A separate table of roles. */
export interface RolesTable extends Counting {
  readonly table: string
  readonly user: string
  readonly role: string
  /** If it is null, the role holds everywhere. */
  readonly organization?: string
}

/** Permissions granted to individual people, in one column or in two. */
export type GrantsTable = Counting & {
  readonly table: string
  readonly user: string
  /** If it is null, the grant holds everywhere. */
  readonly organization?: string
} & ({ readonly permission: string } | { readonly resource: string; readonly action: string })

/** The values to insert for a new person, by column. */
export type NewColumns = Readonly<Record<string, string | number | boolean | Date | null | object>>

/** Creates the account of a new identity, or says why not. */
export type Provision = (
  identity: AccountIdentity,
  context: {
    /** The same id for each attempt at this identity, for an insert that may be repeated. */
    readonly proposedId: string
    /**
     * Whether a conflict of this identity was resolved with `separate`: it is not the person that it conflicts with.
     */
    readonly separate: boolean
  },
) => Promise<{ readonly id: string } | LinkRefusal | null>

/** How identities of one verifier become accounts. */
export interface VerifierRule {
  /**
   * Where a credential states the application's own id, if this can be trusted: `subject` for tokens and sessions that
   * the application issued itself, or a claim such as `external_id` that only the application can write. An unknown id
   * creates no account: a subject is refused as `identity_unlinked`, a claim as `account_conflict`. `synced` is the
   * user's `external_id` as stored by `workosSync`, and requires the option `synced`; a user that is not stored yet is
   * answered with 503. Default: `subject` for the API keys of `storedApiKeys`, which identifies owners by the
   * application's own ids; otherwise none.
   */
  readonly ownId?: 'subject' | 'synced' | { readonly claim: ClaimSource }
  /**
   * Whether the provider's organization is looked up in the organization map. If not, it is used as the application's
   * own id. Default false; true with `groups`.
   */
  readonly mapped?: boolean
  /** The claim that lists the person's groups, by name or by id; each is looked up in the organization map. */
  readonly groups?: ClaimSource
  /**
   * Whether to use the data of `workosSync`: deleted users and organizations, memberships and their roles, if an event
   * is newer than the credential. A string names its `source`; true is `workos`. Default: only the credential is used.
   */
  readonly synced?: true | string
  /**
   * The claim with the address for `provision: 'create'`; in a Better Auth session, `user.email`. Default `email`, or
   * without such a claim, the contact data outside the claims (`identity.contact`), as in a sealed WorkOS session.
   */
  readonly email?: ClaimSource
  /**
   * The claim that is `true` for a verified address; in a Better Auth session, `user.emailVerified`. Default
   * `email_verified`.
   */
  readonly emailVerified?: ClaimSource
  /**
   * How a new person gets an account. `create` inserts a row with `users.email`; every other column that must not be
   * null needs a default. An object says which columns to fill; a function creates the account itself. Default:
   * refused.
   */
  readonly provision?: 'create' | { readonly columns: (identity: AccountIdentity) => NewColumns } | Provision
}

/** The options of `accounts`: the application's own tables, and the rules of each verifier. */
export interface AccountsOptions<Fields extends string = string> {
  /** The table of people, and which of them are accepted. */
  readonly users: UsersTable<Fields>
  /** If given, this table decides: organizations in a credential count only for members. */
  readonly memberships?: MembershipsTable
  /** If given, closed and missing organizations are ignored. */
  readonly organizations?: OrganizationsTable
  /** A separate table of roles, in addition to `users.roles`. */
  readonly roles?: RolesTable
  /** A table of the application; true: `dualauth.permission_grant`. */
  readonly grants?: true | GrantsTable
  /**
   * The rules by verifier name. A verifier that is not listed accepts only linked identities and the owners of stored
   * API keys. Default: none is listed.
   */
  readonly verifiers?: Readonly<Record<string, VerifierRule>>
  /** The account of a machine, such as an API key that belongs to a service. Default: refused. */
  readonly services?: (
    identity: AccountIdentity,
  ) => ServiceAccount<NoInfer<Fields>> | null | Promise<ServiceAccount<NoInfer<Fields>> | null>
}

const counting = {
  active: z.exactOptional(text),
  deactivated: z.exactOptional(z.union([text, nonEmpty(text)], 'the name of a column, or a list of names')),
  status: z.exactOptional(object({ column: text, active: nonEmpty(storable) })),
}
const roleColumn = z.union([text, object({ column: text, separator: storable })], 'a column, or { column, separator }')
const id = z._default(text, 'id')
const columnsOrHook = z.union(
  [
    z.literal('create'),
    object({ columns: functionOption<(identity: AccountIdentity) => NewColumns>() }),
    functionOption<Provision>(),
  ],
  "'create', { columns } or a function",
)

const schema = object({
  users: object({
    table: text,
    id,
    ...counting,
    roles: z.exactOptional(roleColumn),
    organization: z.exactOptional(text),
    fields: z._default(z.record(storable, text), {}),
    email: z.exactOptional(text),
    emailVerified: z.exactOptional(text),
  }),
  memberships: z.exactOptional(
    object({ table: text, user: text, organization: text, role: z.exactOptional(roleColumn), ...counting }),
  ),
  organizations: z.exactOptional(object({ table: text, id, ...counting })),
  roles: z.exactOptional(
    object({ table: text, user: text, role: text, organization: z.exactOptional(text), ...counting }),
  ),
  grants: z.exactOptional(
    z.union(
      [
        z.literal(true),
        object({ table: text, user: text, permission: text, organization: z.exactOptional(text), ...counting }),
        object({
          table: text,
          user: text,
          resource: text,
          action: text,
          organization: z.exactOptional(text),
          ...counting,
        }),
      ],
      'true, or { table, user, permission } or { table, user, resource, action }',
    ),
  ),
  verifiers: z._default(
    z.record(
      verifierName,
      object({
        ownId: z.exactOptional(
          z.union([z.enum(['subject', 'synced']), object({ claim: claimSource })], "'subject', 'synced' or { claim }"),
        ),
        mapped: z.exactOptional(z.boolean()),
        groups: z.exactOptional(claimSource),
        synced: z.exactOptional(z.union([z.literal(true), key], 'true, or the source of a workosSync')),
        email: z.exactOptional(claimSource),
        emailVerified: z.exactOptional(claimSource),
        provision: z.exactOptional(columnsOrHook),
      }),
    ),
    {},
  ),
  services: z.exactOptional(functionOption<NonNullable<AccountsOptions['services']>>()),
})

/** With the defaults filled in. */
export interface ParsedAccounts extends AccountsOptions {
  readonly users: UsersTable & Required<Pick<UsersTable, 'id' | 'fields'>>
  readonly organizations?: OrganizationsTable & Required<Pick<OrganizationsTable, 'id'>>
  readonly verifiers: NonNullable<AccountsOptions['verifiers']>
}

const RESERVED = ['id', 'active', 'roles', 'permissions', 'organization', 'memberships', 'refuse']

/** @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it. */
export function parseAccounts(options: AccountsOptions): ParsedAccounts {
  const parsed = parseOptions(schema, options, 'accounts') as ParsedAccounts
  const { users, verifiers } = parsed
  for (const [name, { provision }] of Object.entries(verifiers))
    if (provision === 'create' && users.email === undefined)
      throw optionError(
        `accounts.verifiers.${name}.provision`,
        `'create' needs users.email; { columns } says what to insert`,
      )
  for (const [name, { ownId, synced }] of Object.entries(verifiers))
    if (ownId === 'synced' && synced === undefined)
      throw optionError(`accounts.verifiers.${name}.ownId`, "'synced' needs the option `synced`")
  for (const name of RESERVED)
    if (Object.hasOwn(users.fields, name))
      throw optionError(`accounts.users.fields.${name}`, 'is a name that every account has; choose another one')
  return parsed
}
