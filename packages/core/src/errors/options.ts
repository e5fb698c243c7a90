import * as z from 'zod/mini'
import { AuthError } from './auth-error.js'

/** Refuses a wrong option at construction and names it. Values are never repeated: they may be secrets. */
export function optionError(path: string, problem: string): AuthError {
  return new AuthError('configuration_invalid', { message: `${path}: ${problem}` })
}

/** Parses options once; every mistake names its path, such as `legacyJwt(legacy).secrets[0]`, and the valid form. */
export function parseOptions<S extends z.ZodMiniType>(schema: S, options: unknown, owner: string): z.output<S> {
  // Here and not by configuration of zod, which all copies of it in the process share.
  const parsed = z.safeParse(schema, options, { error: describe })
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.flatMap((issue) => {
    const path = owner + issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${path}.${key}: unknown option`)
      : [`${path}: ${issue.message}`]
  })
  throw new AuthError('configuration_invalid', { message: lines.join('; ') })
}

interface Wording {
  readonly error: (issue: z.core.$ZodRawIssue) => string
}

/** The message of a schema that says by itself what it must be: `mustBe('a function')`. */
export function mustBe(form: string): Wording {
  return { error: (issue) => worded(issue, form) }
}

function describe(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return worded(issue, article(issue.expected))
    case 'invalid_value':
      return worded(issue, `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`)
    case 'invalid_format':
      return worded(issue, `of the form ${String(issue.pattern)}`)
    case 'too_small':
      if (typeof issue.input !== 'number' && issue.minimum === 1) return 'must not be empty'
      return `must be at least ${issue.minimum}${typeof issue.input === 'number' ? '' : ' long'}`
    case 'too_big':
      return `must be at most ${issue.maximum}${typeof issue.input === 'number' ? '' : ' long'}`
    case 'invalid_union':
      return worded(issue, [...new Set(issue.errors.flatMap(formOf))].join(' or '))
    default:
      return 'is not valid'
  }
}

/** What one form of a union asks for, where it asks it of the value itself. */
function formOf([issue]: readonly z.core.$ZodIssue[]): string[] {
  return issue === undefined ? [] : [issue.message.replace(/^(?:must be|is required:|is undefined; must be) /, '')]
}

/** An element that is undefined most often is an environment variable that is not set. */
function worded({ input, path }: z.core.$ZodRawIssue, form: string): string {
  if (input !== undefined) return `must be ${form}`
  return typeof path?.at(-1) === 'number' ? `is undefined; must be ${form}` : `is required: ${form}`
}

function article(expected: string): string {
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`
}

/** A schema for a function option; zod has none that leaves the function untouched. */
export function functionOption<T>(form = 'a function'): z.ZodMiniCustom<T, T> {
  return z.custom<T>((value) => typeof value === 'function', mustBe(form))
}

/** The owner's name for messages, before the options were parsed: `legacyJwt(legacy)`. */
export function ownerOf(factory: string, options: unknown): string {
  const name = (options as { name?: unknown } | null | undefined)?.name
  return typeof name === 'string' && /^[\w.-]{1,64}$/.test(name) ? `${factory}(${name})` : factory
}

/** A verifier's name: in events, in `principal.verifier` and in identity links, so it must not change. */
export const verifierName: z.ZodMiniString = z
  .string()
  .check(z.regex(/^[A-Za-z][\w.-]{0,63}$/, mustBe('a name: a letter, then up to 63 letters, digits, `.`, `-` or `_`')))
