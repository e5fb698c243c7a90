import { hasPassed } from '../../../outbound/has-passed.js'
import type { FetchLimits } from '../../../outbound/fetch-json.js'
import type { InsecureHost } from '../../../outbound/endpoint-url.js'
import { discoverUrl } from '../discovery.js'

/** After this age the issuer is asked again where its token endpoint is; the one that is known goes on meanwhile. */
const MAX_AGE_MS = 3_600_000

/** Where an issuer gives tokens: as configured, or as its metadata says. Rejects while that cannot be told. */
export function tokenEndpoint(
  given: string | undefined,
  issuer: string,
  limits: Omit<FetchLimits, 'maxBytes'>,
  insecure: InsecureHost,
  now: () => number,
): () => Promise<string> {
  if (given !== undefined) return async () => given
  let found: { readonly url: string; readonly at: number } | null = null
  let pending: Promise<string> | null = null

  async function look(): Promise<string> {
    const before = found
    try {
      const url = await discoverUrl('token_endpoint', issuer, limits, insecure)
      found = { url, at: now() }
      return url
    } catch (cause) {
      if (before === null) throw cause
      found = { ...before, at: now() }
      return before.url
    } finally {
      pending = null
    }
  }

  return async () => {
    if (found !== null && !hasPassed(now(), found.at, MAX_AGE_MS)) return found.url
    return (pending ??= look())
  }
}
