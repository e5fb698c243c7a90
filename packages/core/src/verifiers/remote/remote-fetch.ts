import { plainError } from '../../errors/plain-error.js'
import * as z from 'zod/mini'
import type { DualAuth } from '../../dual-auth.js'
import { between, functionOption, nonEmpty, object, text } from '../../settings/schemas.js'
import { parseOptions } from '../../settings/options.js'
import * as crypto from '#crypto'
import { assertEndpointUrl } from '../../outbound/endpoint-url.js'
import { fetchJson, fetchOf, type Fetch } from '../../outbound/fetch-json.js'
import { readBounded } from '../../outbound/read-bounded.js'
import { decodeJson } from '../../crypto/json.js'
import { createSecretList, type SecretList } from '../../keys/secrets/secret-list.js'
import { readCredential, type RemoteAnswer } from './protocol.js'
import { serveRemote, type ValidateRemote } from './serve-remote.js'

/** The options of `remoteFetch`. */
export interface RemoteFetchOptions {
  /** The URL where the service mounts `serveRemoteFetch`. `https`, or `http` on loopback. */
  readonly url: string
  /** A secret shared with the service: random visible ASCII, at least 32 characters. */
  readonly secret: string
  /** A service binding's `fetch`, for example. Default: the global one. */
  readonly fetch?: Fetch
  /** Default 3000, at most 30000. */
  readonly timeoutMs?: number
}

/** The options of `serveRemoteFetch`. */
export interface ServeRemoteFetchOptions {
  /** Newest first; a list, so that a secret can be rotated. */
  readonly secrets: readonly string[]
}

const MAX_BYTES = 262_144
const OF_OLDER: RemoteAnswer = { version: 2, outcome: 'unavailable', retryAfterSeconds: null, cookies: [] }
const HINTS: Readonly<Record<number, string>> = { 401: '; check the secret', 404: '; check `url`' }
const secret = z.string('at least 32 random characters').check(z.regex(/^[\x21-\x7e]{32,}$/))
const askSchema = object({
  url: text,
  secret,
  fetch: z.exactOptional(functionOption<Fetch>()),
  timeoutMs: z._default(between(1, 30_000), 3_000),
})
const serveSchema = object({ secrets: nonEmpty(secret) })

/**
 * Asks a service over HTTP, as `validate` of `remote`.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function remoteFetch(options: RemoteFetchOptions): ValidateRemote {
  const { url, secret, timeoutMs, fetch } = parseOptions(askSchema, options, 'remoteFetch')
  assertEndpointUrl(url, 'remoteFetch.url')
  secretsOf([secret], 'remoteFetch.secret')
  const ask = fetchOf(fetch)
  return async (credential) => {
    const headers = {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      accept: 'application/json',
    }
    const init = { method: 'POST', headers, body: JSON.stringify(credential) }
    const limits = { timeoutMs, maxBytes: MAX_BYTES, fetch: ask, closed: new AbortController().signal }
    const { status, body, answered } = await fetchJson(url, init, limits)
    // A service of version 2 understood nothing and verified nothing.
    if (status === 400 && credential.version !== 2) return OF_OLDER
    if (status !== 200) throw plainError(`remote: ${answered}${HINTS[status] ?? ''}`)
    // Checked by `remote`, which trusts no transport.
    return body as Awaited<ReturnType<ValidateRemote>>
  }
}

/**
 * Answers `remoteFetch` of other services: a handler of Web requests, for POST at one path.
 *
 * @throws {AuthError} `configuration_invalid`: a weak or missing secret.
 */
export function serveRemoteFetch(
  auth: Pick<DualAuth, 'authenticate' | 'endSession'>,
  options: ServeRemoteFetchOptions,
): (request: Request) => Promise<Response> {
  const { secrets } = parseOptions(serveSchema, options, 'serveRemoteFetch')
  const known = secretsOf(secrets, 'serveRemoteFetch.secrets')
  const validate = serveRemote(auth)
  return async (request) => {
    if (!(await isKnown(request.headers.get('authorization'), known))) return answer(401, null)
    if (request.method !== 'POST') return answer(405, null)
    let sent: unknown
    try {
      sent = decodeJson(await readBounded(request, MAX_BYTES))
    } catch {
      return answer(400, null)
    }
    const credential = readCredential(sent)
    return credential === null ? answer(400, null) : answer(200, await validate(credential))
  }
}

function secretsOf(secrets: readonly string[], path: string): SecretList {
  return createSecretList(secrets, { minimumBytes: 32, acceptWeakSecret: false }, path, 0)
}

async function isKnown(field: string | null, known: SecretList): Promise<boolean> {
  const match = /^Bearer ([\x21-\x7e]+)$/.exec(field ?? '')
  if (match === null) return false
  const given = new TextEncoder().encode(match[1])
  const equal = Array.from({ length: known.size }, (_, i) => crypto.constantTimeEqual(given, known.at(i)))
  return (await Promise.all(equal)).includes(true)
}

function answer(status: number, body: unknown): Response {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return new Response(JSON.stringify(body), { status, headers })
}
