import * as z from 'zod/mini'
import type { Kind, RowOf } from '../ports/rows.js'
import type { UnreadableRow } from '../ports/source.js'
import { email, flag, hash, id, image, metadata, moment, name, orNull } from './fields.js'
import { passwordFormatOf } from './password-format.js'

/** The result of checking a row. */
export type Parsed<K extends Kind> =
  | { readonly ok: true; readonly row: RowOf[K] }
  /** `id` is null if even that cannot be read; then there is nothing to keep in the ledger. */
  | { readonly ok: false; readonly id: string | null; readonly code: string; readonly at: string | null }

const identity = z.object({ provider: name, subject: id })
const list = <T>(element: z.ZodMiniType<T>): z.ZodMiniType<readonly T[]> =>
  z.pipe(
    z.transform((value: unknown) => value ?? []),
    z.array(element).check(z.maxLength(100_000)),
  )

const SCHEMAS = {
  organization: z.object({ id, name, slug: orNull(name), createdAt: moment, metadata }),
  person: z.object({
    id,
    email: orNull(email),
    emailVerified: flag,
    name: orNull(name),
    firstName: orNull(name),
    lastName: orNull(name),
    image: orNull(image),
    passwordHash: orNull(hash),
    passwordFormat: orNull(name),
    hasPassword: flag,
    disabled: flag,
    organization: orNull(id),
    createdAt: moment,
    updatedAt: moment,
    externalIdentities: list(identity),
    metadata,
  }),
  membership: z.object({
    id: orNull(id),
    person: id,
    organization: id,
    roles: list(name),
    createdAt: moment,
    metadata,
  }),
  group: z.object({ id, name, organization: orNull(id), members: list(id), metadata }),
} as const

/** Checks one row. An error is a code and the field's name, never the content. */
export function parseRow<K extends Kind>(kind: K, value: unknown): Parsed<K> {
  if (isUnreadable(value)) return { ok: false, id: null, code: codeOf(value.unreadable), at: value.at }
  const schema: z.ZodMiniType = SCHEMAS[kind]
  const given = camelCased(value, Object.keys(SCHEMAS[kind].shape))
  const result = z.safeParse(schema, given, { jitless: true })
  if (result.success) return { ok: true, row: FINISH[kind](result.data as never) as RowOf[K] }
  const own = z.safeParse(id, given['id'], { jitless: true })
  const field = String(result.error.issues[0]?.path[0] ?? 'row')
  return { ok: false, id: own.success ? own.data : null, code: `invalid_${snakeCased(field)}`, at: null }
}

type Output<K extends Kind> = z.output<(typeof SCHEMAS)[K]>

const FINISH: { readonly [K in Kind]: (row: Output<K>) => RowOf[K] } = {
  organization: (row) => row,
  person: ({ passwordHash, passwordFormat, hasPassword, ...row }) => ({
    ...row,
    ...(hasPassword && passwordHash === null && { passwordMissing: true }),
    // Without an address, there is nothing to verify.
    emailVerified: row.emailVerified && row.email !== null,
    password:
      passwordHash === null ? null : { hash: passwordHash, format: passwordFormat ?? passwordFormatOf(passwordHash) },
  }),
  membership: (row) => ({ ...row, id: row.id ?? JSON.stringify([row.organization, row.person]) }),
  group: (row) => ({ ...row, members: [...new Set(row.members)] }),
}

/** The fields of a row as columns spell them: `email_verified` as well. */
function camelCased(value: unknown, fields: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return {}
  const row = value as Readonly<Record<string, unknown>>
  return Object.fromEntries(fields.map((field) => [field, row[field] ?? row[snakeCased(field)]]))
}

/** `emailVerified` as `email_verified`. */
export function snakeCased(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function isUnreadable(value: unknown): value is UnreadableRow {
  return typeof value === 'object' && value !== null && typeof (value as UnreadableRow).unreadable === 'string'
}

const CODE = /^[a-z][a-z\d_-]{0,63}$/

/** A code of a source or a target; anything else might be a message with somebody's address in it. */
export function codeOf(code: unknown): string {
  return typeof code === 'string' && CODE.test(code) ? code : 'code_invalid'
}
