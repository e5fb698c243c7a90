import type { WorkosEvent } from '@dualauth/core'
import { AuthError } from '@dualauth/core'
import { DATE_TIME_FORM, dateTime } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { isStorable } from '../sql/id-column.js'

/** What is kept of one kind of object, read from what WorkOS wrote. */
export interface Kind {
  /** Types of events: `user.created` and so on. */
  readonly prefix: string
  readonly table: string
  /** Its own columns, with the type that a parameter is cast to. */
  readonly columns: readonly (readonly [name: string, cast: string])[]
  /** @throws {AuthError} `request_invalid`, which repeats nothing from the event. */
  readonly read: (data: WorkosEvent['data'], isDeleted: boolean) => ReadObject
}

export interface ReadObject {
  readonly id: string
  /** As WorkOS wrote it; null if a deletion does not say. */
  readonly updatedAt: string | null
  /** By column, as text; null is null. */
  readonly values: Readonly<Record<string, string | null>>
}

const ID_FORM = 'an id of letters, digits and _'
const id = z.string(ID_FORM).check(z.regex(/^[A-Za-z0-9_]{1,128}$/, ID_FORM))
const moment = z.string(DATE_TIME_FORM).check(z.refine((value) => dateTime.safeParse(value).success, DATE_TIME_FORM))
const SHORT_FORM = 'a text of 1 to 256 characters'
const short = z
  .string(SHORT_FORM)
  .check(z.refine((value) => value !== '' && value.length <= 256 && isStorable(value), SHORT_FORM))

const owned = z.object({ id, updated_at: moment, external_id: z.optional(z.nullable(short)) })
const role = z.object({ slug: short })
const membership = z.object({
  id,
  updated_at: moment,
  user_id: id,
  organization_id: id,
  status: short,
  role: z.optional(z.nullable(role)),
  roles: z.optional(
    z.nullable(z.array(role, 'a list of roles').check(z.maxLength(256, 'a list of at most 256 roles'))),
  ),
})
// A deletion counts by its id, whatever else it says.
const deleted = z.object({ id })
const deletedMembership = z.object({ id, user_id: id, organization_id: id })

function owning(prefix: string, table: string): Kind {
  return {
    prefix,
    table,
    columns: [['external_id', 'text']],
    read(data, isDeleted) {
      if (isDeleted) return { id: read(deleted, data).id, updatedAt: null, values: { external_id: null } }
      const { id, updated_at: updatedAt, external_id: externalId = null } = read(owned, data)
      return { id, updatedAt, values: { external_id: externalId } }
    },
  }
}

/** What is kept, by kind of object. */
export const KINDS: readonly Kind[] = [
  owning('user', 'dualauth.workos_user'),
  owning('organization', 'dualauth.workos_organization'),
  {
    prefix: 'organization_membership',
    table: 'dualauth.workos_membership',
    columns: [
      ['user_id', 'text'],
      ['organization_id', 'text'],
      ['status', 'text'],
      ['roles', 'list'],
    ],
    read(data, isDeleted) {
      if (isDeleted) {
        const { id, user_id, organization_id } = read(deletedMembership, data)
        return { id, updatedAt: null, values: { user_id, organization_id, status: 'deleted', roles: '[]' } }
      }
      const { id, updated_at: updatedAt, user_id, organization_id, status, role, roles } = read(membership, data)
      // `roles` if several are enabled; `role` is the first of them.
      const named = roles ?? (role === null || role === undefined ? [] : [role])
      const slugs = [...new Set(named.map(({ slug }) => slug))].toSorted()
      return { id, updatedAt, values: { user_id, organization_id, status, roles: JSON.stringify(slugs) } }
    },
  },
]

function read<S extends z.ZodMiniObject>(schema: S, data: WorkosEvent['data']): z.output<S> {
  const result = z.safeParse(schema, data, { jitless: true })
  if (result.success) return result.data
  const details = result.error.issues.map(({ path, message }) => `data.${path.join('.')}: must be ${message}`)
  throw new AuthError('request_invalid', { detail: [...new Set(details)].join('; ') })
}
