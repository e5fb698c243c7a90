import { hasPassed } from '../../../outbound/has-passed.js'
import type { FetchLimits } from '../../../outbound/fetch-json.js'
import type { InsecureHost } from '../../../outbound/endpoint-url.js'
import { discover, naming, optionalUrlOf, urlOf, type Discovered } from '../discovery.js'

/** After this age the issuer is asked again where its endpoints are; those that are known go on meanwhile. */
const MAX_AGE_MS = 3_600_000

/** As configured; undefined: as the metadata of the issuer say. */
export interface GivenEndpoints {
  readonly token: string | undefined
  /** Null: nothing is revoked. */
  readonly revocation: string | null | undefined
}

/** Where an issuer gives tokens, and takes them back. Both reject while that cannot be told. */
export interface ProviderEndpoints {
  token(): Promise<string>
  /** Null: there is no such endpoint, or none is to be asked. */
  revocation(): Promise<string | null>
}

/** One document says both. Where the token endpoint is configured, no document is looked for. */
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
