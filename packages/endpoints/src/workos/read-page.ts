import * as z from 'zod/mini'
import { askPage, unavailable, type WorkosApi } from './api.js'

/** A page of events, oldest first. */
export interface EventPage {
  readonly events: readonly unknown[]
  /** Where the next page begins; null after the last event. */
  readonly last: string | null
}

const PATH = '/events'
const withId = z.object({ id: z.string().check(z.regex(/^\w{1,128}$/)) })

/** @throws {AuthError} `verifier_unavailable`, after a 429 with what `Retry-After` says. */
export async function readPage(
  api: WorkosApi & { readonly events: readonly string[] },
  from: Readonly<Record<string, string>>,
): Promise<EventPage> {
  // The types in one parameter, as the SDK of WorkOS sends them.
  const page = await askPage(api, PATH, { events: api.events.join(','), ...from })
  if (page === null) throw unavailable(PATH, 404, null)
  if (page.data.length === 0) return { events: [], last: null }
  const last = z.safeParse(withId, page.data.at(-1), { jitless: true })
  // Without an id there is no way on: better to stand still than to begin again.
  if (!last.success) throw unavailable(PATH, 200, null)
  return { events: page.data, last: last.data.id }
}
