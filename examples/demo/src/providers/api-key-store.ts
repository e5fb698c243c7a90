import { createApiKey, memoryApiKeys, type ApiKeyStore } from '@dualauth/core'

export interface ApiKeyIssuer {
  readonly store: ApiKeyStore
  /** Mints and stores a key of `owner`, and shows it this once. */
  mint(owner: string, scopes: readonly string[]): Promise<string>
  mintExpired(owner: string, scopes: readonly string[]): Promise<string>
  mintRevoked(owner: string, scopes: readonly string[]): Promise<string>
  /** A key of the right form that was never stored. */
  mintUnknown(owner: string): Promise<string>
}

export function createApiKeyIssuer(): ApiKeyIssuer {
  const store = memoryApiKeys()
  const create = (owner: string, scopes: readonly string[]) =>
    createApiKey({ prefix: 'sk_live_', owner: { kind: 'user', id: owner }, scopes })
  return {
    store,
    async mint(owner, scopes) {
      const { key, record } = await create(owner, scopes)
      store.add(record)
      return key
    },
    async mintExpired(owner, scopes) {
      const { key, record } = await create(owner, scopes)
      store.add({ ...record, expiresAt: Date.now() - 3_600_000 })
      return key
    },
    async mintRevoked(owner, scopes) {
      const { key, record } = await create(owner, scopes)
      store.add(record)
      store.revoke(record.id)
      return key
    },
    mintUnknown: async (owner) => (await create(owner, ['*'])).key,
  }
}
