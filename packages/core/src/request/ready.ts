import { AuthError, isAuthError } from '../errors/auth-error.js'

/** What has to be there before the first request. */
export interface Preparation {
  /** For messages: a verifier, or `revocations`. */
  readonly name: string
  ready(): Promise<unknown>
}

const DEEPEST = 4

/** @throws {AuthError} `verifier_unavailable`, naming each that is not ready, and what it asked. */
export async function readyAll(preparations: readonly Preparation[]): Promise<void> {
  const ended = await Promise.allSettled(preparations.map((one) => one.ready()))
  const failed = ended.flatMap((one, place) =>
    one.status === 'rejected'
      ? [{ cause: one.reason as unknown, name: (preparations[place] as Preparation).name }]
      : [],
  )
  const [first] = failed
  if (first === undefined) return
  // A wrong key of the app's own names itself.
  for (const { cause } of failed) if (isAuthError(cause)) throw cause
  const message = failed.map(({ name, cause }) => `${name}: ${wordsOf(cause).join(': ')}`).join('; ')
  throw new AuthError('verifier_unavailable', { message, cause: first.cause })
}

/** What each error of a chain says; those of the network say it in their `code` alone. */
export function wordsOf(cause: unknown, depth = 0): string[] {
  if (!(cause instanceof Error) || depth === DEEPEST) return []
  const { message, code } = cause as Error & { readonly code?: unknown }
  return [message === '' ? String(code ?? cause.name) : message, ...wordsOf(cause.cause, depth + 1)]
}
