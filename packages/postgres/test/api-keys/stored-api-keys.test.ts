import { createApiKey, hashApiKey } from '@dualauth/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { describeDatabases, describePostgres } from '../support/databases.js'
import { ada, allOf, bob, codeOf, emptySchema, keysOver, must, oneStatementAtATime, PREFIX } from './keys.js'

const DAY = 86_400_000

describeDatabases('storedApiKeys', ({ query, run }) => {
  const keys = keysOver(oneStatementAtATime(query))
  const one = async (sql: string, ...params: string[]) => (await query(sql, params))[0] as Record<string, unknown>
  beforeAll(() => emptySchema(query, run))

  it('is ready where the schema is installed', async () => {
    await expect(keys.ready()).resolves.toBeUndefined()
  })

  it('makes a key that acts for its owner, and keeps nothing of it but its hash', async () => {
    const { key, apiKey } = await keys.mint({ name: 'deploy', organization: 'acme', by: 'admin-1' })
    expect(apiKey).toEqual({
      id: expect.stringMatching(/^key_[\da-f-]{36}$/) as string,
      owner: ada,
      organization: 'acme',
      name: 'deploy',
      start: key.slice(0, PREFIX.length + 4),
      scopes: ['things:read'],
      createdAt: expect.any(Number) as number,
      lastUsedAt: null,
      expiresAt: null,
      rotatedAt: null,
      revokedAt: null,
      isActive: true,
    })
    expect(await keys.ask(key)).toBe('200 7')
    const row = await one('select k::text as row from dualauth.api_key k where id = $1', apiKey.id)
    expect(row['row']).toContain(await hashApiKey(key))
    expect(row['row']).not.toContain(key.slice(PREFIX.length + 4))
    expect(JSON.stringify(await keys.list({ owner: ada }))).not.toContain(await hashApiKey(key))
  })

  it('finds nothing for a key that was never made', async () => {
    expect(await keys.findByHash(await hashApiKey('sk_live_none'))).toBeNull()
    for (const hash of ['', '\0', '\ud800', 'x'.repeat(1_000_000)]) expect(await keys.findByHash(hash)).toBeNull()
  })

  it('lets a key of an organization act for it as a service', async () => {
    const { key, apiKey } = await keys.mint({ owner: { kind: 'organization', id: 'acme' } })
    expect(apiKey).toMatchObject({ owner: { kind: 'organization', id: 'acme' }, organization: 'acme' })
    expect(await keys.findByHash(await hashApiKey(key))).toMatchObject({ owner: { kind: 'organization', id: 'acme' } })
  })

  it('lists the keys of an owner page by page, newest first, each once', async () => {
    const owner = { kind: 'user', id: 'lister' } as const
    const made: string[] = []
    for (let index = 0; index < 7; index++) made.unshift((await keys.mint({ owner, name: `${index}` })).apiKey.id)
    expect((await allOf(keys, owner, 3)).map(({ id }) => id)).toEqual(made)
    expect((await allOf(keys, owner, 7)).map(({ id }) => id)).toEqual(made)
    // Made at one moment, as by one statement: the id says which comes first.
    await query(`update dualauth.api_key set created_at = '2026-01-01' where owner_id = 'lister'`, [])
    expect((await allOf(keys, owner, 2)).map(({ id }) => id)).toEqual(made.toSorted().toReversed())
  })

  it('refuses a cursor that it did not write', async () => {
    for (const name of ['one', 'two']) await keys.mint({ name })
    const page = must(await keys.list({ owner: ada, limit: 1 }))
    expect(page.cursor).not.toBeNull()
    const forged = [
      btoa('["x","y"]'),
      btoa('[null,"y"]'),
      btoa('[1,2]'),
      btoa('{}'),
      '',
      '%',
      'é',
      '\0',
      'x'.repeat(5000),
    ]
    for (const cursor of [...forged, 7, {}, [], true] as string[])
      expect([cursor, codeOf(await keys.list({ owner: ada, cursor }))]).toEqual([cursor, 'request_invalid'])
  })

  it('ends a key when its lifetime is over, by the clock of the database', async () => {
    const { key, apiKey } = await keys.mint({ lifetimeMs: DAY })
    expect(apiKey.expiresAt! - apiKey.createdAt!).toBe(DAY)
    expect(await keys.ask(key)).toBe('200 7')
    await query(`update dualauth.api_key set expires_at = now() where id = $1`, [apiKey.id])
    expect(await keys.ask(key)).toBe('401 credential_expired')
    expect(await keys.get({ owner: ada, id: apiKey.id })).toMatchObject({ isActive: false })
    for (const [end, answer] of [
      ['infinity', '200 7'],
      ['-infinity', '401 credential_expired'],
      ['294276-01-01', '200 7'],
    ] as const) {
      await query(`update dualauth.api_key set expires_at = $2::text::timestamptz where id = $1`, [apiKey.id, end])
      expect([end, await keys.ask(key)]).toEqual([end, answer])
      expect(new Date((await keys.get({ owner: ada, id: apiKey.id }))!.expiresAt ?? 0).toISOString()).toMatch(/Z$/)
    }
  })

  it('revokes at once, and again without moving the time', async () => {
    const { key, apiKey } = await keys.mint()
    const first = must(await keys.revoke({ owner: ada, id: apiKey.id })).apiKey
    const again = must(await keys.revoke({ owner: ada, id: apiKey.id })).apiKey
    expect(first).toMatchObject({ revokedAt: expect.any(Number) as number, isActive: false })
    expect(again).toEqual(first)
    expect(await keys.ask(key)).toBe('401 credential_revoked')
  })

  it('ends a key later, and never later than it would', async () => {
    const { apiKey } = await keys.mint({ lifetimeMs: DAY })
    const { id } = apiKey
    const later = must(await keys.expire({ owner: ada, id, afterMs: 2 * DAY })).apiKey
    expect(later.expiresAt).toBe(apiKey.expiresAt)
    const sooner = must(await keys.expire({ owner: ada, id, afterMs: 1000 })).apiKey
    expect(sooner.expiresAt).toBeLessThan(apiKey.expiresAt!)
    expect(must(await keys.expire({ owner: ada, id, afterMs: 0 })).apiKey.isActive).toBe(false)
  })

  it('renames', async () => {
    const { apiKey } = await keys.mint({ name: 'old' })
    for (const name of ['new', `Robert'); drop table dualauth.api_key;--`, null])
      expect(must(await keys.rename({ owner: ada, id: apiKey.id, name })).apiKey).toEqual({ ...apiKey, name })
  })

  it('rotates: both keys count until the overlap is over, then the new one', async () => {
    const old = await keys.mint({ name: 'deploy', organization: 'acme', lifetimeMs: 30 * DAY })
    const target = { owner: ada, id: old.apiKey.id }
    const { key, apiKey } = must(await keys.rotate({ ...target, prefix: PREFIX, overlapMs: DAY }))
    expect(apiKey).toMatchObject({ name: 'deploy', organization: 'acme', scopes: ['things:read'], owner: ada })
    expect(apiKey.expiresAt! - apiKey.createdAt!).toBe(30 * DAY)
    expect([await keys.ask(old.key), await keys.ask(key)]).toEqual(['200 7', '200 7'])
    const { rotatedAt, expiresAt } = (await keys.get(target))!
    expect(expiresAt! - rotatedAt!).toBe(DAY)
    await query('update dualauth.api_key set expires_at = now() where id = $1', [old.apiKey.id])
    expect([await keys.ask(old.key), await keys.ask(key)]).toEqual(['401 credential_expired', '200 7'])
  })

  it('rotates without an overlap, and with another lifetime', async () => {
    const old = await keys.mint()
    const now = must(await keys.rotate({ owner: ada, id: old.apiKey.id, prefix: PREFIX, overlapMs: 0 }))
    expect(await keys.ask(old.key)).toBe('401 credential_expired')
    expect(now.apiKey.expiresAt).toBeNull()
    const again = { owner: ada, id: now.apiKey.id, prefix: PREFIX, overlapMs: 0, lifetimeMs: DAY }
    expect(must(await keys.rotate(again)).apiKey.expiresAt).not.toBeNull()
  })

  it('makes no third key where one is rotated twice, has ended or is revoked', async () => {
    const owner = { kind: 'user', id: 'rotator' } as const
    const { apiKey } = await keys.mint({ owner })
    const rotate = (id: string) => keys.rotate({ owner, id, prefix: PREFIX, overlapMs: DAY })
    expect(codeOf(await rotate(apiKey.id))).toBe('ok')
    expect(codeOf(await rotate(apiKey.id))).toBe('resource_conflict')
    const [ended, revoked] = [await keys.mint({ owner }), await keys.mint({ owner })]
    await keys.expire({ owner, id: ended.apiKey.id, afterMs: 0 })
    await keys.revoke({ owner, id: revoked.apiKey.id })
    for (const { apiKey } of [ended, revoked]) expect(codeOf(await rotate(apiKey.id))).toBe('resource_conflict')
    expect(await allOf(keys, owner)).toHaveLength(4)
  })

  it('never shows or changes the key of somebody else', async () => {
    const { key, apiKey } = await keys.mint()
    const others = [
      bob,
      { kind: 'service', id: ada.id },
      { kind: 'user', id: '\0' },
      { kind: 'user', id: 'x'.repeat(9999) },
    ]
    for (const owner of others as (typeof bob)[]) {
      const target = { owner, id: apiKey.id }
      expect(await keys.get(target)).toBeNull()
      expect(codeOf(await keys.rename({ ...target, name: 'mine' }))).toBe('resource_not_found')
      expect(codeOf(await keys.revoke(target))).toBe('resource_not_found')
      expect(codeOf(await keys.expire({ ...target, afterMs: 0 }))).toBe('resource_not_found')
      expect(codeOf(await keys.rotate({ ...target, prefix: PREFIX, overlapMs: 0 }))).toBe('resource_not_found')
    }
    expect(await keys.get({ owner: ada, id: apiKey.id })).toEqual(apiKey)
    expect(await keys.get({ owner: 'any', id: apiKey.id })).toEqual(apiKey)
    expect(await keys.ask(key)).toBe('200 7')
  })

  it('finds nothing for an id that is none', async () => {
    for (const id of [
      '',
      'key_none',
      '\0',
      '\ud800',
      'x'.repeat(1_000_000),
      7,
      null,
      undefined,
      {},
      ['a'],
      true,
    ] as string[]) {
      expect(await keys.get({ owner: ada, id })).toBeNull()
      expect(codeOf(await keys.revoke({ owner: 'any', id }))).toBe('resource_not_found')
      expect(codeOf(await keys.rotate({ owner: ada, id, prefix: PREFIX, overlapMs: 0 }))).toBe('resource_not_found')
    }
  })

  it('refuses what a caller must not name a key, or ask for', async () => {
    const create = async (changes: object) =>
      codeOf(await keys.create({ owner: ada, prefix: PREFIX, scopes: [], ...(changes as { name: string }) }))
    const names = ['', '\0', 'a\0b', '\ud800', 'x'.repeat(201), 'x'.repeat(1_000_000), 7, {}, [], true]
    for (const name of names) expect([name, await create({ name })]).toEqual([name, 'request_invalid'])
    const lists = [null, 'things:read', {}, [7], [''], ['a b'], ['\0'], ['a:b:*'], Array(101).fill('a:b'), [['a:b']]]
    for (const scopes of lists) expect([scopes, await create({ scopes })]).toEqual([scopes, 'request_invalid'])
    const { apiKey } = await keys.mint()
    for (const name of names as string[])
      expect(codeOf(await keys.rename({ owner: ada, id: apiKey.id, name }))).toBe('request_invalid')
    expect(await create({ name: '💥'.repeat(100) })).toBe('ok')
  })

  it('throws for what the application got wrong, by the name of the option', async () => {
    const wrong: [string, object][] = [
      ['create.owner', { owner: 'ada' }],
      ['create.owner.kind', { owner: { kind: 'admin', id: '7' } }],
      ['create.lifetimeMs', { lifetimeMs: -1 }],
      ['create.lifetimeMs', { lifetimeMs: Number.NaN }],
      ['create.maxActive', { maxActive: 0.5 }],
      ['create.may', { may: true }],
      ['create.organisation', { organisation: 'acme' }],
      ['createApiKey.prefix', { prefix: 'sk' }],
    ]
    for (const [path, changes] of wrong)
      await expect(keys.mint(changes)).rejects.toThrow(new RegExp(`^${path.replaceAll('.', '\\.')}: `))
    await expect(keys.list({ owner: ada, limit: 101 })).rejects.toThrow(/^list\.limit: /)
    await expect(
      keys.rotate({ owner: ada, id: 'x', prefix: PREFIX } as Parameters<typeof keys.rotate>[0]),
    ).rejects.toThrow(/^rotate\.overlapMs: /)
  })

  it('asks for each scope whether the owner may', async () => {
    const asked: string[] = []
    const may = (scope: string) => (asked.push(scope), scope !== 'things:write')
    const create = (scopes: string[]) => keys.create({ owner: ada, prefix: PREFIX, scopes, may })
    expect(codeOf(await create(['things:read', 'users:read']))).toBe('ok')
    const refused = await create(['things:read', 'things:write', 'users:read'])
    expect(refused).toMatchObject({ ok: false, error: { code: 'permission_denied', required: 'things:write' } })
    expect(asked).toEqual(['things:read', 'users:read', 'things:read', 'things:write'])
    // A forgotten await is no consent.
    const lax = { owner: ada, prefix: PREFIX, scopes: ['*'], may: () => 'yes' as unknown as boolean }
    expect(codeOf(await keys.create(lax))).toBe('permission_denied')
  })

  it('counts active keys only', async () => {
    const owner = { kind: 'service', id: 'limited' } as const
    const create = () => keys.create({ owner, prefix: PREFIX, scopes: [], maxActive: 2 })
    const first = must(await create())
    expect(codeOf(await create())).toBe('ok')
    expect(codeOf(await create())).toBe('limit_reached')
    await keys.revoke({ owner, id: first.apiKey.id })
    expect(codeOf(await create())).toBe('ok')
    expect(codeOf(await create())).toBe('limit_reached')
    expect(codeOf(await keys.create({ owner: ada, prefix: PREFIX, scopes: [], maxActive: 0 }))).toBe('limit_reached')
  })

  it('writes a use down once a minute, and none of a key that has ended', async () => {
    const { key, apiKey } = await keys.mint()
    const used = async () => (await keys.get({ owner: ada, id: apiKey.id }))!.lastUsedAt
    await keys.ask(key)
    const first = await used()
    expect(first).toEqual(expect.any(Number))
    await keys.ask(key)
    expect(await used()).toBe(first)
    await query(`update dualauth.api_key set last_used_at = now() - interval '61 seconds' where id = $1`, [apiKey.id])
    const before = await used()
    await keys.ask(key)
    expect(await used()).toBeGreaterThan(before!)
    await query(`update dualauth.api_key set last_used_at = null, expires_at = now() where id = $1`, [apiKey.id])
    await keys.ask(key)
    expect(await used()).toBeNull()
  })

  it('writes no use where that is switched off, and then only reads', async () => {
    const sent: string[] = []
    const reading = keysOver((sql, params) => (sent.push(sql), query(sql, params)), { writeLastUse: false })
    const { key, apiKey } = await keys.mint()
    expect(await reading.ask(key)).toBe('200 7')
    expect(sent).toHaveLength(1)
    expect(sent[0]).not.toMatch(/update|insert/i)
    expect((await keys.get({ owner: ada, id: apiKey.id }))!.lastUsedAt).toBeNull()
  })

  it('audits who did what to which key, without a key, a hash or a name', async () => {
    await query('delete from dualauth.audit', [])
    const { key, apiKey } = await keys.mint({ name: 'secret project', organization: 'acme', by: 'admin-1' })
    const target = { owner: ada, id: apiKey.id }
    const rotated = must(await keys.rotate({ ...target, prefix: PREFIX, overlapMs: 0, by: 'admin-2' }))
    await keys.rotate({ ...target, prefix: PREFIX, overlapMs: 0 })
    await keys.revoke({ ...target, by: 'admin-3' })
    await keys.revoke({ ...target, by: 'admin-4' })
    await keys.expire({ owner: ada, id: rotated.apiKey.id, afterMs: 0 })
    const rows = await query(
      'select actor, event, organization, subject, data::text as data from dualauth.audit order by id',
      [],
    )
    expect(rows.map(({ actor, event, subject }) => [actor, event, subject])).toEqual([
      ['admin-1', 'api_key.created', apiKey.id],
      ['admin-2', 'api_key.rotated', apiKey.id],
      ['admin-3', 'api_key.revoked', apiKey.id],
      ['7', 'api_key.expired', rotated.apiKey.id],
    ])
    expect(rows.every(({ organization }) => organization === 'acme')).toBe(true)
    expect(JSON.parse(String(rows[1]!['data']))).toMatchObject({ owner: '7', replacement: rotated.apiKey.id })
    const text = JSON.stringify(rows)
    for (const secret of ['secret project', await hashApiKey(key), key.slice(PREFIX.length, PREFIX.length + 8)])
      expect(text).not.toContain(secret)
  })
})

