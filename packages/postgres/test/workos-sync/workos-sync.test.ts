import type { WorkosEvent } from '@dualauth/core'
import fc from 'fast-check'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { installSchema, workosSync } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { arrivals, at, emptyTables, event, imports, statesOf, tablesOf } from './events.js'

const SETTLE = { settle: true }
const membership = {
  id: 'om_1',
  user_id: 'user_1',
  organization_id: 'org_1',
  status: 'active',
  role: { slug: 'admin' },
}

/** On each of three databases. */
const RUNS = 20

describeDatabases('the events of WorkOS', ({ query, run }) => {
  const sync = workosSync(query)
  const memberships = async (): Promise<unknown> =>
    query('select id, status, to_json(roles)::text as roles, deleted from dualauth.workos_membership order by id', [])

  beforeAll(async () => void (await installSchema(query)))
  beforeEach(() => emptyTables(run))

  it('end in the same tables in whichever order they arrive, how often, and with whatever gap that is filled later', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ log, arriving, fetched }) => {
        await emptyTables(run)
        for (const one of log) await sync.apply(one, SETTLE)
        const expected = await tablesOf(query)
        await emptyTables(run)
        for (const one of [...arriving, ...fetched]) await sync.apply(one, SETTLE)
        expect(await tablesOf(query)).toEqual(expected)
      }),
      { numRuns: RUNS },
    )
  })

  it('end in the same tables when they are delivered all at once', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ log, arriving, fetched }) => {
        await emptyTables(run)
        for (const one of log) await sync.apply(one, SETTLE)
        const expected = await tablesOf(query)
        await emptyTables(run)
        await Promise.all([...arriving, ...fetched].map((one) => sync.apply(one, SETTLE)))
        expect(await tablesOf(query)).toEqual(expected)
      }),
      { numRuns: RUNS },
    )
  })

  it('end in the same tables with an import beside them, whenever its lists were read and written', async () => {
    await fc.assert(
      fc.asyncProperty(imports, async ({ log, from, arriving }) => {
        await emptyTables(run)
        for (const one of log) await sync.apply(one, SETTLE)
        const [tables, states] = [await tablesOf(query), await statesOf(query)]
        await emptyTables(run)
        for (const one of arriving) {
          if ('objects' in one) await sync.keep(one.kind, one.objects, { dryRun: false })
          else await sync.apply(one, SETTLE)
        }
        expect(await statesOf(query)).toEqual(states)
        // The events of before, for whoever catches up as well.
        for (const one of log.slice(0, from)) await sync.apply(one, SETTLE)
        expect(await tablesOf(query)).toEqual(tables)
      }),
      { numRuns: RUNS },
    )
  })

  it('bring demotions and deactivations, and no promotion that is older', async () => {
    const first = event('organization_membership.created', membership, 0)
    const demoted = event('organization_membership.updated', { ...membership, role: { slug: 'member' } }, 10)
    const inactive = event(
      'organization_membership.updated',
      { ...membership, status: 'inactive', role: { slug: 'member' } },
      20,
    )
    expect(await sync.apply(inactive, SETTLE)).toBe('applied')
    expect(await sync.apply(first, SETTLE)).toBe('stale')
    expect(await sync.apply(demoted, SETTLE)).toBe('stale')
    expect(await memberships()).toEqual([{ id: 'om_1', status: 'inactive', roles: '["member"]', deleted: false }])
  })

  it('do not bring back what was deleted, however late they arrive, and however they are dated', async () => {
    await sync.apply(event('organization_membership.deleted', membership, 10), SETTLE)
    expect(await sync.apply(event('organization_membership.created', membership, 0), SETTLE)).toBe('stale')
    expect(await sync.apply(event('organization_membership.updated', membership, 3_600_000), SETTLE)).toBe('stale')
    expect(await memberships()).toEqual([{ id: 'om_1', status: 'deleted', roles: '[]', deleted: true }])
  })

  it('are ordered by the time of the object, not by the time of the event', async () => {
    const later = event('user.updated', { id: 'user_1', external_id: 'new', updated_at: at(20) }, 20)
    const laggard = event('user.updated', { id: 'user_1', external_id: 'old', updated_at: at(10) }, 500)
    await sync.apply(later, SETTLE)
    expect(await sync.apply(laggard, SETTLE)).toBe('stale')
    expect(await query('select external_id from dualauth.workos_user', [])).toEqual([{ external_id: 'new' }])
  })

  it('count once they are settled, and are still the newest when they come again before', async () => {
    const one = event('user.created', { id: 'user_1' }, 0)
    expect(await sync.apply(one, { settle: false })).toBe('applied')
    expect(await sync.apply(one, { settle: false })).toBe('applied')
    await sync.settle(one.id)
    expect(await sync.apply(one, { settle: false })).toBe('duplicate')
    expect(await sync.apply(one, SETTLE)).toBe('duplicate')
  })

  it('of a kind that is not kept are remembered by id only', async () => {
    const one = event('dsync.group.created', { id: 'directory_group_1', name: 'Everybody' }, 0)
    expect(await sync.apply(one, SETTLE)).toBe('unknown')
    expect(await sync.apply(one, SETTLE)).toBe('duplicate')
    expect(await query('select type from dualauth.workos_event', [])).toEqual([{ type: 'dsync.group.created' }])
  })

  it('of two environments do not meet', async () => {
    const staging = workosSync(query, { source: 'staging' })
    const one = event('user.deleted', { id: 'user_1' }, 0)
    await staging.apply(one, SETTLE)
    expect(await sync.apply(one, SETTLE)).toBe('applied')
    expect(await query('select source, id from dualauth.workos_user order by source', [])).toEqual([
      { source: 'staging', id: 'user_1' },
      { source: 'workos', id: 'user_1' },
    ])
  })

  it('keep no address and no name', async () => {
    const user = { id: 'user_1', email: 'ada@example.com', first_name: 'Ada', metadata: { note: 'secret' } }
    await sync.apply(event('user.created', user, 0), SETTLE)
    expect(JSON.stringify(await query('select * from dualauth.workos_user', []))).not.toMatch(/ada|secret/i)
  })

  it.each<[string, string, object]>([
    ['no id', 'user.created', { id: undefined }],
    ['an id that is none', 'user.deleted', { id: `user_1'; drop table users` }],
    ['an id with NUL', 'user.created', { id: 'user_\0' }],
    ['an endless id', 'user.created', { id: 'u'.repeat(5000) }],
    ['a day that does not exist', 'user.updated', { id: 'user_1', updated_at: '2026-02-30T00:00:00Z' }],
    ['infinity', 'user.updated', { id: 'user_1', updated_at: 'infinity' }],
    ['a number for a time', 'user.updated', { id: 'user_1', updated_at: 17 }],
    ['an external id with NUL', 'user.updated', { id: 'user_1', external_id: 'a\0b' }],
    ['half a surrogate pair', 'user.updated', { id: 'user_1', external_id: '\ud800' }],
    ['an object for an external id', 'organization.updated', { id: 'org_1', external_id: {} }],
    ['no user', 'organization_membership.created', { ...membership, user_id: null }],
    ['no organization', 'organization_membership.deleted', { ...membership, organization_id: undefined }],
    ['a role that is no object', 'organization_membership.created', { ...membership, role: 'admin' }],
    ['a role with NUL', 'organization_membership.created', { ...membership, roles: [{ slug: 'a\0' }] }],
    ['a thousand roles', 'organization_membership.created', { ...membership, roles: Array(1000).fill({ slug: 'a' }) }],
  ])('that hold %s are refused, and nothing is written', async (_what, type, data) => {
    await expect(sync.apply(event(type, data as WorkosEvent['data'], 0), SETTLE)).rejects.toMatchObject({
      code: 'request_invalid',
      detail: expect.stringMatching(/^data\.\w+/),
    })
    expect(await tablesOf(query)).toEqual({ users: [], organizations: [], memberships: [], events: [] })
  })

  it('are joined by lists, which say what an event has said before, or something newer', async () => {
    await sync.apply(event('organization_membership.created', membership, 10), SETTLE)
    const listed = { ...membership, updated_at: at(10) }
    const [newer, other] = [
      { ...listed, status: 'inactive', updated_at: at(20) },
      { ...listed, id: 'om_2' },
    ]
    const wrong = { ...listed, id: 'om_3', role: 'admin' }
    const page = [listed, newer, other, wrong, null, 'om_4']
    const keep = (objects: readonly unknown[], dryRun: boolean) =>
      sync.keep('organization_membership', objects, { dryRun })
    expect(await keep([listed, other, wrong, null, 'om_4'], true)).toEqual([
      'known',
      'applied',
      'refused',
      'refused',
      'refused',
    ])
    expect(await memberships()).toHaveLength(1)
    expect(await keep(page.slice(1), false)).toEqual(['applied', 'applied', 'refused', 'refused', 'refused'])
    expect(await memberships()).toEqual([
      { id: 'om_1', status: 'inactive', roles: '["admin"]', deleted: false },
      { id: 'om_2', status: 'active', roles: '["admin"]', deleted: false },
    ])
    expect(await keep([listed, newer, wrong], false)).toEqual(['known', 'known', 'refused'])
    expect(await keep([listed], false)).toEqual(['stale'])
  })

  it('are not undone by a list that was read before somebody was deleted', async () => {
    await sync.apply(event('user.deleted', { id: 'user_1' }, 10), SETTLE)
    const listed = { id: 'user_1', external_id: 'a', updated_at: at(20) }
    for (const dryRun of [true, false]) expect(await sync.keep('user', [listed], { dryRun })).toEqual(['stale'])
  })

  it('are read apart from the lists', async () => {
    const lease = { holder: 'a', leaseMs: 60_000 }
    expect(await sync.begin(lease)).toEqual({ after: null })
    expect(await sync.imports.begin({ ...lease, holder: 'b' })).toEqual({ after: null })
    expect(await sync.imports.begin(lease)).toBeNull()
    expect(await sync.imports.advance({ ...lease, holder: 'b' }, 'user_1')).toBe(true)
    await sync.imports.end({ holder: 'b' })
    expect(await sync.imports.begin(lease)).toEqual({ after: 'user_1' })
    await sync.end(lease)
    expect(await sync.begin({ ...lease, holder: 'c' })).toEqual({ after: null })
  })

  it('may say more than is known of them, also in a member called __proto__', async () => {
    const data = JSON.parse(
      '{"id":"user_1","updated_at":"2026-11-01T00:00:00.123456Z","__proto__":{"id":"x"},"deep":[[[]]]}',
    )
    expect(await sync.apply(event('user.created', data, 0), SETTLE)).toBe('applied')
    expect(await query('select id from dualauth.workos_user', [])).toEqual([{ id: 'user_1' }])
  })

  it('fail where the tables are not there, and say nothing of the event', async () => {
    const broken = workosSync(async () => {
      throw Object.assign(new Error('relation "dualauth.workos_user" does not exist'), {
        code: '42P01',
        detail: 'user_1',
      })
    })
    await expect(broken.apply(event('user.created', { id: 'user_1' }, 0), SETTLE)).rejects.toThrow(/42P01/)
  })

  it('are read by one at a time, and the cursor moves only in the hand of who holds the lease', async () => {
    const [ours, theirs] = [
      { holder: 'a', leaseMs: 60_000 },
      { holder: 'b', leaseMs: 60_000 },
    ]
    expect(await sync.begin(ours)).toEqual({ after: null })
    expect(await sync.begin(theirs)).toBeNull()
    expect(await sync.advance(theirs, 'event_9')).toBe(false)
    expect(await sync.advance(ours, 'event_1')).toBe(true)
    await sync.end(theirs)
    expect(await sync.begin(theirs)).toBeNull()
    await sync.end(ours)
    expect(await sync.begin(theirs)).toEqual({ after: 'event_1' })
  })

  it('are read on by another when the one before was killed', async () => {
    await sync.begin({ holder: 'killed', leaseMs: 60_000 })
    await sync.advance({ holder: 'killed', leaseMs: 0 }, 'event_1')
    await query('select pg_sleep(0.01)', [])
    expect(await sync.begin({ holder: 'b', leaseMs: 60_000 })).toEqual({ after: 'event_1' })
    expect(await sync.advance({ holder: 'killed', leaseMs: 60_000 }, 'event_0')).toBe(false)
  })

  it('give the lease to one of many that ask at once', async () => {
    const asked = Array.from({ length: 10 }, (_, index) => sync.begin({ holder: `h${index}`, leaseMs: 60_000 }))
    expect((await Promise.all(asked)).filter((cursor) => cursor !== null)).toHaveLength(1)
  })

  it('are forgotten after 100 days, when nobody delivers them again', async () => {
    await sync.apply(event('user.created', { id: 'user_1' }, 0), SETTLE)
    await sync.apply(event('user.updated', { id: 'user_1' }, 1), SETTLE)
    await query(
      `update dualauth.workos_event set received_at = now() - interval '101 days' where type = 'user.created'`,
      [],
    )
    await sync.begin({ holder: 'a', leaseMs: 60_000 })
    await sync.end({ holder: 'a' })
    expect(await query('select type from dualauth.workos_event', [])).toEqual([{ type: 'user.updated' }])
  })
})

it('refuses wrong options by name', () => {
  expect(() => workosSync('postgres://' as never)).toThrow(/workosSync\.query/)
  expect(() => workosSync(async () => [], { source: '' })).toThrow(/workosSync\.source/)
})
