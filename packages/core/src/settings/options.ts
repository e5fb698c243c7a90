import { AuthError } from '../errors/auth-error.js'
import type { Output, Schema } from './schema.js'

/** Refuses a wrong option at construction and names it. Values are never repeated: they may be secrets. */
export function optionError(path: string, problem: string): AuthError {
  return new AuthError('configuration_invalid', { message: `${path}: ${problem}` })
}

/** Parses options once; every mistake names its path, such as `legacyJwt(legacy).secrets[0]`, and the valid form. */
export function parseOptions<S extends Schema>(schema: S, options: unknown, owner: string): Output<S> {
  const problems: string[] = []
  const value = schema.read(options, owner, problems)
  if (problems.length > 0) throw new AuthError('configuration_invalid', { message: problems.join('; ') })
  return value as Output<S>
}

/** The owner's name for messages, before the options were parsed: `legacyJwt(legacy)`. */
export function ownerOf(factory: string, options: unknown): string {
  const name = (options as { name?: unknown } | null | undefined)?.name
  return typeof name === 'string' && /^[\w.-]{1,64}$/.test(name) ? `${factory}(${name})` : factory
}
