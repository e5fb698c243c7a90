import { AuthError } from '@dualauth/core'

/** Every option of a function by name. Leaving one out does not compile. */
export type Known<Options> = Readonly<Record<keyof Options, true>>

/**
 * Refuses an unknown option by name, for tests in JavaScript. Only names are checked: values may be anything, because
 * tests also create attacks.
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
