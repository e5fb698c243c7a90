import {
  apiKeys,
  createDualAuth,
  type ApiKeyManagement,
  type ApiKeyOwner,
  type ManagedApiKey,
  type MintApiKeyInput,
  type Query,
} from '@dualauth/core'
import { installSchema, storedApiKeys, type StoredApiKeys, type StoredApiKeysOptions } from '../../src/index.js'

export const PREFIX = 'sk_live_'
export const ada: ApiKeyOwner = { kind: 'user', id: '7' }
export const bob: ApiKeyOwner = { kind: 'user', id: '8' }

/** A refusal as its code, anything else as it is. */
export function codeOf<T extends { readonly ok: boolean }>(result: T): string {
  return result.ok ? 'ok' : (result as unknown as { error: { code: string } }).error.code
}

/** The member of a result that went well. */
export function must<T extends { readonly ok: boolean }>(result: T): Extract<T, { ok: true }> {
  if (!result.ok) throw (result as unknown as { error: Error }).error
  return result as Extract<T, { ok: true }>
}

export interface Keys extends StoredApiKeys {
  /** Makes a key and gives it with its row. */
  mint(changes?: Partial<MintApiKeyInput>): Promise<{ key: string; apiKey: ManagedApiKey }>
  /** What an API answers to a request with the key: 200 and the caller, or status and code. */
  ask(key: string): Promise<string>
}

/** Keys of an application whose people have ids of text, and one permission each. */
export function keysOver(query: Query, options?: StoredApiKeysOptions): Keys {
  const keys = storedApiKeys(query, options)
  const auth = createDualAuth({
    verifiers: [apiKeys({ name: 'api-key', prefix: PREFIX, keys })],
    link: ({ subject }) => ({ id: subject, permissions: ['things:read'] }),
  })
  return {
    ...keys,
    mint: async (changes = {}) =>
      must(await keys.create({ owner: ada, prefix: PREFIX, scopes: ['things:read'], ...changes })),
    async ask(key) {
      const result = await auth.authenticate({ method: 'GET', headers: { 'x-api-key': key } })
      return result.ok ? `200 ${result.principal.id}` : `${result.error.status} ${result.error.code}`
    },
  }
}

/** Every key of an owner, over all pages. */
export async function allOf(keys: ApiKeyManagement, owner: ApiKeyOwner, limit = 100): Promise<ManagedApiKey[]> {
  const found: ManagedApiKey[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<ApiKeyManagement['list']>> = await keys.list({ owner, limit, cursor })
    const { keys: some, cursor: next } = must(page)
    found.push(...some)
    cursor = next
  } while (cursor !== null)
  return found
}

/** A driver that refuses everything but one statement at a time. */
export function oneStatementAtATime(query: Query): Query {
  return (sql, params) => {
    if (/;\s*\S|^\s*(?:begin|commit|rollback|listen|notify|set|lock|savepoint)\b/i.test(sql) && !/^do \$/i.test(sql))
      throw new Error(`more than a statement: ${sql}`)
    if (params.some((value) => value !== null && typeof value !== 'string')) throw new Error('a parameter is no text')
    return query(sql, params)
  }
}

export async function emptySchema(query: Query, run: (script: string) => Promise<void>): Promise<void> {
  await run('drop schema if exists dualauth cascade')
  await installSchema(query)
}
