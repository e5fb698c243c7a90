import * as z from 'zod/mini'
import { AuthError } from '../errors/auth-error.js'
import { formOf, problemsOf } from './problems.js'

/** The error for a wrong option at construction. It names the option. Values are never quoted: they may be secrets. */
export function optionError(path: string, problem: string): AuthError {
  return new AuthError('configuration_invalid', { message: `${path}: ${problem}` })
}

/**
 * Parses options once; each of the first mistakes names its path, such as `legacyJwt(legacy).secrets[0]`, and the
 * valid form. A schema's own `error` is that form, such as `a non-empty string`, not a sentence.
 */
export function parseOptions<S extends z.ZodMiniType>(schema: S, options: unknown, owner: string): z.output<S> {
  const result = safeParse(schema, options, owner)
  if (result.success) return result.data
  throw new AuthError('configuration_invalid', { message: problemsOf(result.error.issues, owner) })
}

function safeParse<S extends z.ZodMiniType>(
  schema: S,
  options: unknown,
  owner: string,
): z.core.util.SafeParseResult<z.output<S>> {
  try {
    // `jitless`, because options are parsed once. The messages are ours, whatever the app has configured in zod.
    return z.safeParse(schema, options, { error: formOf, jitless: true, reportInput: true })
  } catch (cause) {
    // zod passes issues as arguments of a call, whose number is limited.
    if (!(cause instanceof RangeError)) throw cause
    throw new AuthError('configuration_invalid', { message: `${owner}: contains too many mistakes to name`, cause })
  }
}

/** The owner's name for messages, before the options were parsed: `legacyJwt(legacy)`. */
export function ownerOf(factory: string, options: unknown): string {
  const name = (options as { name?: unknown } | null | undefined)?.name
  return typeof name === 'string' && /^[\w.-]{1,64}$/.test(name) ? `${factory}(${name})` : factory
}
