import { AuthError } from '@dualauth/core'
import { assertEndpointUrl, fetchJson, retryAfterOf, type FetchedJson } from '@dualauth/core/adapter'
import { optionError, text, wholeBetween } from '@dualauth/core/settings'
import * as z from 'zod/mini'

/** The options of requests to the WorkOS API. */
export interface WorkosApiOptions {
  /** The environment's own API key, `sk_…`. */
  readonly apiKey: string
  /** Default `https://api.workos.com`. */
  readonly apiUrl?: string
  /** How long one page may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}

/** With the defaults filled in. */
export type WorkosApi = Required<WorkosApiOptions>

/** The schemas of `WorkosApiOptions`. */
export const apiOptions: {
  readonly apiKey: z.ZodMiniType<string>
  readonly apiUrl: z.ZodMiniDefault<z.ZodMiniType<string>>
  readonly timeoutMs: z.ZodMiniDefault<z.ZodMiniType<number>>
} = {
  apiKey: z
    .string("the environment's API key: it begins with sk_")
    .check(z.regex(/^sk_[\x21-\x7e]{8,512}$/, "the environment's API key: it begins with sk_")),
  apiUrl: z._default(text, 'https://api.workos.com'),
  // A page must be over before the lease is.
  timeoutMs: z._default(wholeBetween(1, 20_000), 10_000),
}

/** @throws {AuthError} `configuration_invalid` */
export function assertApiUrl(value: string, owner: string): string {
  const apiUrl = assertEndpointUrl(value, `${owner}.apiUrl`).replace(/\/+$/, '')
  if (/[?#]/.test(apiUrl)) throw optionError(`${owner}.apiUrl`, 'must have no query and no fragment')
  return apiUrl
}

/** A page of a list. */
export interface Page {
  readonly data: readonly unknown[]
  /** What begins the next page; null if WorkOS says that this is the last one. */
  readonly next: string | null
}

/** Of a page: as many as WorkOS gives. */
const LIMIT = 100
/** Of a hundred objects, each as large as a webhook may be by far. */
const MAX_BYTES = 16_777_216
const PAUSE_SECONDS = 10

const schema = z.object({
  data: z.array(z.unknown()).check(z.maxLength(LIMIT)),
  list_metadata: z.optional(z.object({ after: z.optional(z.nullable(z.string().check(z.regex(/^\w{1,128}$/)))) })),
})

/**
 * A page of a list of the API, oldest first.
 * @returns Null: WorkOS knows of no such list (404), such as that of an organization which was deleted meanwhile.
 * @throws {AuthError} `verifier_unavailable`, after a 429 with what `Retry-After` says.
 */
export async function askPage(
  { apiUrl, apiKey, timeoutMs }: WorkosApi,
  path: string,
  from: Readonly<Record<string, string>>,
): Promise<Page | null> {
  const query = new URLSearchParams({ order: 'asc', limit: String(LIMIT), ...from })
  const { status, body, headers } = await ask(`${apiUrl}${path}?${query.toString()}`, apiKey, timeoutMs)
  if (status === 404) return null
  const found = z.safeParse(schema, body, { jitless: true })
  if (status !== 200 || !found.success) throw unavailable(path, status, retryAfterOf(headers))
  return { data: found.data.data, next: found.data.list_metadata?.after ?? null }
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

export function unavailable(path: string, status: number, retryAfterSeconds: number | null): AuthError {
  const cause = new Error(`WorkOS: GET ${path} answered ${status === 200 ? 'what is no page' : status}`)
  return new AuthError('verifier_unavailable', { cause, retryAfterSeconds: retryAfterSeconds ?? PAUSE_SECONDS })
}
