import type { Account, Membership } from '@dualauth/core'

/** A value of `users.fields` as JSON has it: `bigint` and `numeric` as text, moments in ISO 8601. */
export type FieldValue =
  string | number | boolean | null | readonly FieldValue[] | { readonly [name: string]: FieldValue }

/** A membership as `accounts` hands it out: always with its parts. */
export type AccountMembership = Exclude<Membership, string>

/** An account whose memberships need not be told apart. */
export interface ReadAccount extends Account {
  readonly memberships?: readonly AccountMembership[]
}

/** The account of a person, with the columns of `users.fields`. */
export type AccountWith<Fields extends string> = ReadAccount & { readonly [name in Fields]: FieldValue }

/** The account of a person or of a machine: what `services` returns need not have the columns of people. */
export type LinkedAccount<Fields extends string> = ReadAccount & { readonly [name in Fields]?: FieldValue }

/** What `services` returns: memberships may be ids alone. */
export type ServiceAccount<Fields extends string> = Account & { readonly [name in Fields]?: FieldValue }

/** With the parts of each membership. What is no list of them is left for the instance to name. */
export function withParts(account: Account): ReadAccount {
  const { memberships } = account
  if (!Array.isArray(memberships) || !memberships.some((one) => typeof one === 'string')) return account as ReadAccount
  const parts = (memberships as readonly Membership[]).map((one) =>
    typeof one === 'string' ? { organization: one } : one,
  )
  return { ...account, memberships: parts }
}
