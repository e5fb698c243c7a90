import { randomBytes } from 'node:crypto'
import type { Membership, Organization, Person } from '../../ports/rows.js'
import type { Column, Model } from './models.js'

/** Values of one row by column name. */
export type Values = Readonly<Record<string, unknown>>

/** Further columns that the application has added to Better Auth (`additionalFields`), by name. */
export interface FurtherColumns {
  readonly user?: (person: Person) => Values
  readonly organization?: (organization: Organization) => Values
  readonly member?: (membership: Membership) => Values
}

export const CREDENTIAL = 'credential'

export function userOf(model: Model, person: Person, further: FurtherColumns['user']): Values {
  const { image, banned, banReason } = model.columns
  return {
    ...named(model, {
      email: person.email?.toLowerCase(),
      emailVerified: person.emailVerified,
      name: nameOf(person),
      createdAt: person.createdAt ?? nowText(),
      updatedAt: person.updatedAt ?? person.createdAt ?? nowText(),
    }),
    ...(image !== undefined && person.image !== null && { [image.name]: person.image }),
    ...(banned !== undefined && { [banned.name]: person.disabled }),
    ...(banReason !== undefined && { [banReason.name]: person.disabled ? 'disabled before the import' : null }),
    ...further?.(person),
  }
}

/** Better Auth requires a name; it uses an empty one if none was given. */
function nameOf({ name, firstName, lastName }: Person): string {
  return name ?? [firstName, lastName].filter((part) => part !== null).join(' ')
}

/** The accounts of a person: the password's, and those at other providers. */
export function accountsOf(model: Model, person: Person): readonly Values[] {
  const at = nowText()
  const account = (providerId: string, accountId: string | null, password: string | null): Values => ({
    ...named(model, { providerId, accountId, password, createdAt: at, updatedAt: at }),
    ...newId(model),
  })
  return [
    ...(person.password === null ? [] : [account(CREDENTIAL, null, person.password.hash)]),
    ...person.externalIdentities.map(({ provider, subject }) => account(provider, subject, null)),
  ]
}

export function organizationOf(model: Model, row: Organization, further: FurtherColumns['organization']): Values {
  const metadata = Object.keys(row.metadata).length === 0 ? null : JSON.stringify(row.metadata)
  return {
    ...named(model, {
      name: row.name,
      slug: row.slug ?? slugOf(row),
      createdAt: row.createdAt ?? nowText(),
    }),
    ...(model.columns['metadata'] !== undefined && { [model.columns['metadata'].name]: metadata }),
    ...further?.(row),
  }
}

/** Better Auth finds organizations by their slug and requires one; made from the name, and unique by the id. */
function slugOf({ id, name }: Organization): string {
  const words =
    name
      .normalize('NFKD')
      .toLowerCase()
      .match(/[a-z\d]+/g) ?? []
  return [...words, ...(id.toLowerCase().match(/[a-z\d]+/g) ?? [])].join('-').slice(0, 128)
}

/** Roles as Better Auth stores several: separated by commas. */
export function memberOf(model: Model, row: Membership, further: FurtherColumns['member']): Values {
  const role = row.roles.length === 0 ? 'member' : row.roles.join(',')
  return { ...named(model, { role, createdAt: row.createdAt ?? nowText() }), ...newId(model), ...further?.(row) }
}

/** An id as Better Auth makes one; none for columns that make their own. */
export function newId(model: Model): Values {
  const { name, type, isDemanded } = model.columns['id'] as Column
  if (!isDemanded) return {}
  if (type === 'uuid') return { [name]: crypto.randomUUID() }
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
  // 248 is the largest multiple of 62 in a byte: no letter is more frequent than another.
  const bytes = [...randomBytes(64)].filter((byte) => byte < 248)
  return {
    [name]: bytes
      .slice(0, 32)
      .map((byte) => letters[byte % 62])
      .join(''),
  }
}

/** Whether a text can be an id of this type. */
export function fitsId(type: string, id: string): boolean {
  if (type === 'uuid') return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id)
  if (type === 'integer') return /^\d{1,10}$/.test(id) && Number(id) < 2 ** 31
  if (type === 'bigint') return /^\d{1,18}$/.test(id)
  return true
}

export function named(model: Model, fields: Readonly<Record<string, unknown>>): Values {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [(model.columns[field] as Column).name, value]),
  )
}

function nowText(): string {
  return new Date().toISOString()
}
