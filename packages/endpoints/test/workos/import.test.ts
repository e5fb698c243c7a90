import { createEmbedded } from '@dualauth/servers'
import { PGlite } from '@electric-sql/pglite'
import type { Query, WorkosEvent, WorkosSync } from '@dualauth/core'
import { installSchema, workosSync } from '@dualauth/postgres'
import { createClock, startFakeWorkos, type FakeWorkos } from '@dualauth/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { workosCatchUp, workosImport, type Imported, type WorkosImportOptions } from '../../src/index.js'
import { endpoint, NOW } from './delivery.js'

let pglite: PGlite
const query: Query = async (sql, params) => (await pglite.query(sql, [...params])).rows as Record<string, unknown>[]
const clock = createClock(NOW)
let fake: FakeWorkos
let sync: WorkosSync

const TABLES = ['event', 'user', 'organization', 'membership', 'cursor', 'import']
const empty = () => pglite.exec(`truncate ${TABLES.map((name) => `dualauth.workos_${name}`).join(', ')}`)

beforeAll(async () => {
  pglite = await createEmbedded((from) => PGlite.create(from))
  await installSchema(query)
}, 300_000)
afterAll(() => pglite.close())
beforeEach(async () => {
  await empty()
  fake = await startFakeWorkos({ now: clock.now })
  sync = workosSync(query)
  return () => fake.close()
})

const importing = (more: Partial<WorkosImportOptions> = {}) =>
  workosImport({ sync, apiKey: fake.apiKey, apiUrl: fake.origin, now: clock.now, ...more })

/** Three organizations, of which the first has more members than a page, and one nobody. */
function people(): void {
  const { directory } = fake
  const ids = ['acme', 'globex', 'empty'].map((name) => directory.create('organization', { external_id: name }).id)
  for (let count = 0; count < 205; count++) {
    const { id } = directory.create('user', { external_id: `own-${count}` })
    const status = count % 7 === 0 ? 'inactive' : 'active'
    const role = { slug: count % 2 === 0 ? 'admin' : 'viewer' }
    directory.create('organization_membership', {
      user_id: id,
      organization_id: ids[count < 150 ? 0 : 1],
      status,
      role,
    })
  }
}
const WHOLE = { users: 205, organizations: 3, memberships: 205, changed: 413, refused: 0 }

/** What the tables say, whoever said it. */
const tables = async (): Promise<unknown> => ({
  users: await query('select id, external_id, deleted from dualauth.workos_user order by id', []),
  organizations: await query('select id, external_id, deleted from dualauth.workos_organization order by id', []),
  memberships: await query(
    'select id, user_id, organization_id, status, to_json(roles)::text as roles from dualauth.workos_membership order by id',
    [],
  ),
})
const catchUp = () =>
  workosCatchUp({ auth: endpoint().auth, sync, apiKey: fake.apiKey, apiUrl: fake.origin, now: clock.now })()

/** Every run but the last one says `more`. */
async function toTheEnd(run: () => Promise<Imported>): Promise<readonly Imported[]> {
  const ends = [await run()]
  while (ends.at(-1)!.outcome === 'more') ends.push(await run())
  expect(ends.at(-1)).toMatchObject({ outcome: 'done' })
  return ends
}

