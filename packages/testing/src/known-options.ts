import { AuthError } from '@dualauth/core'

/** Every option of a function by its name; one that is left out does not compile. */
export type Known<Options> = Readonly<Record<keyof Options, true>>

/**
 * Refuses an unknown option by its name, for tests in JavaScript. Names alone, so without schemas: values stay as they are
 * given, because a test mints attacks too.
 *
 * @param owner For the message, such as `createLegacyIssuer`.
 * @throws {AuthError} `configuration_invalid`
 */
export function assertKnown<Options extends object>(options: Options, known: Known<Options>, owner: string): void {
  const given: unknown = options
  if (typeof given !== 'object' || given === null) throw invalid(owner, 'must be an object')
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name))
  if (unknown !== undefined)
    throw invalid(`${owner}.${unknown}`, `unknown option; it takes ${Object.keys(known).join(', ')}`)
}

function invalid(path: string, problem: string): AuthError {
  return new AuthError('configuration_invalid', { message: `${path}: ${problem}` })
}
