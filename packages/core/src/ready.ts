import { AuthError, isAuthError } from './errors/auth-error.js'
import type { OpenVerifier, Verifier } from './route/verifier.js'

const DEEPEST = 4

/** Loads ahead what each verifier can. @throws {AuthError} `verifier_unavailable`, naming the verifier and what it asked. */
export async function readyVerifiers(verifiers: readonly Verifier[], open: readonly OpenVerifier[]): Promise<void> {
  const loading = open.map((one, index) =>
    one.ready().catch((cause: unknown) => {
      // A wrong key of the app's own names itself.
      if (isAuthError(cause)) throw cause
      const message = `${(verifiers[index] as Verifier).name}: ${wordsOf(cause).join(': ')}`
      throw new AuthError('verifier_unavailable', { message, cause })
    }),
  )
  await Promise.all(loading)
}

/** What each error of a chain says; those of the network say it in their `code` alone. */
function wordsOf(cause: unknown, depth = 0): string[] {
  if (!(cause instanceof Error) || depth === DEEPEST) return []
  const { message, code } = cause as Error & { readonly code?: unknown }
  return [message === '' ? String(code ?? cause.name) : message, ...wordsOf(cause.cause, depth + 1)]
}
