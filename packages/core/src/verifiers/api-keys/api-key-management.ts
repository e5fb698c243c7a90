import type { AuthError } from '../../errors/auth-error.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { ApiKeyOwner } from './api-key-store.js'

/** A key as shown to its owner in a list, without the key and its hash. Times are in milliseconds since the epoch. */
export interface ManagedApiKey {
  /** Public. The `principal.keyId` of requests with this key. */
  readonly id: string
  readonly owner: ApiKeyOwner
  readonly organization: string | null
  readonly name: string | null
  /** The first characters of the key, so that its owner recognises it. Null if the table does not have them. */
  readonly start: string | null
  readonly scopes: readonly string[]
  readonly createdAt: number | null
  /** To the minute. Null: never, or not recorded. */
  readonly lastUsedAt: number | null
  /** Null: it never expires. */
  readonly expiresAt: number | null
  /** When another key replaced it. It ends at `expiresAt`. */
  readonly rotatedAt: number | null
  readonly revokedAt: number | null
  /** Whether it can be used now, by the clock of the store. */
  readonly isActive: boolean
}

/** A newly created key. */
export interface MintedApiKey {
  readonly ok: true
  /** Show it to its owner now: it cannot be read back. */
  readonly key: string
  readonly apiKey: ManagedApiKey
}

/** A refusal is a value. `error.code` identifies it, and `auth.respond(error)` turns it into an HTTP answer. */
export interface ApiKeyRefusal {
  readonly ok: false
  readonly error: AuthError
}

/** One key of an owner, by its id. Keys of other owners are not found. `any` is for operators. */
export interface ApiKeyTarget {
  readonly owner: ApiKeyOwner | 'any'
  /** Untrusted. */
  readonly id: string
}

/** The input for a new key. */
export interface MintApiKeyInput {
  readonly owner: ApiKeyOwner
  /** The prefix of the verifier for the key, such as `sk_live_`. */
  readonly prefix: string
  /** Upper limit of the key's permissions, within those of its owner. Untrusted. */
  readonly scopes: readonly string[]
  /**
   * Whether the key may have this scope; `(scope) => auth.mayGrant(principal, scope)`. Default: every scope is allowed.
   */
  readonly may?: (scope: string) => MaybePromise<boolean>
  /** The organization that the key acts for. Default: its owner if that is an organization, otherwise none. */
  readonly organization?: string | null
  /** For people. Untrusted: up to 200 characters. */
  readonly name?: string | null
  /** Its lifetime in milliseconds. Default: null, it never expires. */
  readonly lifetimeMs?: number | null
  /** Maximum number of active keys of the owner, including this one. Default: no limit. */
  readonly maxActive?: number
  /** The actor, for the audit: an id of the application. Default: the owner. */
  readonly by?: string
}

/** The limits of a store that cannot keep everything for each key. */
export interface ApiKeyLimits {
  /** The scopes of every key, if the store has none for each key; null if it has. */
  readonly fixedScopes: readonly string[] | null
  /** Whether keys can expire. If not, they cannot be rotated either. */
  readonly canExpire: boolean
  /** Whether a key of a person can act for one organization. Default true. */
  readonly canActForOrganization?: boolean
}

/**
 * Management of an owner's keys, as a product offers it. `storedApiKeys` of `@dualauth/postgres` is one;
 * `apiKeyEndpoints` takes it.
 */
export interface ApiKeyManagement {
  /** Default: every key has its own scopes and expiry. */
  readonly limits?: ApiKeyLimits
  /**
   * Creates a key. Refuses with `request_invalid`, with `permission_denied` for a scope that `may` denies, and with
   * `limit_reached`.
   */
  create(input: MintApiKeyInput): Promise<MintedApiKey | ApiKeyRefusal>
  /**
   * The keys of an owner, newest first. Refuses an invalid cursor with `request_invalid`.
   * @param options.limit 1 to 100. Default 50.
   */
  list(options: {
    readonly owner: ApiKeyOwner
    /** The cursor of the previous page. Untrusted. */
    readonly cursor?: string | null
    readonly limit?: number
  }): Promise<
    { readonly ok: true; readonly keys: readonly ManagedApiKey[]; readonly cursor: string | null } | ApiKeyRefusal
  >
  /** Null: the owner has no such key. */
  get(target: ApiKeyTarget): Promise<ManagedApiKey | null>
  /** Refuses with `resource_not_found` and `request_invalid`. */
  rename(target: ApiKeyTarget & { readonly name: string | null }): Promise<ChangedApiKey | ApiKeyRefusal>
  /**
   * Creates a key with the same owner, name, scopes and organization. This key ends after `overlapMs`. Refuses with
   * `resource_not_found`, and with `resource_conflict` if the key was already rotated or has ended.
   */
  rotate(target: ApiKeyTarget & RotateApiKeyInput): Promise<MintedApiKey | ApiKeyRefusal>
  /**
   * Revokes a key immediately. If it is already revoked, `revokedAt` does not change. Refuses with
   * `resource_not_found`.
   */
  revoke(target: ApiKeyTarget & { readonly by?: string }): Promise<ChangedApiKey | ApiKeyRefusal>
  /** Lets a key expire after this time, but never later than before. Refuses with `resource_not_found`. */
  expire(
    target: ApiKeyTarget & { readonly afterMs: number; readonly by?: string },
  ): Promise<ChangedApiKey | ApiKeyRefusal>
}

/** A key after a change. */
export interface ChangedApiKey {
  readonly ok: true
  readonly apiKey: ManagedApiKey
}

/** How a key is replaced. */
export interface RotateApiKeyInput {
  /** Prefix of the new key. */
  readonly prefix: string
  /** How long the old key stays valid, in milliseconds. Never longer than without the rotation. */
  readonly overlapMs: number
  /** The lifetime of the new key, in milliseconds. Null: it never expires. Default: the lifetime of the old key. */
  readonly lifetimeMs?: number | null
  /** The actor, for the audit. Default: the owner. */
  readonly by?: string
}
