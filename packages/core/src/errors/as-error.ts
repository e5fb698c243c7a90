/** What an app threw, as an error: frameworks take a falsy reason for none, and would let the caller in. */
export function asError(cause: unknown, who: string): Error {
  return cause instanceof Error ? cause : new Error(`${who}: rejected without an error`, { cause })
}
