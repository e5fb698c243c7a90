import * as z from 'zod/mini'

/** Longer ones do not fit into an index of the ledger. */
const MAX_ID_BYTES = 1024
const MAX_NAME = 512
/** RFC 5321, and anything around it. */
const MAX_EMAIL = 320
const MAX_HASH = 4096
const MAX_METADATA = 65_536
/** It may be a `data:` URL. */
const MAX_IMAGE = 65_536

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** Numbers and big integers are accepted as the text that they are in SQL. */
export const id: z.ZodMiniType<string> = z.pipe(
  z.transform((value: unknown) =>
    typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value)) ? String(value) : value,
  ),
  z.string().check(z.refine((value) => value !== '' && isStorable(value) && Buffer.byteLength(value) <= MAX_ID_BYTES)),
)

/** Left out, null and empty all become null. */
export function orNull<T>(schema: z.ZodMiniType<T>): z.ZodMiniType<T | null> {
  return z.pipe(
    z.transform((value: unknown): unknown => (value === undefined || value === '' ? null : value)),
    z.nullable(schema),
  )
}

export const name: z.ZodMiniType<string> = z
  .string()
  .check(z.refine((value) => isStorable(value) && value.length <= MAX_NAME))

export const image: z.ZodMiniType<string> = z
  .string()
  .check(z.refine((value) => isStorable(value) && value.length <= MAX_IMAGE))

export const email: z.ZodMiniType<string> = z.pipe(
  z.transform((value: unknown) => (typeof value === 'string' ? value.trim() : value)),
  z
    .string()
    .check(z.refine((value) => value.length <= MAX_EMAIL && isStorable(value) && /^[^\s@]+@[^\s@]+$/.test(value))),
)

export const hash: z.ZodMiniType<string> = z
  .string()
  .check(z.refine((value) => value.length <= MAX_HASH && isStorable(value)))

const TRUE: readonly unknown[] = [true, 1, 1n, '1', 't', 'true']
const FALSE: readonly unknown[] = [false, 0, 0n, '0', 'f', 'false', null, undefined, '']

/** As drivers spell it; unknown is false, and anything that is not a flag is refused. */
export const flag: z.ZodMiniType<boolean> = z.pipe(
  z.transform((value: unknown) => (TRUE.includes(value) ? true : FALSE.includes(value) ? false : value)),
  z.boolean(),
)

const HAS_ZONE = /(?:Z|[+-]\d\d(?::?\d\d)?)$/i

/** As ISO text. Text without a zone is UTC, as databases mean it. */
export const moment: z.ZodMiniType<string | null> = orNull(
  z.pipe(
    z.transform((value: unknown) => {
      const milliseconds = millisecondsOf(value)
      return Number.isFinite(milliseconds) && Math.abs(milliseconds) <= 8.64e15
        ? new Date(milliseconds).toISOString()
        : undefined
    }),
    z.string(),
  ),
)

function millisecondsOf(value: unknown): number {
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return NaN
  const iso = value.trim().replace(' ', 'T')
  const zoned = iso.replace(/([+-]\d\d)$/, '$1:00')
  return Date.parse(HAS_ZONE.test(zoned.slice(10)) || !iso.includes('T') ? zoned : `${zoned}Z`)
}

/**
 * As JSON holds it: a date is ISO text, a big integer the text of its digits, and undefined is left out. Bytes and
 * circular references are refused.
 */
export const metadata: z.ZodMiniType<Readonly<Record<string, unknown>>> = z.pipe(
  z.transform((value: unknown) => (value == null ? {} : jsonOf(value))),
  z.custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ),
)

/** Null: not JSON, or too long. */
function jsonOf(value: unknown): unknown {
  try {
    const text = JSON.stringify(value, plain)
    return text.length <= MAX_METADATA ? (JSON.parse(text) as unknown) : null
  } catch {
    return null
  }
}

function plain(this: Readonly<Record<string, unknown>>, name: string, value: unknown): unknown {
  // A buffer has turned itself into a list of numbers by now.
  if (ArrayBuffer.isView(this[name])) throw new TypeError('bytes')
  return typeof value === 'bigint' ? String(value) : value
}
