import { createHash, createHmac } from 'node:crypto'
import { createApiKey } from '@dualauth/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { storedApiKeys, type StoredApiKeysOptions } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { ada, allOf, bob, codeOf, emptySchema, keysOver, must, oneStatementAtATime, PREFIX } from './keys.js'

const DAY = 86_400_000

/** Tables as teams have them, what they are to us, and what differs. */
interface Team {
  readonly sql: string
  readonly options: StoredApiKeysOptions
  /** Of a key of Ada's. */
  readonly ids: RegExp
  readonly owner?: string
  /** Which of these the table keeps. */
  readonly keeps: readonly ('name' | 'scopes' | 'lastUsedAt')[]
}

const TEAMS: Record<string, Team> = {
  'snake_case, with nothing but what a list shows': {
    sql: `create table api_keys (
      id uuid primary key default gen_random_uuid(), user_id integer not null, name varchar(20) not null default '',
      key_hash varchar(64) not null unique, prefix varchar(20), last_used_at timestamp, expires_at timestamp,
      revoked_at timestamp, created_at timestamp not null default (now() at time zone 'utc'), updated_at timestamptz default now())`,
    options: {
      table: 'api_keys',
      columns: { spelling: 'snake_case', ownerId: 'user_id', hash: 'key_hash', start: 'prefix' },
      hash: 'hex',
    },
    keeps: ['name', 'lastUsedAt'],
    ids: /^[\da-f-]{36}$/,
  },
  'snake_case throughout': {
    sql: `create table keys (id text primary key, owner_id text not null, name text, hash text not null unique, start text,
      created_at timestamptz, last_used_at timestamptz, expires_at timestamptz, revoked_at timestamptz)`,
    options: { table: 'keys', columns: 'snake_case' },
    keeps: ['name', 'lastUsedAt'],
    ids: /^key_/,
  },
  'camelCase, in a schema of its own, with everything': {
    sql: `create schema if not exists auth; create type auth."KeyOwner" as enum ('user', 'service', 'organization');
      create table auth."ApiKey" (
      "id" bigint generated always as identity primary key, "ownerId" uuid not null, "ownerKind" auth."KeyOwner" not null,
      "keyHash" char(43) not null unique, "organizationId" uuid, "label" text, "start" text, "permissions" jsonb not null,
      "createdById" uuid, "createdAt" timestamptz(3) not null, "lastUsed" timestamptz(3), "validUntil" timestamptz(3),
      "revoked" timestamptz(3))`,
    options: {
      table: 'auth.ApiKey',
      columns: {
        spelling: 'camelCase',
        ownerKind: 'ownerKind',
        hash: 'keyHash',
        organization: 'organizationId',
        name: 'label',
        scopes: 'permissions',
        createdBy: 'createdById',
        lastUsedAt: 'lastUsed',
        expiresAt: 'validUntil',
        revokedAt: 'revoked',
      },
    },
    keeps: ['name', 'scopes', 'lastUsedAt'],
    ids: /^\d+$/,
    owner: '00000000-0000-4000-8000-000000000007',
  },
  'odd names, scopes as text, no moment of creation': {
    sql: `create table "my keys" ("the id" text primary key, "who ""owns""" text not null, "hash.sha256" text not null unique,
      scope text not null, "end" timestamptz, gone timestamptz)`,
    options: {
      table: 'my keys',
      columns: {
        id: 'the id',
        ownerId: 'who "owns"',
        hash: 'hash.sha256',
        scopes: 'scope',
        expiresAt: 'end',
        revokedAt: 'gone',
      },
      hash: 'base64',
    },
    keeps: ['scopes'],
    ids: /^key_/,
  },
}

