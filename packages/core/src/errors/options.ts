import * as z from 'zod/mini'
import { AuthError } from './auth-error.js'

/** Refuses a wrong option at construction and names it. Values are never repeated: they may be secrets. */
export function optionError(path: string, problem: string): AuthError {
  return new AuthError('configuration_invalid', { message: `${path}: ${problem}` })
}

/** Parses options once; every mistake names its path, such as `legacyJwt(legacy).secrets[0]`. */
export function parseOptions<S extends z.ZodMiniType>(schema: S, options: unknown, owner: string): z.output<S> {
  const parsed = z.safeParse(schema, options)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.flatMap((issue) => describeIssue(issue, owner))
  throw new AuthError('configuration_invalid', { message: lines.join('; ') })
}

function describeIssue(issue: z.core.$ZodIssue, owner: string): string[] {
  const path = owner + issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `${path}.${key}: unknown option`)
    case 'invalid_type':
      return [`${path}: must be ${article(issue.expected)}`]
    case 'invalid_value':
      return [`${path}: must be one of ${issue.values.map(String).join(', ')}`]
    case 'too_small':
      return [
        `${path}: must be at least ${issue.minimum}${issue.origin === 'string' || issue.origin === 'array' ? ' long' : ''}`,
      ]
    case 'too_big':
      return [
        `${path}: must be at most ${issue.maximum}${issue.origin === 'string' || issue.origin === 'array' ? ' long' : ''}`,
      ]
    case 'invalid_union':
      return [`${path}: has none of the allowed forms`]
    default:
      return [`${path}: ${issue.code === 'custom' && issue.message ? issue.message : 'is not valid'}`]
  }
}

function article(expected: string): string {
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`
}

/** A schema for a function option; zod has none that leaves the function untouched. */
export function functionOption<T>(): z.ZodMiniCustom<T, T> {
  return z.custom<T>((value) => typeof value === 'function', { message: 'must be a function' } as never)
}

/** The owner's name for messages, before the options were parsed: `legacyJwt(legacy)`. */
export function ownerOf(factory: string, options: unknown): string {
  const name = (options as { name?: unknown } | null | undefined)?.name
  return typeof name === 'string' && /^[\w.-]{1,64}$/.test(name) ? `${factory}(${name})` : factory
}

/** A verifier's name: in events, in `principal.verifier` and in identity links, so it must not change. */
export const verifierName: z.ZodMiniString = z.string().check(z.regex(/^[A-Za-z][\w.-]{0,63}$/))
