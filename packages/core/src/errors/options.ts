import type * as zod from 'zod/v4/core'
import { AuthError } from './auth-error.js'
import { run, type Output, type Schema } from './schema.js'

/** Refuses a wrong option at construction and names it. Values are never repeated: they may be secrets. */
export function optionError(path: string, problem: string): AuthError {
  return new AuthError('configuration_invalid', { message: `${path}: ${problem}` })
}

/** Parses options once; every mistake names its path, such as `legacyJwt(legacy).secrets[0]`, and the valid form. */
export function parseOptions<S extends Schema>(schema: S, options: unknown, owner: string): Output<S> {
  const { value, issues } = run(schema, options)
  if (issues.length === 0) return value
  const lines = issues.flatMap((issue) => {
    const keys = (issue.path ?? []).map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    const path = owner + keys.join('')
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${path}.${key}: unknown option`)
      : [`${path}: ${describe(issue)}`]
  })
  throw new AuthError('configuration_invalid', { message: lines.join('; ') })
}

/** A leaf says its form; what zod itself judges here are objects. */
function describe(issue: zod.$ZodRawIssue): string {
  if (issue.message !== undefined) return issue.message
  const form = String(issue.code === 'custom' ? issue.params?.['form'] : `an ${String(issue['expected'])}`)
  if (issue.input !== undefined) return `must be ${form}`
  // An element that is undefined most often is an environment variable that is not set.
  return typeof issue.path?.at(-1) === 'number' ? `is undefined; must be ${form}` : `is required: ${form}`
}

/** The owner's name for messages, before the options were parsed: `legacyJwt(legacy)`. */
export function ownerOf(factory: string, options: unknown): string {
  const name = (options as { name?: unknown } | null | undefined)?.name
  return typeof name === 'string' && /^[\w.-]{1,64}$/.test(name) ? `${factory}(${name})` : factory
}
