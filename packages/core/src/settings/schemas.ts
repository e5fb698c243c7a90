import * as z from 'zod/mini'
import { B64TOKEN, HEADER_KEY, TOKEN } from '../http/grammar.js'

const MAX_PREFIX = 64

/** The application's own reason: short, and without characters needed for addresses or names. */
export const SLUG: RegExp = /^[a-z][a-z0-9_-]{0,63}$/

/**
 * An object of options without unknown members. Undefined counts as absent, so that defaults apply; use
 * `z.exactOptional` for optional members.
 */
export function object<S extends z.core.$ZodShape>(
  shape: S,
): z.ZodMiniPipe<z.ZodMiniTransform, z.ZodMiniObject<S, z.core.$strict>> {
  const leaveOutUndefined = z.transform((value: unknown) => (isPlain(value) ? stated(value, shape) : value))
  return z.pipe(leaveOutUndefined, z.strictObject(shape) as z.ZodMiniObject<S, z.core.$strict>)
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !Array.isArray(value)
}

/** Also reads the names in the shape, because options may be accessors of a class. */
function stated(value: Readonly<Record<string, unknown>>, shape: object): object {
  const names = new Set(Object.keys(shape))
  for (const name in value) names.add(name)
  const entries = [...names].map((name) => [name, value[name]] as const)
  // An unknown option is a mistake even if its value is undefined.
  return Object.fromEntries(entries.filter(([name, entry]) => entry !== undefined || !Object.hasOwn(shape, name)))
}

/** Both ends are included; NaN and infinities are refused. */
export function between(minimum: number, maximum: number): z.ZodMiniType<number> {
  return z.number(`a number from ${minimum} to ${maximum}`).check(z.minimum(minimum), z.maximum(maximum))
}

/** Both ends are included. */
export function wholeBetween(minimum: number, maximum: number): z.ZodMiniType<number> {
  return z.int(`a whole number from ${minimum} to ${maximum}`).check(z.minimum(minimum), z.maximum(maximum))
}

/** A time in seconds would lie in 1970. */
const EARLIEST_MS = 1e11
/** A time, in milliseconds since the epoch. */
export const milliseconds: z.ZodMiniType<number> = z.custom<number>(
  (value) => Number.isFinite(value) && (value as number) >= EARLIEST_MS,
  'milliseconds since the epoch',
)

/** A function, which is not wrapped. */
export function functionOption<T>(form = 'a function'): z.ZodMiniType<T> {
  return z.custom<T>((value) => typeof value === 'function', form)
}

/** An object with these methods, such as an app's store; the object itself, not a copy. */
export function withMethods<T>(methods: readonly (keyof T & string)[], form: string): z.ZodMiniType<T> {
  return z.custom<T>(
    (value) => methods.every((method) => typeof (value as T | null | undefined)?.[method] === 'function'),
    form,
  )
}

/** A list that is not empty. */
export function nonEmpty<T>(element: z.ZodMiniType<T>): z.ZodMiniType<T[]> {
  return z.array(element).check(z.minLength(1, { abort: true }))
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** True for arrays, false for null. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** A text that is not empty. */
export const text: z.ZodMiniType<string> = z.string('a non-empty string').check(z.minLength(1, { abort: true }))

export const texts: z.ZodMiniType<string | string[]> = z.union([text, nonEmpty(text)], 'a string or a list of strings')

/** Which tokens are accepted. */
interface TokenRules {
  /** Refused in any case; listed in lower case. */
  readonly except?: readonly string[]
  readonly maxLength?: number
  /** Default true. */
  readonly dots?: boolean
}

/** The name of a header, a cookie, a scheme or a subprotocol. */
export function token(form: string, { except = [], maxLength, dots = true }: TokenRules = {}): z.ZodMiniType<string> {
  return z.custom<string>(
    (value) =>
      typeof value === 'string' &&
      TOKEN.test(value) &&
      value.length <= (maxLength ?? value.length) &&
      (dots || !value.includes('.')) &&
      !except.includes(value.toLowerCase()),
    form,
  )
}

export const cookieName: z.ZodMiniType<string> = token('the name of a cookie')

/** The prefix of API keys that travel in a header. */
export function headerKeyPrefix(minLength: 0 | 1): z.ZodMiniType<string> {
  return z.custom<string>(
    (value) =>
      typeof value === 'string' &&
      (value === '' ? minLength === 0 : value.length <= MAX_PREFIX && HEADER_KEY.test(value)),
    `${minLength} to ${MAX_PREFIX} visible characters without a comma`,
  )
}

/** The prefix of opaque bearers. */
export const bearerPrefix: z.ZodMiniType<string> = z.custom<string>(
  (value) =>
    typeof value === 'string' &&
    value.length >= 2 &&
    value.length <= MAX_PREFIX &&
    B64TOKEN.test(value) &&
    !value.endsWith('='),
  `2 to ${MAX_PREFIX} characters of a bearer (RFC 6750)`,
)

/** A verifier's name: in events, in `principal.verifier` and in identity links, so it must not change. */
export const verifierName: z.ZodMiniType<string> = z
  .string('a name: a letter, then up to 63 letters, digits, `.`, `-` or `_`')
  .check(z.regex(/^[A-Za-z][\w.-]{0,63}$/))

/** Default 5. */
export const clockTolerance: z.ZodMiniDefault<z.ZodMiniType<number>> = z._default(between(0, 300), 5)

/** The strength of secrets is checked elsewhere. */
export const secretList: z.ZodMiniType<(string | Uint8Array)[]> = nonEmpty(
  z.custom<string | Uint8Array>(
    (value) => typeof value === 'string' || value instanceof Uint8Array,
    'a string or a Uint8Array',
  ),
)
