import * as z from 'zod/mini'
import { wrongAnswer } from '../../errors/unanswered.js'
import { between, headerKeyPrefix, object, verifierName, withMethods } from '../../settings/schemas.js'
import { sourceReady } from '../../verify/source-ready.js'
import { ownerOf, parseOptions } from '../../settings/options.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { Presented, Shape } from '../../route/shape.js'
import { rejected, type Verification, type Verifier, type VerifierContext } from '../../route/verifier.js'
import { identityOf } from '../../verify/identity.js'
import { apiKeyCarriage, apiKeyHeader } from '../../verify/api-key-carriage.js'
import { askedInTime } from '../../verify/stored-session/asked-in-time.js'
import { hashApiKey, hasMintedForm, MINTED_LENGTH } from './api-key-form.js'
import {
  apiKeyPrefix,
  assertApiKeyRecord,
  type ApiKeyOwner,
  type ApiKeyRecord,
  type ApiKeyStore,
} from './api-key-store.js'

/** The options of `apiKeys`. */
export interface ApiKeysOptions<Name extends string = string> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** The prefix of keys from `createApiKey`, ending in `_`, such as `sk_live_`. */
  readonly prefix: string
  /** Finds keys by hash: `{ findByHash }` over your table, or `memoryApiKeys()` in tests. */
  readonly keys: ApiKeyStore
  /** The form of imported keys: their prefix and their whole length, in characters. */
  readonly imported?: readonly { readonly prefix: string; readonly minLength: number; readonly maxLength: number }[]
  /** Default `x-api-key`. False: only a bearer is read. */
  readonly header?: string | false
  /** Whether `Authorization: Bearer` may carry a key. Default true. */
  readonly bearer?: boolean
  /**
   * How long a valid key may be remembered, in milliseconds. A revocation takes effect up to this much later. Default
   * 0.
   */
  readonly rememberMs?: number
  /** How long to wait for one call of `keys`, in milliseconds. Default 3000, at most 30000. */
  readonly timeoutMs?: number
}

/** The type of `principal.claims` for an API key. */
export interface ApiKeyClaims {
  /** The record's `id`. */
  readonly keyId: string
  /** The record's `name`. */
  readonly name: string | null
  /** Upper limit of the key's permissions. */
  readonly scopes: readonly string[]
  /** For `link`, if one verifier serves keys of organizations and of people. */
  readonly owner: ApiKeyOwner
}

const schema = object({
  name: verifierName,
  prefix: apiKeyPrefix,
  keys: withMethods<ApiKeyStore>(['findByHash'], 'an object with findByHash(hash)'),
  imported: z._default(
    z.array(
      object({
        prefix: headerKeyPrefix(1),
        minLength: between(20, 8192),
        maxLength: between(20, 8192),
      }),
    ),
    [],
  ),
  header: apiKeyHeader,
  bearer: z._default(z.boolean(), true),
  rememberMs: z._default(between(0, 3_600_000), 0),
  timeoutMs: z._default(between(1, 30_000), 3_000),
})

