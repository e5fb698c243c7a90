import { isAuthError } from './auth-error.js'
import { isPlainError, plainError } from './plain-error.js'

/** Names of classes, such as `TypeError`. Anything else may be text of the app, or a token. */
const CLASS = /^[A-Za-z_$][\w$]{0,39}$/

/**
 * The cause of "cannot tell" if a driver, a store or a function of the app failed. Its message names the option. The
 * message of the original error is repeated only as an outline, by `eventErrorOf`.
 *
 * @param asked The option and its method: `sessions(web).find`.
 * @param thrown The value that was thrown. An `AuthError` names itself and is returned unchanged.
 */
export function unanswered(asked: string, thrown: unknown): Error {
  if (isAuthError(thrown)) return thrown
  if (!(thrown instanceof Error)) return plainError(`${asked}: threw ${kindOf(thrown)}`)
  const { name, message, code, cause } = thrown as Error & { readonly code?: unknown }
  if (isPlainError(thrown)) return message.startsWith(asked) ? thrown : plainError(asked, thrown)
  const isSilent = message === '' && code === undefined && cause === undefined
  const named = name === 'Error' || !CLASS.test(name) ? [] : [name]
  return plainError([asked, ...named, ...(isSilent ? ['threw an error without words'] : [])].join(': '), thrown)
}

/** The cause of "cannot tell" if the answer has the wrong form. It names the kind of the answer, never its value. */
export function wrongAnswer(asked: string, answer: unknown, expected: string): Error {
  return plainError(`${asked}: answered with ${kindOf(answer)}, and not with ${expected}`)
}

/** The cause of "cannot tell" if one member of the answer is missing or wrong. */
export function wrongMember(asked: string, member: string): Error {
  return plainError(`${asked}: \`${member}\` of what was found is missing or wrong`)
}

/** The kind of a value, for messages. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (ArrayBuffer.isView(value)) return 'bytes'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
