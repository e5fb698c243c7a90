const DEEPEST = 4

/** What each error of a chain says; those of the network say it in their `code` alone. */
export function wordsOf(cause: unknown, depth = 0): string[] {
  if (!(cause instanceof Error) || depth === DEEPEST) return []
  const { message, code } = cause as Error & { readonly code?: unknown }
  return [message === '' ? String(code ?? cause.name) : message, ...wordsOf(cause.cause, depth + 1)]
}
