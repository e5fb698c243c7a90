import { AuthError, type AuthResult } from '@dualauth/core'
import { inTime } from '../http/in-time.js'
import { cookiesOf, field, redirect } from './cookies.js'
import type { KeptHints } from './hint-cookie.js'
import type { Settings } from './options.js'
import type { PendingSignIn } from './state-cookie.js'

/**
 * `GET /callback`: ends a sign-in that this browser began, and begins its session. The session is judged, and linked, before its
 * cookies are sent, so that whoever may not come in learns why and holds nothing.
 *
 * @throws {AuthError} `sign_in_failed`, `verifier_unavailable`; `account_unavailable`, also where `link` does not answer in time; what `link` refuses, such as `account_conflict`.
 */
export async function finishSignIn(settings: Settings, request: Request): Promise<Response> {
  const { auth, provider, redirectUri, now } = settings
  const callback = new URL(redirectUri)
  callback.search = new URL(request.url).search
  const pending = await pendingOf(settings, request, callback)
  const { state, nonce, codeVerifier, returnTo, begunAt } = pending
  const { cookies, signOut: hints } = await provider.finish({
    callback,
    redirectUri: redirectUri.href,
    state,
    nonce,
    codeVerifier,
    begunAt,
    request,
    now: now(),
  })
  const begun = cookies.map((cookie) => cookie.field)
  const result = await inTime('account_unavailable', () =>
    auth.authenticate(
      { method: 'GET', headers: { cookie: sent(begun) } },
      // Of this session nobody has named an organization yet.
      { fresh: true, organization: () => undefined },
    ),
  )
  if (!result.ok) throw UNREAD.includes(result.error.code) ? unread(provider.verifier, result) : result.error
  const { sessionId } = result.principal
  const kept = sessionId === null ? [] : await keptOf(settings, { ...NO_HINTS, ...hints, sessionId }, maxAgeOf(begun))
  // Those of a session before are of no use any more.
  const fields = kept.length === 0 ? [settings.hints.cleared, settings.own.cleared] : kept
  return redirect(new URL(returnTo, redirectUri), [...begun, used(settings, state), ...fields])
}

const NO_HINTS = { idToken: null, logoutHint: null }

/** What the sign-out will want to know. */
async function keptOf(
  { hints, own }: Settings,
  known: KeptHints,
  maxAgeSeconds: number | null,
): Promise<readonly string[]> {
  const mark = await own.keep(known.sessionId, maxAgeSeconds)
  return [(await hints.keep(known, maxAgeSeconds)) ?? hints.cleared, mark]
}

/** What says nothing of the account: the session that began a moment ago was not found, or not believed. */
const UNREAD: readonly string[] = [
  'credential_missing',
  'credential_malformed',
  'credential_unsupported',
  'credential_ambiguous',
  'credential_invalid',
  'credential_expired',
]

/** A browser that was sent on would come back for the next sign-in, again and again. */
function unread(verifier: string, { error, reason }: Extract<AuthResult, { readonly ok: false }>): AuthError {
  const why = reason === null ? error.code : `${error.code}, ${reason}`
  const message = `signInEndpoints.provider: the verifier "${verifier}" does not read the session that the sign-in began (${why}): session, issuer and client must be those of the verifier`
  const cause = new AuthError('configuration_invalid', { message, cause: error })
  return new AuthError('sign_in_failed', { reason: 'session_not_read', cause })
}

/** A state serves once: its cookie is cleared whatever becomes of the sign-in. */
export function used({ states, redirectUri }: Settings, state: string): string {
  return field(states.nameOf(state), '', 0, redirectUri.protocol === 'https:')
}

/** Stated once, and of our making by its form; else null. */
export function stateIn(parameters: URLSearchParams): string | null {
  const [state = '', ...others] = parameters.getAll('state')
  return others.length === 0 && /^[\w-]{43}$/.test(state) ? state : null
}

async function pendingOf({ states, now }: Settings, request: Request, callback: URL): Promise<PendingSignIn> {
  const state = stateIn(callback.searchParams)
  if (state === null) throw new AuthError('sign_in_failed', { reason: 'state' })
  const pending = await states.open(state, cookiesOf(request), now())
  if (pending === null) throw new AuthError('sign_in_failed', { reason: 'state' })
  return pending
}

/** How long the session lives at most; null for as long as the browser runs. */
function maxAgeOf(begun: readonly string[]): number | null {
  const ages = begun.flatMap((one) => /; Max-Age=([1-9]\d*)/.exec(one)?.[1] ?? [])
  return ages.length === 0 ? null : Math.max(...ages.map(Number))
}

/** What the browser will send. */
function sent(fields: readonly string[]): string {
  const pairs = fields.map((one) => one.slice(0, one.indexOf(';')))
  return pairs.filter((pair) => pair.indexOf('=') < pair.length - 1).join('; ')
}
