import type { Account, Membership } from '@dualauth/core'

/** A value of `users.fields` as JSON: `bigint` and `numeric` as text, timestamps in ISO 8601. */
export type FieldValue =
  string | number | boolean | null | readonly FieldValue[] | { readonly [name: string]: FieldValue }

/** A membership as `accounts` returns it: always an object, never an id alone. */
export type AccountMembership = Exclude<Membership, string>

/** An account whose memberships are all objects. */
export interface ReadAccount extends Account {
  readonly memberships?: readonly AccountMembership[]
}

/** The account of a person, with the columns of `users.fields`. */
export type AccountWith<Fields extends string> = ReadAccount & { readonly [name in Fields]: FieldValue }

/** The account of a person or a machine. Accounts that `services` returns need not have `users.fields`. */
export type LinkedAccount<Fields extends string> = ReadAccount & { readonly [name in Fields]?: FieldValue }

/** What `services` returns; memberships may be plain ids. */
export type ServiceAccount<Fields extends string> = Account & { readonly [name in Fields]?: FieldValue }

/** Turns each membership into an object. Anything but a list is left for the instance to report. */
export function withParts(account: Account): ReadAccount {
  const { memberships } = account
  if (!Array.isArray(memberships) || !memberships.some((one) => typeof one === 'string')) return account as ReadAccount
  const parts = (memberships as readonly Membership[]).map((one) =>
    typeof one === 'string' ? { organization: one } : one,
  )
  return { ...account, memberships: parts }
}
