import { AuthError } from '@dualauth/core'
import { fetchJson, retryAfterOf, type FetchedJson } from '@dualauth/core/adapter'
import * as z from 'zod/mini'

/** A page of events, oldest first. */
export interface Page {
  readonly events: readonly unknown[]
  /** Where the next page begins; null after the last event. */
  readonly last: string | null
}

interface Asking {
  readonly apiUrl: string
  readonly apiKey: string
  readonly events: readonly string[]
  readonly timeoutMs: number
}

const LIMIT = 100
/** Of a hundred events, each as large as a webhook may be by far. */
const MAX_BYTES = 16_777_216
const PAUSE_SECONDS = 10

const schema = z.object({ data: z.array(z.unknown()).check(z.maxLength(LIMIT)) })
const withId = z.object({ id: z.string().check(z.regex(/^\w{1,128}$/)) })

/** @throws {AuthError} `verifier_unavailable`, after a 429 with what `Retry-After` says. */
export async function readPage(
  { apiUrl, apiKey, events, timeoutMs }: Asking,
  from: Readonly<Record<string, string>>,
): Promise<Page> {
  // The types in one parameter, as the SDK of WorkOS sends them.
  const query = new URLSearchParams({ order: 'asc', limit: String(LIMIT), events: events.join(','), ...from })
  const { status, body, headers } = await ask(`${apiUrl}/events?${query.toString()}`, apiKey, timeoutMs)
  const found = z.safeParse(schema, body, { jitless: true })
  if (status !== 200 || !found.success) throw unavailable(status, retryAfterOf(headers))
  const { data } = found.data
  if (data.length === 0) return { events: [], last: null }
  const last = z.safeParse(withId, data.at(-1), { jitless: true })
  // Without an id there is no way on: better to stand still than to begin again.
  if (!last.success) throw unavailable(status, null)
  return { events: data, last: last.data.id }
}

async function ask(url: string, apiKey: string, timeoutMs: number): Promise<FetchedJson> {
  const headers = { authorization: `Bearer ${apiKey}`, accept: 'application/json' }
  const limits = { timeoutMs, maxBytes: MAX_BYTES, fetch: globalThis.fetch, closed: new AbortController().signal }
  try {
    return await fetchJson(url, { headers }, limits)
  } catch (cause) {
    throw new AuthError('verifier_unavailable', { cause })
  }
}

function unavailable(status: number, retryAfterSeconds: number | null): AuthError {
  const cause = new Error(`WorkOS: the Events API answered ${status === 200 ? 'what is no page of events' : status}`)
  return new AuthError('verifier_unavailable', { cause, retryAfterSeconds: retryAfterSeconds ?? PAUSE_SECONDS })
}
