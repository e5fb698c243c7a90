import {
  createApiKey,
  memoryApiKeys,
  type ApiKeyRecord,
  type CreateApiKeyOptions,
  type MemoryApiKeyStore,
} from '@dualauth/core'
import { assertKnown, type Known } from './known-options.js'

/** The options of `createApiKeyIssuer`. */
export interface ApiKeyIssuerOptions {
  /** Prefix of the verifier under test. Default `sk_test_`. */
  readonly prefix?: string
}

/** The options of `createApiKey`; those that a test seldom needs are optional. */
export interface IssueApiKeyOptions extends Partial<Omit<CreateApiKeyOptions, 'prefix' | 'owner'>> {
  /** A user's id, or the whole owner. */
  readonly owner: string | CreateApiKeyOptions['owner']
}

/** The result of `issue`. */
export interface IssuedApiKey {
  readonly key: string
  readonly record: ApiKeyRecord
}

/** Creates API keys of the application. */
export interface ApiKeyIssuer {
  readonly prefix: string
  /** For `apiKeys({ keys: store })`. `store.revoke(record.id)` revokes. */
  readonly store: MemoryApiKeyStore
  /** Creates a key and stores its record. Scopes default to `['*']`: everything that its owner may do. */
  issue(options: IssueApiKeyOptions): Promise<IssuedApiKey>
}

const OPTIONS: Known<ApiKeyIssuerOptions> = { prefix: true }
const ISSUE: Known<IssueApiKeyOptions> = { owner: true, scopes: true, organization: true, name: true, expiresAt: true }

/**
 * Creates API keys of the application and keeps their records in memory.
 * @throws {AuthError} `configuration_invalid`: an unknown option; the message names it.
 */
export function createApiKeyIssuer(options: ApiKeyIssuerOptions = {}): ApiKeyIssuer {
  assertKnown(options, OPTIONS, 'createApiKeyIssuer')
  const { prefix = 'sk_test_' } = options
  const store = memoryApiKeys()
  return {
    prefix,
    store,
    async issue(issued) {
      assertKnown(issued, ISSUE, 'ApiKeyIssuer.issue')
      const { owner, scopes = ['*'], expiresAt = null, ...rest } = issued
      const whole = typeof owner === 'string' ? { kind: 'user' as const, id: owner } : owner
      const minted = await createApiKey({ prefix, owner: whole, scopes, ...rest })
      const { key } = minted
      // Set here, because a test may need expired keys or a clock in the past.
      const record = { ...minted.record, expiresAt }
      store.add(record)
      return { key, record }
    },
  }
}
