import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Kind } from '../../ports/rows.js'
import type { Resource } from './api.js'
import { membersOf } from './members.js'

/**
 * Shows a rollback whether somebody has changed a user or group since. Not its version: many directories change a
 * user's version when the user joins a group. Salted, so that equal people do not look alike.
 */
export function fingerprint(kind: Kind, resource: Resource): string {
  const salt = randomBytes(16)
  return `${salt.toString('base64url')}.${digest(salt, kind, resource).toString('base64url')}`
}

export function isUnchanged(kind: Kind, resource: Resource, print: string): boolean {
  const [salt = '', stored = ''] = print.split('.')
  const expected = Buffer.from(stored, 'base64url')
  const found = digest(Buffer.from(salt, 'base64url'), kind, resource)
  return found.length === expected.length && timingSafeEqual(found, expected)
}

/** What the directory writes itself, and what is checked separately. */
const LEFT_OUT: readonly string[] = ['schemas', 'id', 'meta', 'groups', 'members']

function digest(salt: Buffer, kind: Kind, resource: Resource): Buffer {
  const content = Object.fromEntries(Object.entries(resource).filter(([name]) => !LEFT_OUT.includes(name)))
  // Memberships of an organization are separate items; what a directory says about a member besides the id is not part
  // of the group.
  const members = kind === 'group' ? [...membersOf(resource)] : []
  return createHmac('sha256', salt)
    .update(JSON.stringify(canonical({ content, members })))
    .digest()
}

/** Names and lists in a fixed order, without empty values: answers to POST and GET may differ in these. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const all = value.map(canonical).map((one) => JSON.stringify(one))
    return all.toSorted()
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null && one !== undefined && !(Array.isArray(one) && one.length === 0))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, canonical(one)]),
  )
}

/** The directory's own version, for `If-Match`; null if it has none. */
export function versionOf({ meta }: Resource): string | null {
  const version = (meta as { readonly version?: unknown } | null | undefined)?.version
  return typeof version === 'string' && /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(version) ? version : null
}
