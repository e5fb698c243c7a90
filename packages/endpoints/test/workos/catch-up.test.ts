import { createEmbedded } from '@dualauth/servers'
import { PGlite } from '@electric-sql/pglite'
import type { Query, WorkosSync } from '@dualauth/core'
import { installSchema, workosSync } from '@dualauth/postgres'
import { createClock, startFakeWorkos, type FakeWorkos } from '@dualauth/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  workosCatchUp,
  workosWebhook,
  type CaughtUp,
  type WorkosCatchUpOptions,
  type WorkosDelivery,
} from '../../src/index.js'
import { endpoint, NOW } from './delivery.js'

let pglite: PGlite
const query: Query = async (sql, params) => (await pglite.query(sql, [...params])).rows as Record<string, unknown>[]
const clock = createClock(NOW)
let fake: FakeWorkos
let sync: WorkosSync

beforeAll(async () => {
  pglite = await createEmbedded((from) => PGlite.create(from))
  await installSchema(query)
})
afterAll(() => pglite.close())
beforeEach(async () => {
  const tables = ['event', 'user', 'organization', 'membership', 'cursor'].map((name) => `dualauth.workos_${name}`)
  await pglite.exec(`truncate ${tables.join(', ')}`)
  fake = await startFakeWorkos({ now: clock.now })
  sync = workosSync(query)
  return () => fake.close()
})

const { auth } = endpoint()
const catchUp = (more: Partial<WorkosCatchUpOptions> = {}): (() => Promise<CaughtUp>) =>
  workosCatchUp({ auth, sync, apiKey: fake.apiKey, apiUrl: fake.origin, now: clock.now, ...more })

/** A hundred people come and go; every third is deleted again. */
function history(): void {
  const { directory } = fake
  const organization = directory.create('organization').id
  for (let count = 0; count < 100; count++) {
    clock.advance(1000)
    const { id } = directory.create('user', { external_id: `own-${count}` })
    const member = directory.create('organization_membership', { user_id: id, organization_id: organization })
    directory.update('organization_membership', member.id, { role: { slug: count % 2 === 0 ? 'admin' : 'viewer' } })
    if (count % 3 === 0) directory.delete('user', id)
  }
}

const tables = async (): Promise<unknown> => ({
  users: await query('select id, external_id, deleted, event_id from dualauth.workos_user order by id', []),
  memberships: await query(
    'select id, user_id, status, to_json(roles)::text as roles, event_id from dualauth.workos_membership order by id',
    [],
  ),
  events: await query('select id from dualauth.workos_event where settled_at is not null order by id', []),
})
const cursor = async (): Promise<unknown> =>
  (await query('select after, holder from dualauth.workos_cursor', []))[0] ?? null

