import type { Group, Organization, Person } from '../../ports/rows.js'
import type { Item } from '../../ports/target.js'
import type { Operation, Resource } from './api.js'
import type { Settings } from './options.js'
import { externalIdOf, ORGANIZATION } from './paths.js'

/** Why a directory cannot hold an item; null if it can. */
export function problemOf(settings: Settings, item: Item): string | null {
  switch (item.kind) {
    case 'membership':
      return null
    case 'person':
      return userNameOf(settings, item.row) === null ? 'no_user_name' : null
    case 'group':
      if (settings.organizations === 'groups' && item.id.startsWith(ORGANIZATION)) return 'invalid_id'
      return nameProblem(item.row)
    case 'organization':
      return nameProblem(item.row)
  }
}

function nameProblem({ name }: Group | Organization): string | null {
  return name.trim() === '' ? 'invalid_name' : null
}

export function userNameOf({ userName }: Settings, person: Person): string | null {
  const name = userName === undefined ? (person.email ?? person.id) : userName(person)
  return typeof name === 'string' && name.trim() !== '' ? name : null
}

/** The body that creates it. Members are added afterwards. */
export function bodyOf(settings: Settings, item: Item): object {
  const externalId = externalIdOf(item)
  if (item.kind !== 'person')
    return {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      externalId,
      displayName: (item.row as Group | Organization).name,
    }
  const { email, name, firstName, lastName, disabled } = item.row
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    externalId,
    userName: userNameOf(settings, item.row),
    active: !disabled,
    ...((name ?? firstName ?? lastName) !== null && {
      name: {
        ...(name !== null && { formatted: name }),
        ...(firstName !== null && { givenName: firstName }),
        ...(lastName !== null && { familyName: lastName }),
      },
    }),
    ...(name !== null && { displayName: name }),
    ...(email !== null && { emails: [{ value: email, type: 'work', primary: true }] }),
  }
}

/** A field that differs between source and directory, and the operation that makes it the same. */
export interface Difference {
  readonly field: string
  readonly operation: Operation
}

/** Fields that the source leaves out stay unchanged. */
export function differencesOf(settings: Settings, item: Item, there: Resource): readonly Difference[] {
  if (item.kind !== 'person') return changed('name', 'displayName', (item.row as Group).name, there['displayName'])
  const { email, name, firstName, lastName, disabled } = item.row
  const names = (there['name'] ?? {}) as Readonly<Record<string, unknown>>
  const userName = userNameOf(settings, item.row)
  const isSameUser = String(there['userName']).toLowerCase() === userName?.toLowerCase()
  return [
    ...(isSameUser ? [] : changed('userName', 'userName', userName, there['userName'])),
    ...changed('name', 'name.formatted', name, names['formatted']),
    ...changed('name', 'displayName', name, there['displayName']),
    ...changed('firstName', 'name.givenName', firstName, names['givenName']),
    ...changed('lastName', 'name.familyName', lastName, names['familyName']),
    // RFC 7643 does not define what a user without `active` is.
    ...changed('disabled', 'active', !disabled, there['active'] ?? !disabled),
    ...emailDifference(email, there['emails']),
  ]
}

function changed(field: string, path: string, value: unknown, there: unknown): readonly Difference[] {
  if (value === null || value === there) return []
  return [{ field, operation: { op: 'replace', path, value } }]
}

interface Email {
  readonly value?: unknown
  readonly primary?: unknown
}

/** Compares the first address; those that others have added stay. */
function emailDifference(email: string | null, there: unknown): readonly Difference[] {
  if (email === null) return []
  const emails = Array.isArray(there) ? (there as readonly Email[]) : []
  const first = emails.find(({ primary }) => primary === true) ?? emails[0]
  if (first !== undefined && String(first.value).toLowerCase() === email.toLowerCase()) return []
  const others = emails.filter((one) => one !== first && String(one.value).toLowerCase() !== email.toLowerCase())
  const value = [{ type: 'work', ...first, value: email, primary: true }, ...others]
  return [{ field: 'email', operation: { op: 'replace', path: 'emails', value } }]
}
