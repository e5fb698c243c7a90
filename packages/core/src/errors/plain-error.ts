const PLAIN: symbol = Symbol.for('dualauth.plain-error')

/**
 * An error whose message is entirely ours: names, addresses and types, but no values. Events and `health` repeat it
 * unchanged; in other messages they remove anything that looks like a secret.
 */
export function plainError(message: string, cause?: unknown): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause })
  return Object.defineProperty(error, PLAIN, { value: true })
}

export function isPlainError(error: unknown): error is Error {
  return error instanceof Error && PLAIN in error
}
