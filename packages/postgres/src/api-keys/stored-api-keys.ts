import type { ApiKeyLimits, ApiKeyManagement, ApiKeyStore, Query } from '@dualauth/core'
import { expire, get, rename, revoke } from './change.js'
import { parseStoredApiKeysOptions, type StoredApiKeysOptions } from './key-columns.js'
import { createKeyStore } from './key-store.js'
import { assertKeyTables } from './key-table.js'
import { list } from './list.js'
import { createLookUp } from './look-up.js'
import { mint } from './mint.js'
import { retrying } from '../sql/retrying.js'
import { rotate } from './rotate.js'

/** What `storedApiKeys` gives: the store that `apiKeys` looks keys up in, and their management. */
export interface StoredApiKeys extends ApiKeyStore, ApiKeyManagement {
  /** By the columns of the table. */
  readonly limits: ApiKeyLimits
  readonly ownIds: boolean
  hash(key: string): Promise<string>
  /**
   * Looks for the tables and columns, and whether keys can be looked up. A database that only reads is ready: keys are found,
   * their last use is not noted, and changes are `store_unavailable`.
   * @throws {AuthError} `configuration_invalid`, naming what is missing. Another error where the database does not answer
   * or the role may not do it.
   */
  ready(): Promise<void>
}

/**
 * API keys in PostgreSQL: in `dualauth.api_key`, or by `columns` in a table that the application has. Every operation
 * is one statement; the clock of the database decides what has ended; a key of another owner is not found.
 *
 * It decides nothing about permissions but what `create` is given as `may`; what a key may do at use is decided by
 * `apiKeys` and the guards. What a caller sent (ids, names, scopes, cursors) is refused as a value; where the database
 * does not answer, `store_unavailable` is thrown, and a look-up rejects, which means 503. Neither holds a hash or
 * another parameter, whatever the driver's error says.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example const keys = storedApiKeys(query) const verifier = apiKeys({ name: 'api-key', prefix: 'sk_live_', keys })
 */
export function storedApiKeys(driver: Query, options: StoredApiKeysOptions = {}): StoredApiKeys {
  const parsed = parseStoredApiKeysOptions(options)
  const query = retrying(driver)
  const store = createKeyStore(query, parsed)
  const { columns, scopes } = parsed
  const find = createLookUp(store)
  return {
    limits: {
      fixedScopes: columns.scopes === undefined ? scopes : null,
      canExpire: columns.expiresAt !== undefined,
      canActForOrganization: columns.organization !== undefined,
    },
    ownIds: parsed.ownIds,
    findByHash: find,
    hash: store.hash,
    async ready() {
      await store.table()
      await assertKeyTables(query, parsed)
      // The catalog lists tables that may not be read, too.
      await find.ready()
    },
    create: (input) => mint(store, input),
    list: (of) => list(store, of),
    get: (target) => get(store, target),
    rename: (target) => rename(store, target),
    rotate: (target) => rotate(store, target),
    revoke: (target) => revoke(store, target),
    expire: (target) => expire(store, target),
  }
}
