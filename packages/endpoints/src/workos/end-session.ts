import { fetchJson } from '@dualauth/core/adapter'

/** Where WorkOS is asked, and with which key of the environment. */
interface WorkosApi {
  readonly apiKey: string
  readonly apiUrl: string
  readonly timeoutMs: number
  readonly fetch: typeof fetch
}

const MAX_ANSWER_BYTES = 262_144

/**
 * Ends a session at WorkOS. Rejects if WorkOS does not do it.
 * @see https://workos.com/docs/reference/authkit/session/revoke
 */
export async function endWorkosSession(api: WorkosApi, sessionId: string): Promise<void> {
  const { apiKey, apiUrl, timeoutMs, fetch: ask } = api
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    authorization: `Bearer ${apiKey}`,
  }
  const init = { method: 'POST', headers, body: JSON.stringify({ session_id: sessionId }) }
  const closed = new AbortController().signal
  const limits = { timeoutMs, maxBytes: MAX_ANSWER_BYTES, fetch: ask, closed, refusals: true }
  const { status } = await fetchJson(new URL('/user_management/sessions/revoke', apiUrl).href, init, limits)
  // 404: it is over already.
  if (status >= 300 && status !== 404) throw new Error(`WorkOS answered ${status} to the end of a session`)
}
