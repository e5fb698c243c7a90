import type { Account } from '@dualauth/core'

/** A value of `users.fields` as JSON has it: `bigint` and `numeric` as text, moments in ISO 8601. */
export type FieldValue =
  string | number | boolean | null | readonly FieldValue[] | { readonly [name: string]: FieldValue }

/** The account of a person, with the columns of `users.fields`. */
export type AccountWith<Fields extends string> = Account & { readonly [name in Fields]: FieldValue }

/** The account of a person or of a machine: what `services` returns need not have the columns of people. */
export type LinkedAccount<Fields extends string> = Account & { readonly [name in Fields]?: FieldValue }
