import * as z from 'zod/mini'
import { grant } from '../../settings/grant.js'
import { object, text } from '../../settings/schemas.js'
import { optionError, parseOptions } from '../../settings/options.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import { hashApiKey, mintKey } from './api-key-form.js'

/**
 * Whose a key is. An organization's key is a service of the organization: `principal.kind` is `service`, and it
 * acts for that organization.
 */
export interface ApiKeyOwner {
  readonly kind: 'user' | 'service' | 'organization'
  readonly id: string
}

/** An API key as it is stored: never the key itself. */
export interface ApiKeyRecord {
  /** Public; names the key in lists and events. */
  readonly id: string
  /** SHA-256 of the whole key, base64url without padding (43 characters), or what the store's own `hash` makes of it. */
  readonly hash: string
  /** For whom the key acts; `id` is the subject that `link` sees. */
  readonly owner: ApiKeyOwner
  /** Upper bound of what the key may do, within what its owner may: permissions, and the wildcards `*`, `resource:*` and `*:action`. */
  readonly scopes: readonly string[]
  /** For which organization the key acts; null for none. Default: its owner where that is an organization, else null. */
  readonly organization?: string | null
  /** For people, in lists of keys; `principal.claims.name`. Default null. */
  readonly name?: string | null
  /** Milliseconds since the epoch, for `auth.revoke({ …, issuedBefore })`; without it, a key counts as issued before. */
  readonly createdAt?: number | null
  /** Milliseconds since the epoch; null never expires. */
  readonly expiresAt?: number | null
  /**
   * Milliseconds until `expiresAt` by the clock of the store, 0 or less where that has passed; null never expires.
   * Where it is given, it decides, so that instances whose clocks differ agree.
   */
  readonly remainingMs?: number | null
  /** Milliseconds since the epoch; null: not revoked. Required, so that a misnamed column revokes nothing silently. */
  readonly revokedAt: number | null
}

const ownerKind = z.enum(['user', 'service', 'organization'])

const storedRecord = z.object({
  id: z.string(),
  owner: z.object({ kind: ownerKind, id: z.string() }),
  scopes: z.array(z.string()),
  // An empty one would be neither an organization nor none.
  organization: z.nullish(z.string().check(z.minLength(1))),
  createdAt: z.nullish(z.number()),
  expiresAt: z.nullish(z.number()),
  remainingMs: z.nullish(z.number()),
  revokedAt: z.nullable(z.number()),
})

/**
 * Checks what a store handed out: a JSON column that was not parsed, or a column of another name,
 * must not widen a key or keep a revoked one alive.
 * @throws {TypeError} for `unavailable`.
 */
export function assertApiKeyRecord(record: ApiKeyRecord): void {
  const { error } = z.safeParse(storedRecord, record)
  if (error !== undefined)
    throw new TypeError(`API key record: \`${String(error.issues[0]?.path[0] ?? 'record')}\` is not of its type`)
}

/** Where keys are kept. A throw means "cannot tell" and becomes 503. */
export interface ApiKeyStore {
  /** The record with this `hash`; null if there is none. Keep the row of a revoked key. */
  findByHash(hash: string): MaybePromise<ApiKeyRecord | null>
  /**
   * How this store hashes a key, given the whole of it. Default: `hashApiKey`, SHA-256 in base64url. It must be
   * a keyed or plain digest of the key alone: a salted hash cannot be looked up.
   */
  hash?(key: string): MaybePromise<string>
  /**
   * True if owners are named by the application's own ids, and by nothing that a provider states: `link` gets
   * `ownSubject`. Default false.
   */
  readonly ownIds?: boolean
  /** Part of `auth.ready()`: rejects if keys cannot be looked up. */
  ready?(): MaybePromise<void>
}

/** A store in memory, for tests and demos: a restart forgets it. */
export interface MemoryApiKeyStore extends ApiKeyStore {
  /** Stores what `createApiKey` returned. */
  add(record: ApiKeyRecord): void
  /** Returns false if no such key is stored. */
  revoke(id: string, at?: number): boolean
}

/**
 * Keeps keys in memory, for tests and demos: a restart forgets them.
 *
 * @param records Keys to begin with, as `createApiKey` returned them.
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

/** For whom a key is minted, and what bounds it. */
export interface CreateApiKeyOptions extends Omit<
  ApiKeyRecord,
  'id' | 'hash' | 'createdAt' | 'remainingMs' | 'revokedAt'
> {
  /** The `prefix` of the verifier that will judge it, such as `sk_live_`. */
  readonly prefix: string
}

/** What `createApiKey` returns: the key for its owner, the record for the store. */
export interface CreatedApiKey {
  /** Show it to its owner now: it cannot be read back. */
  readonly key: string
  /** Store this. */
  readonly record: ApiKeyRecord
}

/** Letters, digits and underscore, ending in one, so that a prefix ends where the secret begins. */
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
 * Mints a key and the record to store. The key is shown once; the record holds its hash.
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
