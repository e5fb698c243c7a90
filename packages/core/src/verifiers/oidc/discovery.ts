import { plainError } from '../../errors/plain-error.js'
import * as z from 'zod/mini'
import { allows, isLocal, urlProblem, type InsecureHost } from '../../outbound/endpoint-url.js'
import { fetchJson, type FetchLimits } from '../../outbound/fetch-json.js'
import { withNamedPart } from '../../route/issuers.js'

/** A provider's document is about a hundredth of that. */
const MAX_BYTES = 131_072

/** Both may contain anything: the messages below say what is wrong. @see RFC 8414 section 2 */
const metadata = z.object({
  issuer: z.optional(z.unknown()),
  jwks_uri: z.optional(z.unknown()),
  token_endpoint: z.optional(z.unknown()),
  revocation_endpoint: z.optional(z.unknown()),
})

/** The members that are read from the metadata. */
export type MetadataUrl = 'jwks_uri' | 'token_endpoint' | 'revocation_endpoint'

/** A document and, for messages, where it was found. */
export interface Discovered {
  /** Untrusted. */
  readonly document: unknown
  readonly answered: string
}

/**
 * Where the issuer publishes its metadata: OpenID Connect appends to the issuer's path, RFC 8414
 * inserts before it.
 *
 * @see OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3.1
 */
export function metadataUrls(issuer: string): readonly [openId: string, oauth: string] {
  // A directory publishes the metadata for all of its tenants under this word.
  const { origin, pathname } = new URL(withNamedPart(issuer, 'common'))
  const path = pathname.replace(/\/+$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

/**
 * Asks the issuer for its metadata; `urlOf` reads them.
 *
 * @throws if they are not available; the cause is for events, never for callers.
 */
export async function discover(issuer: string, limits: Omit<FetchLimits, 'maxBytes'>): Promise<Discovered> {
  const headers = { accept: 'application/json' }
  const [openId, oauth] = metadataUrls(issuer)
  let answer = await fetchJson(openId, { headers }, { ...limits, maxBytes: MAX_BYTES })
  // Not published there, which is different from being down.
  if (answer.status >= 400 && answer.status < 500)
    answer = await fetchJson(oauth, { headers }, { ...limits, maxBytes: MAX_BYTES })
  if (answer.status !== 200) throw plainError(`discovery: ${answer.answered}`)
  return { document: answer.body, answered: answer.answered }
}

/**
 * Asks the issuer for the address of its key set or another endpoint.
 *
 * @throws as `discover` and `urlOf` do.
 */
export async function discoverUrl(
  member: MetadataUrl,
  issuer: string,
  limits: Omit<FetchLimits, 'maxBytes'>,
  insecure?: InsecureHost,
): Promise<string> {
  const { document, answered } = await discover(issuer, limits)
  return naming(answered, () => urlOf(member, document, issuer, insecure))
}

/** Reads a document; errors name its address. */
export function naming<Read>(answered: string, read: () => Read): Read {
  try {
    return read()
  } catch (cause) {
    throw plainError(`discovery: ${answered}`, cause)
  }
}

/**
 * Reads an address from the document. The document must name exactly the configured issuer, so that one provider cannot
 * speak for another.
 *
 * @returns the address, which is allowed to be called.
 * @throws if the document is not acceptable.
 * @see RFC 8414 section 3.3
 */
export function urlOf(member: MetadataUrl, document: unknown, issuer: string, insecure?: InsecureHost): string {
  const url = optionalUrlOf(member, document, issuer, insecure)
  if (url === null) throw plainError(`the document names no \`${member}\``)
  return url
}

/** Like `urlOf`; null if the document names none. */
export function optionalUrlOf(
  member: MetadataUrl,
  document: unknown,
  issuer: string,
  insecure?: InsecureHost,
): string | null {
  const read = z.safeParse(metadata, document)
  if (!read.success) throw plainError('the document is not a JSON object')
  const { issuer: named, [member]: url } = read.data
  if (named !== issuer) throw new Error(`the document names ${issuerOf(named)}; configured is ${issuerOf(issuer)}`)
  if (typeof url !== 'string') return null
  // `http` is allowed only for the host that the app itself configured so, never for one named by a document.
  const problem = urlProblem(url, allows(insecure, new URL(issuer)) ? insecure : undefined)
  if (problem !== null) throw plainError(`\`${member}\` ${problem}`)
  // A document from the network must not lead to addresses that only this machine can reach.
  if (isLocal(url) && !isLocal(issuer)) throw plainError(`\`${member}\` is on loopback, the issuer is not`)
  return url
}

/** As truncated JSON, because it comes from the network and goes into logs. */
function issuerOf(value: unknown): string {
  return `issuer ${JSON.stringify(value)?.slice(0, 200)}`
}
