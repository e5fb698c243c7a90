import type { Query } from '@dualauth/core'
import { expect, it } from 'vitest'
import {
  accounts,
  installSchema,
  policies,
  postgresPolicy,
  storedApiKeys,
  type AccountsOptions,
  type StoredApiKeysOptions,
} from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { identity } from '../support/people.js'

/** Columns that PostgreSQL compares as another type than their own. */
const TABLES = `
create domain person_id as varchar(64);
create table people (id person_id primary key);
create table stays (person varchar(64), place varchar(32), primary key (person, place));
create table places (id varchar(32) primary key);
create table keys (id varchar(64) primary key, key_hash varchar(64) unique, owner varchar(64), gone_at timestamp, made_at timestamptz(3),
  used_at timestamptz);
create index keys_of on keys (owner, made_at desc, id desc);
insert into people values ('p-1');
`
const PEOPLE: AccountsOptions = {
  users: { table: 'people' },
  memberships: { table: 'stays', user: 'person', organization: 'place' },
  organizations: { table: 'places' },
}
const KEYS: StoredApiKeysOptions = {
  table: 'keys',
  columns: {
    id: 'id',
    hash: 'key_hash',
    ownerId: 'owner',
    revokedAt: 'gone_at',
    createdAt: 'made_at',
    lastUsedAt: 'used_at',
  },
}

describeDatabases('what each request asks', ({ query, run }) => {
  it('is found by an index, whatever the type of the column', async () => {
    await run(TABLES)
    await installSchema(query)
    await policies(query).write({ expectedVersion: 0, actor: 'a', reason: 'r', document: { stage: 'dual' } })
    const asked: { readonly sql: string; readonly params: readonly unknown[] }[] = []
    const recorded: Query = (sql, params) => {
      if (!sql.includes('pg_attribute')) asked.push({ sql, params })
      return query(sql, params)
    }
    const people = accounts(recorded, PEOPLE)
    await people.link(identity({ subject: 's-1' }))
    await people.find('p-1')
    for (const keys of [storedApiKeys(recorded), storedApiKeys(recorded, KEYS)]) await keys.findByHash('h')
    await postgresPolicy(recorded).load()
    expect(asked).toHaveLength(5)
    for (const { sql, params } of asked) {
      // Of a table that was never analysed, some pages are assumed: an index is taken where there can be one.
      const plan = await planOf(sql, params)
      expect(plan).toMatch(/Index (?:Only )?Scan|Bitmap Index Scan/)
      expect(plan).not.toMatch(/Seq Scan on (?!places)/)
    }
  })

  async function planOf(sql: string, params: readonly unknown[]): Promise<string> {
    const rows = await query(`explain ${sql}`, params)
    return rows.map((row) => String(row['QUERY PLAN'])).join('\n')
  }
})
