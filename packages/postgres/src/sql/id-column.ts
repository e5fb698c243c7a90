import * as z from 'zod/mini'

const WHOLE: Readonly<Record<string, bigint>> = { smallint: 2n ** 15n, integer: 2n ** 31n, bigint: 2n ** 63n }
const TEXT: readonly string[] = ['text', 'character varying', 'bpchar', 'citext', 'name']
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i
const MAX_NAME_BYTES = 63
const NUMBER = /^(?:0|-?[1-9]\d{0,18})$/

/** Whether ids may have this type. */
export function isIdType(type: string): boolean {
  return type === 'uuid' || type in WHOLE || TEXT.includes(type)
}

/** Whether a text can be a value of an id column. If not, it is nobody's id rather than an error. */
export function isIdOf(type: string, text: string): boolean {
  if (type === 'uuid') return UUID.test(text)
  const limit = WHOLE[type]
  if (limit !== undefined) return NUMBER.test(text) && BigInt(text) < limit && BigInt(text) >= -limit
  // A longer `name` would be cut off, and could be somebody else's.
  return isStorable(text) && (type !== 'name' || bytesOf(text) <= MAX_NAME_BYTES)
}

/** Whether a column holds integers, of any size. */
export function isWhole(type: string): boolean {
  return type in WHOLE
}

/** PostgreSQL cannot store NUL, and a lone surrogate would arrive as another text. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** Longer texts do not fit into an index, so none was ever stored. */
const MAX_BYTES = 1024

/** Whether a text can be in a key of our own tables. */
export function isKey(text: string): boolean {
  return text.length <= MAX_BYTES && isStorable(text) && bytesOf(text) <= MAX_BYTES
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}

/** Such a text as an option. */
export const key: z.ZodMiniType<string> = z
  .string('a text of 1 to 1024 bytes')
  .check(z.refine((value) => value !== '' && isKey(value)))

/** A text that is stored but is not in a key, such as a reason. */
export const storable: z.ZodMiniType<string> = z
  .string('a non-empty text that PostgreSQL can store')
  .check(z.refine((value) => value !== '' && isStorable(value)))
