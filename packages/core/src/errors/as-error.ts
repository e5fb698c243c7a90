/**
 * Turns anything an app threw into an error. Frameworks treat a falsy reason as no error and would let the caller in.
 */
export function asError(cause: unknown, who: string): Error {
  return cause instanceof Error ? cause : new Error(`${who}: rejected without an error`, { cause })
}