describe('an import', () => {
  it('reads everybody, every organization and every membership, also of those who were deactivated', async () => {
    people()
    expect(await importing()()).toEqual({ outcome: 'done', ...WHOLE, retryAfterSeconds: null })
    const imported = await tables()
    await empty()
    await catchUp()
    expect(imported).toEqual(await tables())
  })

  it('is done once, for every process, until it is asked to begin again', async () => {
    people()
    await importing()()
    const { calls } = fake.directory
    expect(await importing()()).toMatchObject({ outcome: 'done', users: 0 })
    expect(fake.directory.calls).toBe(calls)
    fake.directory.create('user')
    expect(await importing()({ restart: true })).toMatchObject({ outcome: 'done', users: 206, changed: 1 })
  })

  it('goes on in another process after as many pages as it may read', async () => {
    people()
    const ends = await toTheEnd(() => importing({ maxPages: 1 })())
    const sum = (name: 'users' | 'organizations' | 'memberships') => ends.reduce((all, one) => all + one[name], 0)
    expect([sum('users'), sum('organizations'), sum('memberships')]).toEqual([205, 3, 205])
    // Three of users, one of organizations, two of the first one's members and one of each of the others.
    expect(fake.directory.calls).toBe(8)
  })

  it('shows how far it is, and goes on where that fails', async () => {
    people()
    const seen: unknown[] = []
    const onProgress: WorkosImportOptions['onProgress'] = (progress) => {
      seen.push(progress)
      throw new Error('no terminal')
    }
    expect(await importing({ onProgress })()).toMatchObject({ outcome: 'done' })
    expect(seen).toHaveLength(8)
    expect([seen[0], seen.at(-1)]).toEqual([
      { users: 100, organizations: 0, memberships: 0, changed: 100, refused: 0 },
      WHOLE,
    ])
  })

  it('that only looks counts what it would write, and writes nothing', async () => {
    people()
    const look = importing({ dryRun: true, maxPages: 3, handle: () => expect.unreachable() })
    expect(await look()).toMatchObject({ outcome: 'more', users: 205 })
    expect(await look()).toMatchObject({ outcome: 'more' })
    expect(await look()).toMatchObject({ outcome: 'done' })
    expect(await tables()).toEqual({ users: [], organizations: [], memberships: [] })
    await importing()()
    expect(await importing({ dryRun: true })()).toMatchObject({ outcome: 'done', ...WHOLE, changed: 0 })
  })

  it('calls the application with each object, as an event that the webhook could bring', async () => {
    const organization = fake.directory.create('organization', { name: 'Acme' })
    const seen: WorkosEvent[] = []
    await importing({ handle: (event) => void seen.push(event) })()
    expect(seen).toEqual([
      {
        id: `import_${organization.id}`,
        event: 'organization.updated',
        createdAt: organization['updated_at'],
        data: organization,
      },
    ])
  })

  it('passes over what cannot be read, and counts it', async () => {
    fake.directory.create('user', { external_id: 'a\0b' })
    fake.directory.create('organization', { id: 'org_\0' })
    fake.directory.create('user', { id: 'user_01' })
    const seen: string[] = []
    const end = await importing({ handle: ({ data }) => void seen.push(String(data['id'])) })()
    expect(end).toMatchObject({ outcome: 'done', users: 2, organizations: 1, changed: 1, refused: 2 })
    expect(seen).toEqual(['user_01'])
  })

  it('beside webhooks and changes while it reads ends in the same tables', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 5 }), { maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        async (changes, die) => {
          await empty()
          const world = createWorld(die)
          for (let index = 0; index < 4; index++) world.change(index)
          const begun = fake.directory.log.length
          const run = importing({ maxPages: 1 })
          for (const change of changes) {
            world.change(change)
            if (change % 2 === 0) await run({ restart: false })
            // Any event since the import began, in any order and as often as it likes.
            await world.deliver(begun)
          }
          await toTheEnd(run)
          const rest = fake.directory.log.slice(begun)
          for (const one of rest) await sync.apply(toEvent(one), { settle: true })
          expect(await live()).toEqual(world.expected())
          world.end()
        },
      ),
      { numRuns: 8 },
    )
  })
})

const toEvent = (one: FakeWorkos['directory']['log'][number]): WorkosEvent => ({
  id: one.id,
  event: one.event,
  createdAt: one.created_at,
  data: one.data,
})
const live = async (): Promise<unknown> => ({
  users: await query('select id, external_id from dualauth.workos_user where not deleted order by id', []),
  memberships: await query(
    'select id, status, to_json(roles)::text as roles from dualauth.workos_membership where not deleted order by id',
    [],
  ),
})

/** A few users in organizations that come, change and go. */
function createWorld(die: Iterable<number>) {
  const rolls = die[Symbol.iterator]() as Iterator<number, number>
  const { directory } = fake
  const users = new Map<string, string | null>()
  const members = new Map<string, { status: string; role: string }>()
  const roll = (sides: number): number => rolls.next().value % sides
  const organization = directory.create('organization').id
  const pick = (map: ReadonlyMap<string, unknown>): string | undefined => [...map.keys()][roll(Math.max(1, map.size))]
  return {
    change(what: number): void {
      clock.advance(roll(2))
      const [user, member] = [pick(users), pick(members)]
      if (what === 0 || user === undefined) {
        const id = directory.create('user', { external_id: null }).id
        users.set(id, null)
        const om = directory.create('organization_membership', { user_id: id, organization_id: organization })
        members.set(om.id, { status: 'active', role: 'member' })
      } else if (what === 1) {
        const external = `own-${roll(9)}`
        directory.update('user', user, { external_id: external })
        users.set(user, external)
      } else if (what === 2) {
        directory.delete('user', user)
        users.delete(user)
      } else if (member !== undefined && what === 5) {
        directory.delete('organization_membership', member)
        members.delete(member)
      } else if (member !== undefined) {
        const [status, role] = [what === 3 ? 'inactive' : 'active', ['admin', 'viewer'][roll(2)] as string]
        directory.update('organization_membership', member, { status, role: { slug: role } })
        members.set(member, { status, role })
      }
    },
    async deliver(from: number): Promise<void> {
      const log = directory.log.slice(from)
      for (let count = roll(4); count > 0 && log.length > 0; count--)
        await sync.apply(toEvent(log[roll(log.length)]!), { settle: true })
    },
    end(): void {
      for (const id of users.keys()) directory.delete('user', id)
      for (const id of members.keys()) directory.delete('organization_membership', id)
      directory.delete('organization', organization)
    },
    expected: () => ({
      users: [...users].map(([id, external_id]) => ({ id, external_id })).toSorted(byId),
      memberships: [...members]
        .map(([id, { status, role }]) => ({ id, status, roles: JSON.stringify([role]) }))
        .toSorted(byId),
    }),
  }
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)