describeDatabases('storedApiKeys over a table of the application', ({ query, run }) => {
  beforeAll(() => emptySchema(query, run))

  describe.each(Object.entries(TEAMS))('%s', (_, { sql, options, ids, keeps, owner: id = '7' }) => {
    beforeAll(() => run(sql))
    const keys = keysOver(oneStatementAtATime(query), options)
    const owner = { kind: 'user', id } as const
    const isNarrow = keeps.includes('scopes')
    const name = keeps.includes('name') ? 'deploy' : null
    const mint = () => keys.mint({ owner, scopes: isNarrow ? ['things:read', 'x:*'] : ['*'], name, lifetimeMs: DAY })

    it('is ready', async () => {
      await expect(keys.ready()).resolves.toBeUndefined()
    })

    it('makes a key that works, and shows it', async () => {
      const { key, apiKey } = await mint()
      expect(await keys.ask(key)).toBe(`200 ${id}`)
      expect(apiKey.id).toMatch(ids)
      expect(apiKey).toMatchObject({ owner, name, scopes: isNarrow ? ['things:read', 'x:*'] : ['*'], isActive: true })
      expect(Math.abs(apiKey.expiresAt! - Date.now() - DAY)).toBeLessThan(60_000)
      const stored = await keys.get({ owner, id: apiKey.id })
      expect({ ...stored, lastUsedAt: null }).toEqual(apiKey)
      if (keeps.includes('lastUsedAt')) expect(Math.abs(stored!.lastUsedAt! - Date.now())).toBeLessThan(60_000)
    })

    it('lists in pages, rotates, renames, ends and revokes', async () => {
      const [first, second] = [await mint(), await mint()]
      const all = await allOf(keys, owner, 1)
      expect(all.map((one) => one.id)).toEqual(expect.arrayContaining([first.apiKey.id, second.apiKey.id]))
      expect(new Set(all.map((one) => one.id)).size).toBe(all.length)
      const target = { owner, id: first.apiKey.id }
      const rotated = must(await keys.rotate({ ...target, prefix: PREFIX, overlapMs: 1000 }))
      expect(codeOf(await keys.rotate({ ...target, prefix: PREFIX, overlapMs: 1000 }))).toBe('resource_conflict')
      expect(rotated.apiKey).toMatchObject({ owner, name, scopes: first.apiKey.scopes })
      expect([await keys.ask(first.key), await keys.ask(rotated.key)]).toEqual([`200 ${id}`, `200 ${id}`])
      must(await keys.expire({ ...target, afterMs: 0 }))
      expect(await keys.ask(first.key)).toBe('401 credential_expired')
      const revoked = must(await keys.revoke({ owner, id: second.apiKey.id })).apiKey
      expect(Math.abs(revoked.revokedAt! - Date.now())).toBeLessThan(60_000)
      expect(await keys.ask(second.key)).toBe('401 credential_revoked')
      expect(codeOf(await keys.rename({ owner, id: rotated.apiKey.id, name: 'x' }))).toBe(
        name === null ? 'request_invalid' : 'ok',
      )
    })

    it('finds nothing for ids of another form', async () => {
      for (const other of [
        '-1',
        '99999999999999999999',
        'x',
        '7 or true',
        '00000000-0000-4000-8000-00000000000z',
        '\0',
      ])
        expect([other, await keys.get({ owner, id: other })]).toEqual([other, null])
      for (const other of ['-1', '99999999999999999999', '7 or true', '\0'])
        expect(must(await keys.list({ owner: { kind: 'user', id: other } })).keys).toEqual([])
    })
  })

  it('takes the keys of a team that hashed them in its own way', async () => {
    await run(`create table hashed (id text primary key, user_id text, hash text unique, revoked_at timestamptz)`)
    const pepper = 'of the test'
    const hmac = (key: string) => createHmac('sha256', pepper).update(key).digest('hex')
    const columns = { id: 'id', ownerId: 'user_id', hash: 'hash', revokedAt: 'revoked_at' }
    const keys = keysOver(query, { table: 'hashed', columns, hash: hmac })
    const { key } = await createApiKey({ prefix: PREFIX, owner: ada, scopes: [] })
    await query('insert into hashed values ($1, $2, $3)', ['old', '7', hmac(key)])
    expect(await keys.ask(key)).toBe('200 7')
    const { key: made } = await keys.mint({ scopes: ['*'] })
    expect(await keys.ask(made)).toBe('200 7')
    const plain = keysOver(query, { table: 'hashed', columns, hash: 'hex' })
    expect(await plain.ask(key)).toBe('401 credential_invalid')
    expect(codeOf(await keys.rotate({ owner: ada, id: 'old', prefix: PREFIX, overlapMs: 0 }))).toBe('request_invalid')
    expect(codeOf(await keys.expire({ owner: ada, id: 'old', afterMs: 0 }))).toBe('request_invalid')
    for (const changes of [{ scopes: ['a:b'] }, { name: 'x' }, { lifetimeMs: 5 }, { organization: 'acme' }])
      expect(codeOf(await keys.create({ owner: ada, prefix: PREFIX, scopes: ['*'], ...changes }))).toBe(
        'request_invalid',
      )
    expect(codeOf(await keys.create({ owner: { kind: 'service', id: '7' }, prefix: PREFIX, scopes: ['*'] }))).toBe(
      'request_invalid',
    )
  })

  it('cannot tell where two rows have one hash, or a row has no owner', async () => {
    await run(`create table broken (id text, user_id text, hash text, kind text, revoked_at timestamptz)`)
    const columns = { id: 'id', ownerId: 'user_id', hash: 'hash', ownerKind: 'kind', revokedAt: 'revoked_at' }
    const keys = keysOver(query, { table: 'broken', columns, hash: 'hex' })
    const sha256 = (key: string) => createHash('sha256').update(key).digest('hex')
    const judged = async (...rows: [string | null, string | null][]) => {
      const { key } = await createApiKey({ prefix: PREFIX, owner: ada, scopes: [] })
      for (const [owner, kind] of rows)
        await query('insert into broken values ($1, $2, $3, $4)', ['k', owner, sha256(key), kind])
      return keys.ask(key)
    }
    expect(await judged(['7', 'user'])).toBe('200 7')
    expect(await judged(['7', 'user'], ['8', 'user'])).toBe('503 verifier_unavailable')
    expect(await judged([null, 'user'])).toBe('503 verifier_unavailable')
    expect(await judged(['7', 'admin'])).toBe('503 verifier_unavailable')
    expect(await judged(['7', null])).toBe('503 verifier_unavailable')
  })

  it('names what is missing or cannot hold its field, before the first request', async () => {
    await run(`create table team_keys (id text primary key, user_id text, hash text, revoked boolean, n integer)`)
    const columns = { id: 'id', ownerId: 'user_id', hash: 'hash', revokedAt: 'revoked' }
    const problem = (changes: object, table = 'team_keys') =>
      storedApiKeys(query, { table, columns: { ...columns, ...changes } })
        .ready()
        .then(() => 'ready', String)
    expect(await problem({}, 'none')).toContain('storedApiKeys.table: there is no table none')
    expect(await problem({})).toContain('storedApiKeys.columns.revokedAt: must not be of type boolean')
    expect(await problem({ name: 'title', scopes: 'rights' })).toContain(
      'team_keys has no column title (name), rights (scopes)',
    )
    expect(await problem({ revokedAt: 'revoked_at' })).toContain('team_keys has no column revoked_at (revokedAt)')
    await run('alter table team_keys drop column revoked; alter table team_keys add column revoked timestamptz')
    expect(await problem({ hash: 'n' })).toContain('storedApiKeys.columns.hash: must not be of type integer')
    expect(await problem({ id: 'n' })).toContain('storedApiKeys.columns.id: must have a default')
    expect(await problem({})).toBe('ready')
    await run('alter table dualauth.audit rename to elsewhere')
    expect(await problem({})).toContain('there is no table dualauth.audit; call installSchema(query)')
    await run('alter table dualauth.elsewhere rename to audit')
  })

  it('reads columns by their spelling, and leaves none out by mistake that says more of a key', async () => {
    await run(`create table spelled (id text primary key, user_id text, hash text, name text, start text, created_at timestamptz,
      last_used_at timestamptz, expires_at timestamptz, revoked_at timestamptz, scopes text, organization_id text)`)
    const problem = (columns: object) =>
      storedApiKeys(query, { table: 'spelled', columns: { spelling: 'snake_case', ...columns } })
        .ready()
        .then(() => 'ready', String)
    expect(await problem({})).toContain('spelled has no column owner_id (ownerId); it has id, user_id')
    const named = { ownerId: 'user_id' }
    expect(await problem(named)).toContain('storedApiKeys.columns.organization: spelled has a column organization_id')
    expect(await problem({ ...named, organization: null })).toContain('storedApiKeys.columns.scopes: spelled has')
    expect(await problem({ ...named, organization: 'organization_id', scopes: 'scopes' })).toBe('ready')
    expect(await problem({ ...named, organization: null, scopes: null })).toBe('ready')
    await run('alter table spelled drop column expires_at')
    const open = { ...named, organization: null, scopes: null }
    expect(await problem(open)).toContain('spelled has no column expires_at (expiresAt)')
    expect(await problem({ ...open, expiresAt: null })).toBe('ready')
    const noEnd = storedApiKeys(query, {
      table: 'spelled',
      columns: { spelling: 'snake_case', ...open, expiresAt: null },
    })
    expect(noEnd.limits).toMatchObject({ fixedScopes: ['*'], canExpire: false })
  })

  it('says which column wants a value that nobody has, and what does not fit', async () => {
    await run(`create table people (id integer primary key); insert into people values (7);
      create table strict (id text primary key, user_id integer references people, hash text, label varchar(5),
      plan text not null, revoked_at timestamptz)`)
    const columns = { id: 'id', ownerId: 'user_id', hash: 'hash', name: 'label', revokedAt: 'revoked_at' }
    const keys = keysOver(query, { table: 'strict', columns })
    await expect(keys.mint({ scopes: ['*'] })).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('(plan)') as string,
    })
    await run(`alter table strict alter plan set default 'free'`)
    expect(await keys.mint({ scopes: ['*'], name: 'short' })).toMatchObject({ apiKey: { name: 'short' } })
    const long = { owner: ada, prefix: PREFIX, scopes: ['*'], name: 'longer' }
    await expect(keys.create(long)).rejects.toMatchObject({ code: 'request_invalid' })
    await expect(keys.mint({ scopes: ['*'], owner: bob })).rejects.toMatchObject({ code: 'request_invalid' })
    // Without a name its column's default holds; where there is none, the caller hears of it.
    await run(
      `update strict set label = ''; alter table strict alter label set not null, alter label set default 'none'`,
    )
    const { apiKey } = await keys.mint({ scopes: ['*'] })
    expect(apiKey).toMatchObject({ name: 'none' })
    const nameless = { code: 'request_invalid', detail: 'name: a key must have one here' }
    await expect(keys.rename({ owner: ada, id: apiKey.id, name: null })).rejects.toMatchObject(nameless)
    await run('alter table strict alter label drop default')
    await expect(keys.mint({ scopes: ['*'] })).rejects.toMatchObject(nameless)
  })
})