describePostgres(
  'storedApiKeys, many at once',
  ({ query, run }) => {
    const keys = keysOver(query)
    beforeAll(() => emptySchema(query, run))

    it('makes one new key of fifty concurrent rotations', async () => {
      const owner = { kind: 'user', id: 'racer' } as const
      const { key, apiKey } = await keys.mint({ owner })
      const target = { owner, id: apiKey.id, prefix: PREFIX, overlapMs: DAY }
      const results = await Promise.all(Array.from({ length: 50 }, () => keys.rotate(target)))
      const codes = results.map(codeOf)
      expect(codes.filter((code) => code === 'ok')).toHaveLength(1)
      expect(codes.filter((code) => code === 'resource_conflict')).toHaveLength(49)
      expect(await allOf(keys, owner)).toHaveLength(2)
      expect(await keys.ask(key)).toBe('200 racer')
    })

    it('never makes more keys than there may be, however many ask at once', async () => {
      const owner = { kind: 'user', id: 'crowd' } as const
      const create = () => keys.create({ owner, prefix: PREFIX, scopes: [], maxActive: 10 })
      const codes = (await Promise.all(Array.from({ length: 40 }, create))).map(codeOf)
      expect(codes.filter((code) => code === 'ok')).toHaveLength(10)
      expect(codes.filter((code) => code === 'limit_reached')).toHaveLength(30)
      expect(await allOf(keys, owner)).toHaveLength(10)
    })

    it('revokes once of thirty at once, and all of them say the same time', async () => {
      const { apiKey } = await keys.mint()
      await query('delete from dualauth.audit', [])
      const ended = await Promise.all(Array.from({ length: 30 }, () => keys.revoke({ owner: ada, id: apiKey.id })))
      expect(new Set(ended.map((result) => must(result).apiKey.revokedAt)).size).toBe(1)
      expect(await query('select event from dualauth.audit', [])).toEqual([{ event: 'api_key.revoked' }])
    })

    it('leaves no key alive where one is revoked and rotated at once and the revocation was first', async () => {
      for (let round = 0; round < 20; round++) {
        const owner = { kind: 'user', id: `both-${round}` } as const
        const { apiKey } = await keys.mint({ owner })
        const target = { owner, id: apiKey.id }
        const [rotated] = await Promise.all([
          keys.rotate({ ...target, prefix: PREFIX, overlapMs: DAY }),
          keys.revoke(target),
        ])
        const all = await allOf(keys, owner)
        expect(all).toHaveLength(rotated.ok ? 2 : 1)
        expect(all.find(({ id }) => id === apiKey.id)).toMatchObject({ isActive: false })
      }
    })

    it('waits for nobody who holds the row of a key that is used', async () => {
      const { key, apiKey } = await keys.mint()
      const held = run(
        `begin; select * from dualauth.api_key where id = '${apiKey.id}' for update; select pg_sleep(1.5); commit`,
      )
      const startedAt = performance.now()
      for (let index = 0; index < 20; index++) expect(await keys.ask(key)).toBe('200 7')
      expect(performance.now() - startedAt).toBeLessThan(1_400)
      await held
    })

    it('writes one use of fifty at once', async () => {
      const { key, apiKey } = await keys.mint()
      await run(`create table if not exists uses (id text);
      create or replace function note_use() returns trigger language plpgsql as $$
        begin if new.last_used_at is distinct from old.last_used_at then insert into uses values (new.id); end if;
        return new; end $$;
      create or replace trigger note_use after update on dualauth.api_key for each row execute function note_use()`)
      expect(new Set(await Promise.all(Array.from({ length: 50 }, () => keys.ask(key))))).toEqual(new Set(['200 7']))
      expect(await query('select id from uses', [])).toEqual([{ id: apiKey.id }])
      await run('drop trigger note_use on dualauth.api_key')
    })
  },
  ['pg'],
)

describe('storedApiKeys without a database', () => {
  const down = keysOver(() => Promise.reject(new Error('connect ECONNREFUSED')))

  it('cannot tell what a key is, and says so', async () => {
    const { key } = await createApiKey({ prefix: PREFIX, owner: { kind: 'user', id: '7' }, scopes: [] })
    expect(await down.ask(key)).toBe('503 verifier_unavailable')
    await expect(down.findByHash('x')).rejects.toThrow('ECONNREFUSED')
    await expect(down.ready()).rejects.toThrow('ECONNREFUSED')
  })

  it('throws one error for everything that it cannot do, with the reason as its cause', async () => {
    const target = { owner: ada, id: 'key_1' }
    for (const asked of [
      down.mint(),
      down.list({ owner: ada }),
      down.get(target),
      down.rename({ ...target, name: 'x' }),
      down.rotate({ ...target, prefix: PREFIX, overlapMs: 0 }),
      down.revoke(target),
      down.expire({ ...target, afterMs: 0 }),
    ])
      await expect(asked).rejects.toMatchObject({
        code: 'store_unavailable',
        status: 503,
        cause: { message: 'connect ECONNREFUSED' },
      })
  })
})
