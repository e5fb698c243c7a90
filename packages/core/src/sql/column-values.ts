/** A date as databases and drivers return it: Date, ISO text, or a number of seconds or milliseconds. */
export type DateInput = Date | string | number | bigint

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const SECONDS_UNTIL = 100_000_000_000
/** The year 10,000. */
const NUMBERS_UNTIL = 253_402_300_800_000

/** Milliseconds since the epoch, or null. Text without a time zone is UTC, as Better Auth writes it. */
export function toMilliseconds(value: DateInput | null | undefined): number | null {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return sane(value.getTime())
  if (typeof value === 'string' && ISO.test(value)) return sane(Date.parse(value))
  if (typeof value === 'string' && !/^\d+$/.test(value)) return sane(Date.parse(asUtc(value)))
  const number = Number(value)
  const milliseconds = number < SECONDS_UNTIL ? number * 1000 : number
  // Larger numbers are microseconds: read as milliseconds, an expiry would lie in the year 50,000, and a start would
  // outlive every revocation.
  return milliseconds < NUMBERS_UNTIL ? sane(milliseconds) : null
}

/** The time as `Date.toISOString` writes it; text from JSON already has this form. */
export function toIsoText(value: DateInput | null | undefined, milliseconds: number): string {
  return typeof value === 'string' && ISO.test(value) ? value : new Date(milliseconds).toISOString()
}

/** The time in the form of `sample`: seconds, milliseconds, or ISO text, which every date column accepts. */
export function inFormOf(sample: DateInput, milliseconds: number): string | number {
  if (sample instanceof Date || !/^\d+$/.test(String(sample))) return new Date(milliseconds).toISOString()
  return Number(sample) < SECONDS_UNTIL ? Math.floor(milliseconds / 1000) : milliseconds
}

/** Databases without booleans store 0 and 1. */
export function toBoolean(value: boolean | number | string | bigint | null | undefined): boolean {
  return value === true || value === 1 || value === 1n || value === '1' || value === 't' || value === 'true'
}

const FALSE: readonly unknown[] = [undefined, null, false, 0, 0n, '', '0', 'f', 'false', 'n', 'no']

/** For flags that refuse when set: only values that mean false in every driver count as false. */
export function isSet(value: unknown): boolean {
  // MySQL's BIT(1).
  if (value instanceof Uint8Array) return value.some((byte) => byte !== 0)
  return !FALSE.includes(typeof value === 'string' ? value.trim().toLowerCase() : value)
}

/**
 * Whether a column has the key in exactly the requested spelling. A `uuid`, a number or a case-insensitive collation
 * also matches other spellings, but a revocation of the credential covers only one. `char(n)` is padded. PostgreSQL
 * finds bytes as text, as `\x…` and with escapes; only one of these counts: the text if it is visible ASCII, otherwise
 * `\x` and lower-case hex.
 */
export function isSpelled(stored: unknown, asked: string): boolean {
  if (stored instanceof Uint8Array) return textOfBytes(stored) === asked
  return typeof stored === 'object' || String(stored).trimEnd() === asked
}

function textOfBytes(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte > 0x20 && byte < 0x7f)) return String.fromCharCode(...bytes)
  return `\\x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

function asUtc(text: string): string {
  const iso = text.trim().replace(' ', 'T')
  return /(?:Z|[+-]\d{2}(?::?\d{2})?)$/i.test(iso) ? iso.replace(/([+-]\d{2})$/, '$1:00') : `${iso}Z`
}

const LAST_DATE = 8_640_000_000_000_000

function sane(number: number): number | null {
  return Number.isFinite(number) && Math.abs(number) <= LAST_DATE ? number : null
}
