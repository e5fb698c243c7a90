import type { AuthError } from '../../errors/auth-error.js'
import type { MaybePromise } from '../../async/maybe-promise.js'
import type { ApiKeyOwner } from './api-key-store.js'

/** A key as its owner sees it in a list: neither the key nor its hash. Moments are milliseconds since the epoch. */
export interface ManagedApiKey {
  /** Public: `principal.keyId` of a request that brings it. */
  readonly id: string
  readonly owner: ApiKeyOwner
  readonly organization: string | null
  readonly name: string | null
  /** How the key begins, so that its owner recognises it; null if the table does not say. */
  readonly start: string | null
  readonly scopes: readonly string[]
  readonly createdAt: number | null
  /** To the minute; null: never, or not written. */
  readonly lastUsedAt: number | null
  /** Null never ends. */
  readonly expiresAt: number | null
  /** When another key took its place; it ends at `expiresAt`. */
  readonly rotatedAt: number | null
  readonly revokedAt: number | null
  /** Whether it can be used now, by the clock of the store. */
  readonly isActive: boolean
}

/** A key that was made now. */
export interface MintedApiKey {
  readonly ok: true
  /** Show it to its owner now: it cannot be read back. */
  readonly key: string
  readonly apiKey: ManagedApiKey
}

/** A refusal is a value; `error.code` says which, and `auth.respond(error)` spells it in HTTP. */
export interface ApiKeyRefusal {
  readonly ok: false
  readonly error: AuthError
}

/** One key of an owner, by its id. The key of another owner is not found. `any` is for operators. */
export interface ApiKeyTarget {
  readonly owner: ApiKeyOwner | 'any'
  /** Untrusted. */
  readonly id: string
}

/** What a key is made with. */
export interface MintApiKeyInput {
  readonly owner: ApiKeyOwner
  /** Of the verifier that will judge the key, such as `sk_live_`. */
  readonly prefix: string
  /** Upper bound of what the key may do, within what its owner may. Untrusted. */
  readonly scopes: readonly string[]
  /** Whether the key may have this scope; `(scope) => auth.mayGrant(principal, scope)`. Default: not asked. */
  readonly may?: (scope: string) => MaybePromise<boolean>
  /** For which organization the key acts. Default: its owner where that is an organization, else none. */
  readonly organization?: string | null
  /** For people. Untrusted: up to 200 characters. */
  readonly name?: string | null
  /** How long it lasts, in milliseconds. Default: null, it never ends. */
  readonly lifetimeMs?: number | null
  /** How many active keys the owner may have, this one included. Default: any number. */
  readonly maxActive?: number
  /** The actor, for the audit: an id of the application. Default: the owner. */
  readonly by?: string
}

/** What a store cannot keep for each key. */
export interface ApiKeyLimits {
  /** The scopes of every key, where none are kept for each; null if they are. */
  readonly fixedScopes: readonly string[] | null
  /** Whether a key can have an end. Without it, keys cannot be rotated either. */
  readonly canExpire: boolean
  /** Whether a key of a person can act for one organization. Default true. */
  readonly canActForOrganization?: boolean
}

/** Keys of an owner as a product offers them. `storedApiKeys` of `@dualauth/postgres` is one; `apiKeyEndpoints` takes it. */
export interface ApiKeyManagement {
  /** Default: every key has scopes and an end of its own. */
  readonly limits?: ApiKeyLimits
  /**
   * Makes a key. Refuses with `request_invalid`, with `permission_denied` for a scope that `may` denies, and with
   * `limit_reached`.
   */
  create(input: MintApiKeyInput): Promise<MintedApiKey | ApiKeyRefusal>
  /**
   * The keys of an owner, newest first. Refuses a cursor that is none with `request_invalid`.
   * @param options.limit 1 to 100. Default 50.
   */
  list(options: {
    readonly owner: ApiKeyOwner
    /** Of the page before. Untrusted. */
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
   * Makes a key of the same owner, name, scopes and organization in the place of this one, which ends after
   * `overlapMs`. Refuses with `resource_not_found`, and with `resource_conflict` a key that was rotated before or has ended.
   */
  rotate(target: ApiKeyTarget & RotateApiKeyInput): Promise<MintedApiKey | ApiKeyRefusal>
  /** Ends a key at once; of one that is revoked already, `revokedAt` stays the first time. Refuses with `resource_not_found`. */
  revoke(target: ApiKeyTarget & { readonly by?: string }): Promise<ChangedApiKey | ApiKeyRefusal>
  /** Ends a key after so long, never later than it ends already. Refuses with `resource_not_found`. */
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
  /** Of the new key. */
  readonly prefix: string
  /** How long the old key goes on, in milliseconds; never longer than without the rotation. */
  readonly overlapMs: number
  /** Of the new key, in milliseconds; null never ends. Default: as long as the old one was given. */
  readonly lifetimeMs?: number | null
  /** The actor, for the audit. Default: the owner. */
  readonly by?: string
}
