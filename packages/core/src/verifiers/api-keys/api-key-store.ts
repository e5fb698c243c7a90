import * as z from 'zod/mini'
import { wrongAnswer, wrongMember } from '../../errors/unanswered.js'
import { grant } from '../../settings/grant.js'
import { object, text } from '../../settings/schemas.js'
import { optionError, parseOptions } from '../../settings/options.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import { hashApiKey, mintKey } from './api-key-form.js'

/**
 * The owner of a key. A key of an organization is a service: `principal.kind` is `service`, and it acts for that
 * organization.
 */
export interface ApiKeyOwner {
  readonly kind: 'user' | 'service' | 'organization'
  readonly id: string
}

/** An API key as it is stored: never the key itself. */
export interface ApiKeyRecord {
  /** Public. Identifies the key in lists and events. */
  readonly id: string
  /** SHA-256 of the whole key, base64url without padding (43 characters), or the result of the store's own `hash`. */
  readonly hash: string
  /** Whom the key acts for. `id` is the subject that `link` gets. */
  readonly owner: ApiKeyOwner
  /**
   * Upper limit of the key's permissions, within those of its owner: permissions, and the wildcards `*`, `resource:*`
   * and `*:action`.
   */
  readonly scopes: readonly string[]
  /**
   * The organization that the key acts for; null for none. Default: its owner if that is an organization, otherwise
   * null.
   */
  readonly organization?: string | null
  /** A name for people, in lists of keys and in `principal.claims.name`. Default null. */
  readonly name?: string | null
  /**
   * Milliseconds since the epoch, for `auth.revoke({ …, issuedBefore })`; without it, the key counts as issued before.
   */
  readonly createdAt?: number | null
  /** Milliseconds since the epoch; null never expires. */
  readonly expiresAt?: number | null
  /**
   * Milliseconds until `expiresAt` by the clock of the store, 0 or less if it has passed; null: never expires. If
   * given, it decides, so that instances with different clocks agree.
   */
  readonly remainingMs?: number | null
  /**
   * Milliseconds since the epoch; null: not revoked. Required, so that a wrong column name does not silently hide
   * revocations.
   */
  readonly revokedAt: number | null
}

const ownerKind = z.enum(['user', 'service', 'organization'])

const storedRecord = z.object({
  id: z.string(),
  owner: z.object({ kind: ownerKind, id: z.string() }),
  scopes: z.array(z.string()),
  // An empty id would be neither an organization nor none.
  organization: z.nullish(z.string().check(z.minLength(1))),
  createdAt: z.nullish(z.number()),
  expiresAt: z.nullish(z.number()),
  remainingMs: z.nullish(z.number()),
  revokedAt: z.nullable(z.number()),
})

/**
 * Checks a record from a store: an unparsed JSON column or a wrong column name must not widen a key or keep a revoked
 * key alive.
 * @param asked Who found it, for the message.
 * @throws {Error} for `unavailable`. It names the member, never its value.
 */
export function assertApiKeyRecord(record: ApiKeyRecord, asked: string): void {
  const { error } = z.safeParse(storedRecord, record)
  if (error === undefined) return
  const member = error.issues[0]?.path[0]
  throw member === undefined ? wrongAnswer(asked, record, 'a key or null') : wrongMember(asked, String(member))
}

/** A store of API keys. A throw means "cannot tell" and becomes 503. */
export interface ApiKeyStore {
  /** The record with this `hash`; null if there is none. Keep the row of a revoked key. */
  findByHash(hash: string): MaybePromise<ApiKeyRecord | null>
  /**
   * Hashes a whole key in the way of this store. Default: `hashApiKey`, SHA-256 in base64url. It must be a keyed or
   * plain digest of the key alone, because a salted hash cannot be looked up.
   */
  hash?(key: string): MaybePromise<string>
  /**
   * True if owners are identified by the application's own ids and never by an id from a provider: `link` gets
   * `ownSubject`. Default false.
   */
  readonly ownIds?: boolean
  /** Part of `auth.ready()`: rejects if keys cannot be looked up. */
  ready?(): MaybePromise<void>
}

/** An API-key store in memory, for tests and demos. A restart clears it. */
export interface MemoryApiKeyStore extends ApiKeyStore {
  /** Stores what `createApiKey` returned. */
  add(record: ApiKeyRecord): void
  /** Returns false if no such key is stored. */
  revoke(id: string, at?: number): boolean
}

/**
 * Creates an API-key store in memory, for tests and demos. A restart clears it.
 *
 * @param records Initial keys, as `createApiKey` returned them.
 */
export function memoryApiKeys(records: readonly ApiKeyRecord[] = []): MemoryApiKeyStore {
  const byHash = new Map(records.map((record) => [record.hash, record]))
  return {
    findByHash: (hash) => byHash.get(hash) ?? null,
    add: (record) => void byHash.set(record.hash, record),
    revoke(id, at = Date.now()) {
      const record = [...byHash.values()].find((candidate) => candidate.id === id)
      if (record !== undefined) byHash.set(record.hash, { ...record, revokedAt: at })
      return record !== undefined
    },
  }
}

/** The owner and the limits of a new key. */
export interface CreateApiKeyOptions extends Omit<
  ApiKeyRecord,
  'id' | 'hash' | 'createdAt' | 'remainingMs' | 'revokedAt'
> {
  /** The `prefix` of the verifier for it, such as `sk_live_`. */
  readonly prefix: string
}

/** What `createApiKey` returns: the key for its owner, the record for the store. */
export interface CreatedApiKey {
  /** Show it to its owner now: it cannot be read back. */
  readonly key: string
  /** Store this. */
  readonly record: ApiKeyRecord
}

/** Letters, digits and underscores, ending in an underscore, so that the end of the prefix is clear. */
export const apiKeyPrefix: z.ZodMiniType<string> = z
  .string('letters, digits and `_`, from a letter to a `_`, such as sk_live_')
  .check(z.regex(/^[A-Za-z][A-Za-z0-9_]{0,30}_$/))

const moment = z.number().check(z.minimum(0, { abort: true }))

const schema = object({
  prefix: apiKeyPrefix,
  owner: object({
    kind: ownerKind,
    id: z.string('a string of 1 to 255 characters').check(z.regex(/^[^]{1,255}$/)),
  }),
  scopes: z.array(grant),
  organization: z.exactOptional(z.union([text, z.null()], 'a non-empty string or null')),
  name: z.exactOptional(z.union([z.string(), z.null()], 'a string or null')),
  expiresAt: z.exactOptional(z.union([moment, z.null()], 'milliseconds since the epoch, or null')),
})

/**
 * Creates a key and the record to store. Show the key once; the record has only its hash.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export async function createApiKey(options: CreateApiKeyOptions): Promise<CreatedApiKey> {
  const { prefix, ...fields } = parseOptions(schema, options, 'createApiKey')
  if (fields.expiresAt != null && fields.expiresAt <= Date.now())
    throw optionError('createApiKey.expiresAt', 'is in the past; it takes milliseconds since the epoch')
  const key = mintKey(prefix)
  return {
    key,
    record: {
      id: `key_${globalThis.crypto.randomUUID()}`,
      hash: await hashApiKey(key),
      createdAt: Date.now(),
      revokedAt: null,
      ...fields,
    } as ApiKeyRecord,
  }
}
