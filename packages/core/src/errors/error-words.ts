const DEEPEST = 4

/** The message of each error in a chain of causes. Network errors may have only a `code`. */
export function wordsOf(cause: unknown, depth = 0): string[] {
  if (!(cause instanceof Error) || depth === DEEPEST) return []
  const { message, code } = cause as Error & { readonly code?: unknown }
  return [message === '' ? String(code ?? cause.name) : message, ...wordsOf(cause.cause, depth + 1)]
}
