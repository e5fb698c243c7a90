const PLAIN: symbol = Symbol.for('dualauth.plain-error')

/**
 * An error whose message is all our own: what was asked and what came back, by names, addresses and types, and no value. Events and
 * `health` repeat it as it is, while they cover whatever looks like a secret in those of others.
 */
export function plainError(message: string, cause?: unknown): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause })
  return Object.defineProperty(error, PLAIN, { value: true })
}

export function isPlainError(error: unknown): error is Error {
  return error instanceof Error && PLAIN in error
}