describe('the options of storedApiKeys', () => {
  const query = () => Promise.reject(new Error('nobody asks'))
  const columns = { id: 'id', ownerId: 'user_id', hash: 'hash', revokedAt: 'revoked_at' }
  it.each<[string, object]>([
    ['storedApiKeys.columns', { table: 'api_keys' }],
    ['storedApiKeys.columns', { columns }],
    ['storedApiKeys.columns.hash', { table: 'api_keys', columns: { ...columns, hash: undefined } }],
    ['storedApiKeys.columns.hash', { table: 'api_keys', columns: { ...columns, hash: 'a\0' } }],
    ['storedApiKeys.columns.keyHash', { table: 'api_keys', columns: { ...columns, keyHash: 'x' } }],
    ['storedApiKeys.columns', { table: 'api_keys', columns: 'kebab-case' }],
    ['storedApiKeys.columns.spelling', { table: 'api_keys', columns: { spelling: 'kebab-case' } }],
    ['storedApiKeys.columns.revokedAt', { table: 'api_keys', columns: { spelling: 'snake_case', revokedAt: null } }],
    ['storedApiKeys.columns.keyHash', { table: 'api_keys', columns: { spelling: 'snake_case', keyHash: 'x' } }],
    ['storedApiKeys.columns.name', { table: 'api_keys', columns: { spelling: 'snake_case', name: 'a\0' } }],
    ['storedApiKeys.table', { table: 'a.b.c', columns }],
    ['storedApiKeys.hash', { hash: 'sha1' }],
    ['storedApiKeys.ownerKind', { ownerKind: 'admin' }],
    ['storedApiKeys.scopes[0]', { scopes: ['things read'] }],
    ['storedApiKeys.writeLastUse', { writeLastUse: 'no' }],
    ['storedApiKeys.tabel', { tabel: 'x' }],
  ])('are refused by name: %s', (path, options) => {
    expect(() => storedApiKeys(query, options)).toThrow(new RegExp(`^${path.replace(/[.[\]]/g, String.raw`\$&`)}: `))
  })
})
