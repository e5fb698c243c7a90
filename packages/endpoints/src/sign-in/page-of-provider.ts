import { isAuthError, type SignedOut } from '@dualauth/core'
import { cookiesOf } from './cookies.js'
import type { Settings } from './options.js'

interface Leaving {
  /** Where the provider sends the browser back to. */
  readonly ours: URL
  /** The browser goes nowhere, so that the provider has to be told of each session. */
  readonly isStaying: boolean
}

/**
 * Where the browser goes on that signs out; null: the provider has no page for that, or nobody was signed in there. It ends the
 * session that began in this browser. Whatever other sessions the request holds, which a sibling subdomain may have tossed, are ended at the
 * provider without it.
 */
export async function pageOfProvider(
  settings: Settings,
  request: Request,
  ended: readonly SignedOut[],
  { ours, isStaying }: Leaving,
): Promise<URL | null> {
  const { provider, own, hints } = settings
  const ids = ended.flatMap(({ verifier, sessionId }) => (verifier === provider.verifier ? [sessionId] : []))
  if (ids.length === 0) return null
  const named = [...new Set(ids)].filter((id) => id !== null)
  const cookies = cookiesOf(request)
  const begunHere = await Promise.all(named.map((id) => own.isOwn(id, cookies)))
  const [mine = null, ...more] = named.length === 1 ? named : named.filter((_, place) => begunHere[place])
  const sessionId = more.length === 0 && !isStaying ? mine : null
  await Promise.all(named.filter((id) => id !== sessionId).map((id) => endThere(settings, id)))
  if (isStaying) return null
  const known = sessionId === null ? null : await hints.find(sessionId, cookies)
  // The session here is over; a provider that is away must not keep the browser.
  return provider.signOutUrl({ sessionId, hints: known, returnTo: ours.href }).catch((cause: unknown) => {
    if (!isAuthError(cause)) throw cause
    report(settings, cause.reason, cause.cause ?? cause)
    return null
  })
}

async function endThere(settings: Settings, sessionId: string): Promise<void> {
  try {
    if ((await settings.provider.endSession?.(sessionId)) === 'unsupported') report(settings, 'not_revocable')
  } catch (cause) {
    report(settings, null, cause)
  }
}

function report({ auth, provider: { verifier } }: Settings, reason: string | null, cause?: unknown): void {
  auth.report({ endpoint: 'sign-out', code: null, reason, verifier, ...(cause !== undefined && { cause }) })
}