/**
 * Verifies the team's own API keys, looked up by SHA-256. Junk in the form of a key is refused by its checksum, without
 * a look-up.
 *
 * Decides that the key is known, not revoked and not expired. Its scopes only narrow its owner's permissions, which
 * come from `link`.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function apiKeys<const Name extends string>(options: ApiKeysOptions<Name>): Verifier<Name, ApiKeyClaims> {
  const owner = ownerOf('apiKeys', options)
  const parsed = parseOptions(schema, options, owner)
  const carriage = apiKeyCarriage(parsed, owner)
  const minted: Shape = {
    kind: 'prefix',
    carriage,
    prefix: parsed.prefix,
    minLength: 0,
    maxLength: Number.POSITIVE_INFINITY,
  }
  const imported = parsed.imported.map((form): Shape => ({ kind: 'prefix', carriage, ...form }))
  return {
    name: options.name,
    shapes: [minted, ...imported],
    chained: true,
    about: { kind: 'apiKeys' },
    open: (context) => ({
      verify: (credential) => judge(parsed, `${owner}.keys`, credential, context),
      ready: (waitMs) => sourceReady(parsed.keys, `${owner}.keys`, waitMs),
      close: () => {},
    }),
  }
}

type Parsed = z.output<typeof schema>

function judge(
  parsed: Parsed,
  source: string,
  { value }: Presented,
  { now, hasSuccessor }: VerifierContext,
): MaybePromise<Verification<ApiKeyClaims>> {
  const known = hasMintedForm(value, parsed.prefix) || parsed.imported.some((form) => hasForm(value, form))
  if (!known) {
    // The next verifier of the chain may have imported a key that only looks like one of ours.
    const isJunk = !hasSuccessor && isMintedLength(value, parsed.prefix)
    return isJunk ? rejected('credential_invalid', 'checksum') : { outcome: 'not-mine' }
  }
  return lookUp(parsed, source, value, now)
}

async function lookUp(
  parsed: Parsed,
  source: string,
  value: string,
  now: () => number,
): Promise<Verification<ApiKeyClaims>> {
  let record: ApiKeyRecord | null | undefined
  try {
    const { keys, timeoutMs } = parsed
    const hash = await hashOf(keys, value, source, timeoutMs)
    const asked = `${source}.findByHash`
    record = await askedInTime(() => keys.findByHash(hash), timeoutMs, asked, [value, hash])
    if (record !== null && record !== undefined) assertApiKeyRecord(record, asked)
  } catch (cause) {
    return { outcome: 'unavailable', cause }
  }
  if (record === null || record === undefined) return { outcome: 'not-mine' }
  if (record.revokedAt !== null) return rejected('credential_revoked', 'revoked')
  const expiresAt = record.expiresAt ?? null
  const remainingMs = remainingOf(record, now())
  if (!(remainingMs > 0)) return rejected('credential_expired', 'expired')
  const until = now() + Math.min(parsed.rememberMs, remainingMs)
  return { outcome: 'accepted', identity: keyIdentity(parsed, record, expiresAt), remember: { until } }
}

async function hashOf(keys: ApiKeyStore, key: string, source: string, timeoutMs: number): Promise<string> {
  if (keys.hash === undefined) return hashApiKey(key)
  const hash: unknown = await askedInTime(() => keys.hash?.(key), timeoutMs, `${source}.hash`, [key])
  if (typeof hash !== 'string') throw wrongAnswer(`${source}.hash`, hash, 'a string')
  return hash
}

/** By the store's clock if it gives the time, otherwise by ours. */
function remainingOf({ remainingMs, expiresAt = null }: ApiKeyRecord, now: number): number {
  if (remainingMs !== undefined) return remainingMs ?? Number.POSITIVE_INFINITY
  return expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt - now
}

function hasForm(
  value: string,
  { prefix, minLength, maxLength }: { prefix: string; minLength: number; maxLength: number },
): boolean {
  return value.startsWith(prefix) && value.length >= minLength && value.length <= maxLength
}

function isMintedLength(value: string, prefix: string): boolean {
  return value.length === prefix.length + MINTED_LENGTH
}

function keyIdentity(
  { name, keys: { ownIds } }: Parsed,
  { id, owner, scopes, organization, name: label, createdAt }: ApiKeyRecord,
  expiresAt: number | null,
) {
  const frozen = Object.freeze([...scopes])
  const identity = identityOf({
    issuer: name,
    subject: owner.id,
    kind: owner.kind === 'user' ? 'user' : 'service',
    claims: Object.freeze({
      keyId: id,
      name: label ?? null,
      scopes: frozen,
      owner: Object.freeze({ kind: owner.kind, id: owner.id }),
    }),
    organization: organization ?? (owner.kind === 'organization' ? owner.id : null),
    keyId: id,
    scopes: frozen,
    expiresAt: expiresAt === null ? null : Math.floor(expiresAt / 1000),
    issuedAt: createdAt == null ? null : Math.floor(createdAt / 1000),
  })
  return ownIds === true ? { ...identity, ownSubject: true } : identity
}
