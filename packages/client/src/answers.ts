import { ClientError } from './client-error.js'
import type { Settings } from './options.js'
import type { Kind, Outcome, SharedAnswer } from './renewal.js'

const MENDED_BY: ReadonlyMap<string | null, Kind> = /* @__PURE__ */ new Map<string, Kind>([
  ['credential_expired', 'refresh'],
  ['credential_revoked', 'refresh'],
  ['credential_invalid', 'refresh'],
  ['legacy_retired', 'exchange'],
])

/** What may mend a 401 of that code; null: nothing, such as where nobody has signed in. */
export function mendedBy(code: string | null): Kind | null {
  return MENDED_BY.get(code) ?? null
}

/** A server that says "in a day" must not keep people out who are let in again in a minute. */
const LONGEST_PAUSE_SECONDS = 60

/** Of what says that somebody has to sign in. A 401 without one is a gateway's, and knows nothing of the session. */
const ENDED = /^(credential_|legacy_retired|sign_in_required|identity_conflict)/

/** Of what `refresh` and `exchange` answer other than 2xx. Only a 401 of ours says that a session is over. */
export async function outcomeOf({ codeOf, now }: Settings, response: Response): Promise<Outcome> {
  const { status, headers } = response
  if (status === 401 && ENDED.test((await codeOf(response)) ?? '')) return { kind: 'ended' }
  if (status === 404 || status === 405 || isPage(response)) return { kind: 'absent' }
  const answer = { status, headers: [...headers], body: await response.text() }
  const pause = Math.min(retryAfterOf(headers, now()) ?? 0, LONGEST_PAUSE_SECONDS)
  return { kind: 'answered', answer, until: now() + pause * 1000 }
}

/** Each call gets one of its own. */
export function responseOf({ status, headers, body }: SharedAnswer): Response {
  return new Response(body || null, { status, headers })
}

/**
 * In seconds; null if it is neither a number nor a date, such as where app and proxy both set it. Across origins a
 * script reads it only where the API exposes it. @see RFC 9110 section 10.2.3
 */
export function retryAfterOf(headers: Headers, now: number): number | null {
  const text = headers.get('retry-after') ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text)
  const at = text.endsWith(' GMT') ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, (at - now) / 1000)
}

/** An app that shows itself at any address answers so where there is no such endpoint. */
export function isPage({ headers }: Response): boolean {
  return /html/i.test(headers.get('content-type') ?? '')
}

/** For calls of the client's own. */
export async function errorOf({ codeOf, now }: Settings, response: Response): Promise<ClientError> {
  const { status, headers } = response
  const code = await codeOf(response)
  const isAbsent = code === null && (status < 300 || status === 404 || status === 405)
  return new ClientError(
    `The server answered ${status}${isAbsent ? ': is authPath right?' : '.'}`,
    isAbsent ? 'answer_invalid' : code,
    status,
    retryAfterOf(headers, now()),
  )
}

/** A phone follows redirects whatever it is told; what another address answers is no answer of the server. */
export function isFrom({ url }: Response, { origin, pathname }: URL): boolean {
  if (!url) return true
  const answered = new URL(url)
  return answered.origin === origin && answered.pathname === pathname
}

/** Whose body nobody reads would keep its connection. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {})
}