describe('catching up', () => {
  it('reads all pages in their order, and then only what is new', async () => {
    history()
    const run = catchUp()
    const count = fake.directory.log.length
    expect(await run()).toEqual({ outcome: 'done', events: count, refused: 0, retryAfterSeconds: null })
    expect(await run()).toMatchObject({ outcome: 'done', events: 0 })
    fake.directory.create('user')
    expect(await catchUp()()).toMatchObject({ outcome: 'done', events: 1 })
    expect(await cursor()).toEqual({ after: fake.directory.log.at(-1)!.id, holder: null })
  })

  it('goes on in another process after as many pages as it may read', async () => {
    history()
    expect(await catchUp({ maxPages: 2 })()).toMatchObject({ outcome: 'more', events: 200 })
    const rest = fake.directory.log.length - 200
    expect(await catchUp()()).toMatchObject({ outcome: 'done', events: rest })
  })

  it('ends in the same tables as webhooks in any order, of which some were lost', async () => {
    history()
    await catchUp()()
    const expected = await tables()
    await pglite.exec(
      'truncate dualauth.workos_event, dualauth.workos_user, dualauth.workos_membership, dualauth.workos_cursor',
    )
    const handler = workosWebhook({ auth, sync, secrets: [fake.webhookSecret], now: clock.now })
    // Backwards, every fourth lost, every fifth twice.
    const arriving = fake.directory.log.toReversed().filter((_, index) => index % 4 !== 0)
    for (const one of [...arriving, ...arriving.filter((_, index) => index % 5 === 0)]) {
      const request = new Request('https://api.example.com/webhooks/workos', { method: 'POST', ...fake.deliver(one) })
      expect((await handler(request)).status).toBe(200)
    }
    await catchUp()()
    expect(await tables()).toEqual(expected)
  })

  it('never moves by what a webhook brought, so that nothing is lost that is withheld for a while', async () => {
    const { directory } = fake
    directory.withheldMs = 5000
    const gone = directory.create('user', { id: 'user_gone' })
    await catchUp()()
    clock.advance(4000)
    directory.delete('user', gone.id)
    directory.create('user', { id: 'user_new' })
    // The webhook of the newer event arrives; that of the deletion is lost.
    const handler = workosWebhook({ auth, sync, secrets: [fake.webhookSecret], now: clock.now })
    await handler(new Request('https://api.example.com/', { method: 'POST', ...fake.deliver(directory.log.at(-1)!) }))
    clock.advance(1000)
    expect(await catchUp()()).toMatchObject({ events: 1 })
    clock.advance(5000)
    expect(await catchUp()()).toMatchObject({ events: 2 })
    expect(await query(`select id, deleted from dualauth.workos_user order by id`, [])).toEqual([
      { id: 'user_gone', deleted: true },
      { id: 'user_new', deleted: false },
    ])
  })

  it('ends the sessions that were revoked meanwhile, and calls the application', async () => {
    const { auth: seen, revoked } = endpoint()
    const handled: string[] = []
    fake.directory.emit('session.revoked', { object: 'session', id: 'session_01', user_id: 'user_01' })
    await catchUp({ auth: seen, handle: ({ event }) => void handled.push(event) })()
    expect([revoked, handled]).toEqual([[{ session: 'session_01', verifier: 'workos' }], ['session.revoked']])
  })

  it('asks for the types that it is to read', async () => {
    fake.directory.emit('dsync.user.created', { id: 'directory_user_01' })
    expect(await catchUp()()).toMatchObject({ events: 0 })
    expect(await catchUp({ events: ['dsync.user.created'] })()).toMatchObject({ events: 1 })
  })

  it('passes over an event that cannot be read, and reports it', async () => {
    const seen: WorkosDelivery[] = []
    fake.directory.emit('user.created', { id: 'user_\0', updated_at: 'yesterday' })
    fake.directory.create('user', { id: 'user_01' })
    const run = catchUp({ onDelivery: (one) => seen.push(one) })
    expect(await run()).toMatchObject({ outcome: 'done', events: 2, refused: 1 })
    expect(seen.map(({ outcome }) => outcome)).toEqual(['refused', 'applied'])
    expect(await run()).toMatchObject({ events: 0 })
  })
})

describe('an outage', () => {
  it.each(['status-500', 'bad-json', 'html', 'reset', 'redirect', 'oversized'] as const)(
    'of WorkOS (%s) keeps the cursor',
    async (mode) => {
      fake.directory.create('user')
      await catchUp()()
      const before = await cursor()
      fake.directory.create('user')
      fake.directory.mode = mode
      if (mode === 'oversized') return expect(await catchUp()()).toMatchObject({ outcome: 'done' })
      expect(await catchUp()()).toMatchObject({ outcome: 'unavailable', events: 0, cause: expect.any(Error) })
      expect(await cursor()).toEqual(before)
      fake.directory.mode = 'ok'
      expect(await catchUp()()).toMatchObject({ outcome: 'done', events: 1 })
    },
  )

  it('that hangs ends in time', async () => {
    fake.directory.mode = 'hang'
    expect(await catchUp({ timeoutMs: 50 })()).toMatchObject({ outcome: 'unavailable' })
  })

  it('with Retry-After is waited for, and asks nobody meanwhile', async () => {
    fake.directory.mode = { status: 429, headers: { 'retry-after': '17' } }
    const run = catchUp()
    expect(await run()).toMatchObject({ outcome: 'unavailable', retryAfterSeconds: 17 })
    clock.advance(16_500)
    const { calls } = fake.directory
    expect([await run(), fake.directory.calls]).toMatchObject([{ outcome: 'paused', retryAfterSeconds: 1 }, calls])
    fake.directory.mode = 'ok'
    clock.advance(500)
    expect(await run()).toMatchObject({ outcome: 'done' })
  })

  it('of a wrong key names no key', async () => {
    const { cause } = await catchUp({ apiKey: 'sk_test_of_another_environment' })()
    expect(String(cause)).toMatch(/answered 401/)
    expect(String(cause)).not.toContain('sk_test')
  })

  it('of the store leaves the rest of the page for later', async () => {
    history()
    const broken: WorkosSync = { ...sync, advance: async () => Promise.reject(new Error('the database is away')) }
    expect(await catchUp({ sync: broken })()).toMatchObject({ outcome: 'unavailable', events: 100 })
    expect(await cursor()).toEqual({ after: null, holder: null })
    expect(await catchUp()()).toMatchObject({ outcome: 'done', events: fake.directory.log.length })
  })

  it('of the application rejects, gives the lease back, and the event comes again', async () => {
    fake.directory.create('user')
    const handle = (): void => {
      throw new TypeError('a bug')
    }
    await expect(catchUp({ handle })()).rejects.toThrow('a bug')
    expect(await cursor()).toEqual({ after: null, holder: null })
    const handled: string[] = []
    await catchUp({ handle: ({ event }) => void handled.push(event) })()
    expect(handled).toEqual(['user.created'])
  })
})

