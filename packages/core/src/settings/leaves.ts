import { leaf, nonEmpty, object, type Schema } from './schema.js'

export function matching(pattern: RegExp, form: string = `of the form ${String(pattern)}`): Schema<string> {
  return leaf((value) => typeof value === 'string' && pattern.test(value), form)
}

/** Both ends belong to it; NaN and infinities do not. */
export function between(minimum: number, maximum: number): Schema<number> {
  return leaf((value) => isBetween(value, minimum, maximum), `a number from ${minimum} to ${maximum}`)
}

export function wholeBetween(minimum: number, maximum: number): Schema<number> {
  return leaf(
    (value) => Number.isInteger(value) && isBetween(value, minimum, maximum),
    `a whole number from ${minimum} to ${maximum}`,
  )
}

function isBetween(value: unknown, minimum: number, maximum: number): boolean {
  return typeof value === 'number' && value >= minimum && value <= maximum
}

export function oneOf<const T extends readonly (string | boolean)[]>(...values: T): Schema<T[number]> {
  return leaf((value) => values.includes(value as string), `one of ${values.join(', ')}`)
}

/** A function, which nothing wraps. */
export function functionOption<T>(form = 'a function'): Schema<T> {
  return leaf((value) => typeof value === 'function', form)
}

/** An object with these methods, such as a store of the app. */
export function withMethods<T>(methods: readonly (keyof T & string)[], form: string): Schema<T> {
  return leaf(
    (value) => methods.every((method) => typeof (value as T | null | undefined)?.[method] === 'function'),
    form,
  )
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

export function isTexts(value: unknown): value is string | readonly string[] {
  return isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText))
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

export const text: Schema<string> = leaf(isText, 'a non-empty string')

export const texts: Schema<string | readonly string[]> = leaf(isTexts, 'a string or a list of strings')

export const flag: Schema<boolean> = leaf((value) => typeof value === 'boolean', 'a boolean')

export const clockTolerance: Schema<number> = between(0, 300)

const secret = leaf<string | Uint8Array>(
  (value) => typeof value === 'string' || value instanceof Uint8Array,
  'a string or a Uint8Array',
)

/** Their strength is judged elsewhere. */
export const secretList: Schema<(string | Uint8Array)[]> = nonEmpty(secret)

export const weakSecret: Schema<{ until: string; reason: string }> = object({ until: text, reason: text })

/** Names of headers and cookies. @see RFC 9110 section 5.6.2 */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** A verifier's name: in events, in `principal.verifier` and in identity links, so it must not change. */
export const verifierName: Schema<string> = matching(
  /^[A-Za-z][\w.-]{0,63}$/,
  'a name: a letter, then up to 63 letters, digits, `.`, `-` or `_`',
)
