import * as crypto from '#crypto'
import { plainError } from '../../../errors/plain-error.js'
import * as z from 'zod/mini'
import { between, nonEmpty, object, text, verifierName } from '../../../settings/schemas.js'
import { ownerOf, parseOptions } from '../../../settings/options.js'
import { own } from '../../../settings/own.js'
import type { Shape } from '../../../route/shape.js'
import { rejected, type Verification, type Verifier } from '../../../route/verifier.js'
import { createAnswerMemory } from '../../../verify/answer-memory.js'
import { apiKeyCarriage, apiKeyHeader } from '../../../verify/api-key-carriage.js'
import { objectOf } from '../../../verify/jwt/mapped-claims.js'
import { createApiClient, type ApiAnswer } from '../api-client.js'
import { workosManagementKey } from '../management-key.js'
import { workosBaseUrl } from '../access-token/options.js'
import { readApiKey, type WorkosApiKeyClaims } from './read-api-key.js'

/** The options of `workosApiKeys`. */
export interface WorkosApiKeysOptions<Name extends string = string> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** The environment's own API key, `sk_…`, used to validate keys. It is refused if a caller presents it. */
  readonly apiKey: string
  /** Default `https://api.workos.com`. */
  readonly apiUrl?: string
  /** The prefixes of the keys. Default `['sk_', 'wos_api_key_']`. */
  readonly prefixes?: readonly string[]
  /** How long a valid key is remembered, in milliseconds, from 10000 to 60000. Default 30000. */
  readonly cacheMs?: number
  /** Default 3000, at most 5000. */
  readonly timeoutMs?: number
  /** Default `x-api-key`. False: only a bearer is read. */
  readonly header?: string | false
  /** Whether `Authorization: Bearer` may carry a key. Default true. */
  readonly bearer?: boolean
}

const MIN_LENGTH = 20
const MAX_LENGTH = 512
const MAX_REMEMBERED = 10_000

const schema = object({
  name: verifierName,
  apiKey: workosManagementKey,
  apiUrl: z.exactOptional(text),
  prefixes: z._default(
    nonEmpty(z.string('letters, digits and _, ending in _').check(z.regex(/^[A-Za-z][A-Za-z0-9_]{0,30}_$/))),
    ['sk_', 'wos_api_key_'],
  ),
  cacheMs: z._default(between(10_000, 60_000), 30_000),
  timeoutMs: z._default(between(1, 5_000), 3_000),
  header: apiKeyHeader,
  bearer: z._default(z.boolean(), true),
})

/**
 * Verifies the API keys that WorkOS issues to an environment's users and organizations, by asking WorkOS.
 *
 * The team's own keys may look the same. List `apiKeys` before this verifier in `precedence`, so that known keys are
 * not sent to WorkOS. Only valid keys are remembered, by SHA-256.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://workos.com/docs/reference/authkit/api-keys
 */
export function workosApiKeys<const Name extends string>(
  options: WorkosApiKeysOptions<Name>,
): Verifier<Name, WorkosApiKeyClaims> {
  const owner = ownerOf('workosApiKeys', options)
  const parsed = parseOptions(schema, options, owner)
  const { apiKey, prefixes, cacheMs, timeoutMs } = parsed
  const apiUrl = workosBaseUrl(parsed.apiUrl, `${owner}.apiUrl`)
  const carriage = apiKeyCarriage(parsed, owner)
  return {
    name: options.name,
    shapes: prefixes.map((prefix): Shape => ({
      kind: 'prefix',
      carriage,
      prefix,
      minLength: MIN_LENGTH,
      maxLength: MAX_LENGTH,
    })),
    chained: true,
    about: { kind: 'workosApiKeys' },
    open({ now }) {
      const client = createApiClient(now, timeoutMs)
      const remember = createAnswerMemory<WorkosApiKeyClaims>({
        cacheMs,
        negativeCacheMs: 0,
        maxEntries: MAX_REMEMBERED,
        timeoutMs,
        now,
      })
      const ask = async (value: string) => {
        const headers = { authorization: `Bearer ${apiKey}` }
        const answer = await client.post(`${apiUrl}/api_keys/validations`, { value }, headers)
        return readValidation(answer, apiUrl, now())
      }
      return {
        async verify({ value }, { fresh }) {
          const hash = await crypto.sha256(value)
          if (hash === (await crypto.sha256(apiKey))) return rejected('credential_invalid', 'management_key')
          return remember(hash, fresh, () => ask(value))
        },
        ready: async () => {},
        close: () => client.close(),
      }
    },
  }
}

/** Unknown, expired and revoked keys all give a 200 with null; 401 and 403 are about our own key. */
function readValidation(answer: ApiAnswer, issuer: string, now: number): Verification<WorkosApiKeyClaims> {
  const { status, body, answered, cause, retryAfterSeconds } = answer
  if (status === 400 || status === 422) return { outcome: 'not-mine' }
  const found = own(body, 'api_key')
  if (status === 200 && found === null) return { outcome: 'not-mine' }
  const identity = status === 200 ? readApiKey(objectOf(found), issuer) : null
  if (identity !== null)
    return identity.expiresAt === null || identity.expiresAt * 1000 > now
      ? { outcome: 'accepted', identity }
      : rejected('credential_expired', 'expired')
  const error = plainError(`WorkOS: validating an API key: ${answered}${hintOf(status)}`, cause)
  return { outcome: 'unavailable', cause: error, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
}

function hintOf(status: number): string {
  if (status === 200) return ', without a usable `api_key`'
  return status === 401 || status === 403 ? '; check `apiKey`' : ''
}
