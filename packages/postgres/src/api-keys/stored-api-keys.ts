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

/** What `storedApiKeys` returns: the store that `apiKeys` looks keys up in, and key management. */
export interface StoredApiKeys extends ApiKeyStore, ApiKeyManagement {
  /** Set by the table's columns. */
  readonly limits: ApiKeyLimits
  readonly ownIds: boolean
  hash(key: string): Promise<string>
  /**
   * Checks the tables and columns, and that keys can be looked up. A read-only database is ready: keys are found, their
   * last use is not recorded, and changes are `store_unavailable`.
   * @throws {AuthError} `configuration_invalid`, naming what is missing. Another error if the database does not answer
   *   or the role lacks a right.
   */
  ready(): Promise<void>
}

/**
 * API keys in PostgreSQL: in `dualauth.api_key`, or with `columns` in an existing table of the application. Every
 * operation is one statement; the database's clock decides what has expired; a key of another owner is not found.
 *
 * It decides nothing about permissions except by the `may` given to `create`; `apiKeys` and the guards decide what a
 * key may do when it is used. Invalid caller input (ids, names, scopes, cursors) is refused with a value. If the
 * database does not answer, `store_unavailable` is thrown, and a look-up rejects, which means 503. Neither contains a
 * hash or another parameter, whatever the driver's error says.
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
      // The catalog also lists tables that the role may not read.
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
