import { hasPassed } from '../../../outbound/has-passed.js'
import type { FetchLimits } from '../../../outbound/fetch-json.js'
import type { InsecureHost } from '../../../outbound/endpoint-url.js'
import { discover, naming, optionalUrlOf, urlOf, type Discovered } from '../discovery.js'

/** After this age, the issuer is asked again for its endpoints; known ones stay in use meanwhile. */
const MAX_AGE_MS = 3_600_000

/** Configured endpoints; undefined: from the issuer's metadata. */
export interface GivenEndpoints {
  readonly token: string | undefined
  /** Null if nothing is revoked. */
  readonly revocation: string | null | undefined
}

/** An issuer's endpoints for issuing and revoking tokens. Both reject while they are unknown. */
export interface ProviderEndpoints {
  token(): Promise<string>
  /** Null if there is no such endpoint, or it must not be called. */
  revocation(): Promise<string | null>
}

/** Both come from one document. If the token endpoint is configured, no document is read. */
export function providerEndpoints(
  { token, revocation }: GivenEndpoints,
  issuer: string,
  limits: Omit<FetchLimits, 'maxBytes'>,
  insecure: InsecureHost,
  now: () => number,
): ProviderEndpoints {
  if (token !== undefined) return { token: async () => token, revocation: async () => revocation ?? null }
  let found: Found | null = null
  let pending: Promise<Found> | null = null

  async function read(): Promise<Found> {
    const { document, answered } = await discover(issuer, limits)
    const token = naming(answered, () => urlOf('token_endpoint', document, issuer, insecure))
    return { document, answered, token, at: now() }
  }

  async function look(): Promise<Found> {
    const before = found
    const newest = await read().catch((cause: unknown) => {
      if (before === null) throw cause
      return { ...before, at: now() }
    })
    found = newest
    return newest
  }

  async function current(): Promise<Found> {
    if (found !== null && !hasPassed(now(), found.at, MAX_AGE_MS)) return found
    return (pending ??= look().finally(() => (pending = null)))
  }

  return {
    token: async () => (await current()).token,
    async revocation() {
      if (revocation !== undefined) return revocation
      const { document, answered } = await current()
      return naming(answered, () => optionalUrlOf('revocation_endpoint', document, issuer, insecure))
    },
  }
}

interface Found extends Discovered {
  readonly token: string
  readonly at: number
}