describe('an outage', () => {
  it('with Retry-After is waited for, asks nobody meanwhile, and loses nothing', async () => {
    people()
    await importing({ maxPages: 2 })()
    fake.directory.mode = { status: 429, headers: { 'retry-after': '17' } }
    const run = importing()
    expect(await run()).toMatchObject({ outcome: 'unavailable', retryAfterSeconds: 17, users: 0 })
    clock.advance(16_500)
    const { calls } = fake.directory
    expect([await run(), fake.directory.calls]).toMatchObject([{ outcome: 'paused', retryAfterSeconds: 1 }, calls])
    fake.directory.mode = 'ok'
    clock.advance(500)
    expect(await run()).toMatchObject({ outcome: 'done', users: 5, memberships: 205 })
  })

  it.each(['status-500', 'bad-json', 'html', 'reset', 'redirect'] as const)(
    'of WorkOS (%s) keeps how far it came',
    async (mode) => {
      people()
      await importing({ maxPages: 1 })()
      fake.directory.mode = mode
      expect(await importing()()).toMatchObject({ outcome: 'unavailable', users: 0, cause: expect.any(Error) })
      fake.directory.mode = 'ok'
      expect(await importing()()).toMatchObject({ outcome: 'done', users: 105 })
    },
  )

  it('of a wrong key names no key', async () => {
    const { cause } = await importing({ apiKey: 'sk_test_of_another_environment' })()
    expect(String(cause)).toMatch(/answered 401/)
    expect(String(cause)).not.toContain('sk_test')
  })

  it('of the store leaves the rest for later', async () => {
    people()
    const keep = async () => Promise.reject(new Error('the database is away'))
    expect(await importing({ sync: { ...sync, keep } })()).toMatchObject({ outcome: 'unavailable', users: 0 })
    expect(await importing()()).toMatchObject({ outcome: 'done', ...WHOLE })
  })

  it('of the application rejects, and its page is read again', async () => {
    fake.directory.create('user')
    const handle = (): void => {
      throw new TypeError('a bug')
    }
    await expect(importing({ handle })()).rejects.toThrow('a bug')
    const handled: string[] = []
    await importing({ handle: ({ event }) => void handled.push(event) })()
    expect(handled).toEqual(['user.updated'])
  })
})

it('does not stop at an organization that was deleted while it reads', async () => {
  people()
  await importing({ maxPages: 4 })()
  const [{ after }] = (await query('select after from dualauth.workos_import', [])) as [{ after: string }]
  expect(JSON.parse(after)).toMatchObject({ list: 'memberships', following: null })
  const gone = { status: 404, body: '{"message":"Not Found"}' }
  fake.directory.mode = gone
  expect(await importing({ maxPages: 3 })()).toMatchObject({ outcome: 'done', memberships: 0 })
})

it('begins again where it cannot read how far it came', async () => {
  people()
  for (const after of ['user_01', '{"list":"memberships","of":[]}', '{"list":"users","after":"a&b=c"}']) {
    await query(`update dualauth.workos_import set after = $1`, [after])
    await query(`insert into dualauth.workos_import (source, after) values ('workos', $1) on conflict do nothing`, [
      after,
    ])
    expect(await importing()()).toMatchObject({ outcome: 'done', users: 205 })
  }
})

it('lets one of several processes read', async () => {
  people()
  const runs = await Promise.all([importing()(), importing()(), importing()()])
  expect(runs.map(({ outcome }) => outcome).toSorted()).toEqual(['busy', 'busy', 'done'])
})

it('refuses wrong options by name', () => {
  const wrong: [object, RegExp][] = [
    [{ apiKey: 'secret' }, /workosImport\.apiKey/],
    [{ apiUrl: 'http://api.workos.com' }, /workosImport\.apiUrl/],
    [{ sync: { keep: async () => [] } }, /workosImport\.sync/],
    [{ sync: {} }, /workosImport\.sync/],
    [{ maxPages: 0 }, /workosImport\.maxPages/],
    [{ timeoutMs: 60_000 }, /workosImport\.timeoutMs/],
    [{ dryRun: 'yes' }, /workosImport\.dryRun/],
    [{ since: '2026-01-01T00:00:00Z' }, /workosImport/],
  ]
  for (const [more, message] of wrong) expect(() => importing(more)).toThrow(message)
})