describe('a handle that takes too long', () => {
  const settled = async (): Promise<unknown[]> =>
    (await query('select id from dualauth.workos_event where settled_at is not null', [])).map(({ id }) => id)

  it.each(['later', 'never'])(
    'is answered 503 by the webhook, and where it succeeds %s, the tables are right',
    async (when) => {
      let finish = (): void => {}
      const slow = new Promise<void>((resolve) => (finish = resolve))
      const calls: string[] = []
      const handle = async ({ event }: { event: string }): Promise<void> => {
        calls.push(event)
        if (calls.length === 1) await slow
      }
      const options = { auth, sync, secrets: [fake.webhookSecret], now: clock.now, handle, handleTimeoutMs: 100 }
      const handler = workosWebhook(options)
      const { id } = fake.directory.create('user')
      const [created] = fake.directory.log
      const deliver = (): Promise<Response> =>
        handler(new Request('https://api.example.com/', { method: 'POST', ...fake.deliver(created!) }))
      const late = await deliver()
      expect([late.status, await late.json()]).toEqual([
        503,
        expect.objectContaining({ code: 'store_unavailable', reason: 'handle_timeout' }),
      ])
      expect(await settled()).toEqual([])
      const known = [{ id, external_id: null, deleted: false, event_id: created!.id }]
      expect(await tables()).toMatchObject({ users: known })
      if (when === 'later') {
        finish()
        await expect.poll(settled).toEqual([created!.id])
      }
      expect((await deliver()).status).toBe(200)
      expect(calls).toHaveLength(when === 'later' ? 1 : 2)
      expect(await tables()).toMatchObject({ users: known, events: [{ id: created!.id }] })
    },
  )

  it('keeps the cursor of a catching up where it was', async () => {
    fake.directory.create('user')
    const never = (): Promise<never> => new Promise(() => {})
    expect(await catchUp({ handle: never, handleTimeoutMs: 100 })()).toMatchObject({ outcome: 'unavailable' })
    expect(await cursor()).toEqual({ after: null, holder: null })
    expect(await catchUp({ handle: () => {} })()).toMatchObject({ outcome: 'done', events: 1 })
  })
})

it('lets one of several processes read', async () => {
  history()
  const runs = await Promise.all([catchUp()(), catchUp()(), catchUp()()])
  expect(runs.map(({ outcome }) => outcome).toSorted()).toEqual(['busy', 'busy', 'done'])
})

it('refuses wrong options by name', () => {
  const wrong: [object, RegExp][] = [
    [{ apiKey: 'secret' }, /workosCatchUp\.apiKey/],
    [{ apiUrl: 'http://api.workos.com' }, /workosCatchUp\.apiUrl/],
    [{ apiUrl: 'https://api.workos.com?x' }, /workosCatchUp\.apiUrl/],
    [{ since: 'yesterday' }, /workosCatchUp\.since/],
    [{ events: [] }, /workosCatchUp\.events/],
    [{ maxPages: 0 }, /workosCatchUp\.maxPages/],
    [{ timeoutMs: 60_000 }, /workosCatchUp\.timeoutMs/],
    [{ verifiers: ['other'] }, /workosCatchUp\.verifiers/],
  ]
  for (const [more, message] of wrong) expect(() => catchUp(more)).toThrow(message)
})
