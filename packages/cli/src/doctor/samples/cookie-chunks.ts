import type { Shape } from '@dualauth/core'

/** Names of the cookies that verifiers read. */
export interface CookieNames {
  readonly looked: readonly string[]
  /** Those that may arrive in numbered chunks. */
  readonly chunked: readonly string[]
  /** Companions that are read with them, whole or in chunks. */
  readonly beside: readonly string[]
}

export type Pair = readonly [name: string, value: string]

/** A fault of a cookie that has nothing to do with its content. */
export interface CookieFlaw {
  /** `unread`: chunks that no verifier joins. `beside`: chunks beside a whole cookie. */
  readonly kind: 'missing' | 'doubled' | 'unread' | 'beside' | 'disorder' | 'too_large'
  /** The name in the configuration, which may be shown. */
  readonly cookie: string
  /** Numbers of the chunks. Empty: the whole cookie. */
  readonly chunks: readonly number[]
  readonly bytes: number
}

/** One cookie of a field, with its chunks joined. */
interface ReadCookie {
  /** Null: it cannot be joined. */
  readonly value: string | null
  readonly flaws: readonly CookieFlaw[]
  /** Further chunks may be missing: the last one is as long as the others, or there is only one. */
  readonly mayGoOn: boolean
}

/** Name and value together; browsers silently drop larger cookies. RFC 6265bis, section 5.6. */
const MOST_BYTES = 4_096

export function cookieNames(shapes: readonly Shape[]): CookieNames {
  const ofCookies = shapes.filter((shape) => shape.kind === 'cookie')
  return {
    looked: shapes.flatMap(({ carriage }) => carriage.cookies),
    chunked: ofCookies.flatMap(({ carriage, chunked }) => (chunked === true ? carriage.cookies : [])),
    beside: ofCookies.flatMap(({ companions = [] }) => companions),
  }
}

/** Whether a field contains this cookie, whole or in chunks. */
export function holds(cookie: string, pairs: readonly Pair[]): boolean {
  return pairs.some(([name]) => name === cookie || numberOf(name, cookie) !== null)
}

/** Reads a cookie as core does: a whole one wins, chunks are joined by number. */
export function readCookie(cookie: string, pairs: readonly Pair[], { chunked, beside }: CookieNames): ReadCookie {
  const whole = pairs.filter(([name]) => name === cookie)
  const chunks = pairs.flatMap(([name, value]) => {
    const number = numberOf(name, cookie)
    return number === null ? [] : [{ number, name, value }]
  })
  const flaw = (kind: CookieFlaw['kind'], numbers: readonly number[], bytes = 0): CookieFlaw => ({
    kind,
    cookie,
    chunks: numbers,
    bytes,
  })
  const flaws = [
    ...whole.filter(isLarge).map((pair) => flaw('too_large', [], bytesOf(pair))),
    ...chunks
      .map(({ number, name, value }) => ({ number, pair: [name, value] as const }))
      .filter(({ pair }) => isLarge(pair))
      .map(({ number, pair }) => flaw('too_large', [number], bytesOf(pair))),
  ]
  if (chunks.length === 0) return { value: whole[0]?.[1] ?? null, flaws, mayGoOn: false }
  const numbers = chunks.map(({ number }) => number)
  if (whole.length > 0) return { value: whole[0]![1], flaws: [...flaws, flaw('beside', numbers)], mayGoOn: false }
  if (!chunked.includes(cookie) && !beside.includes(cookie))
    return { value: null, flaws: [...flaws, flaw('unread', numbers)], mayGoOn: false }
  const last = Math.max(...numbers)
  const missing = Array.from({ length: last }, (_, number) => number).filter((number) => !numbers.includes(number))
  const valuesOf = (number: number): ReadonlySet<string> =>
    new Set(chunks.filter((one) => one.number === number).map(({ value }) => value))
  const doubled = [...new Set(numbers)].filter((number) => valuesOf(number).size > 1)
  if (missing.length > 0) flaws.push(flaw('missing', missing))
  if (doubled.length > 0) flaws.push(flaw('doubled', doubled))
  if (missing.length + doubled.length > 0) return { value: null, flaws, mayGoOn: false }
  if (numbers.some((number, place) => number < (numbers[place - 1] ?? 0))) flaws.push(flaw('disorder', numbers))
  const parts = Array.from({ length: last + 1 }, (_, number) => [...valuesOf(number)][0] ?? '')
  return {
    value: parts.join(''),
    flaws,
    mayGoOn: parts.length === 1 || parts.at(-1)!.length >= parts[0]!.length,
  }
}

/** The number of a chunk of this cookie; null for any other cookie. */
function numberOf(name: string, cookie: string): number | null {
  const end = name.startsWith(`${cookie}.`) ? name.slice(cookie.length + 1) : ''
  return /^(?:0|[1-9]\d?)$/.test(end) ? Number(end) : null
}

function bytesOf([name, value]: Pair): number {
  return Buffer.byteLength(name) + Buffer.byteLength(value)
}

function isLarge(pair: Pair): boolean {
  return bytesOf(pair) > MOST_BYTES
}
