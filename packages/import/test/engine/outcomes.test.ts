import { expect, it } from 'vitest'
import {
  createImport,
  TargetError,
  type ImportOptions,
  type ImportRowPerson,
  type ReportRow,
  type Updated,
} from '../../src/index.js'
import { describePglite } from '../support/database.js'
import { listSource, somePeople, type Rows } from '../support/list-source.js'
import { memoryTarget } from '../support/memory-target.js'

const BCRYPT = `$2b$10$${'a'.repeat(53)}`
const clock = { now: () => 0, sleep: async () => {} }
const link = { verifier: 'memory', issuer: 'urn:memory' }

describePglite('an import', ({ query, rows }) => {
  const importOf = (rowsOf: Rows, options: Partial<ImportOptions> & Pick<ImportOptions, 'target'>) =>
    createImport({ query, source: listSource(rowsOf), clock, link, ...options })
  const ann: ImportRowPerson = { id: 'a', email: 'ann@example.com', emailVerified: true }
  const there = (verified = true, externalId: string | null = null) => ({
    kind: 'person',
    externalId,
    email: 'ann@example.com',
    verified,
  })

  it('lists people whose password the target does not take, and imports them', async () => {
    const target = memoryTarget()
    const report: ReportRow[] = []
    const people = [
      { ...ann, passwordHash: '$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA' },
      { id: 'b', email: 'bob@example.com', passwordHash: BCRYPT },
      { id: 'c', email: 'cat@example.com' },
    ]
    const { counts } = await importOf({ people }, { target, report: (row) => void report.push(row) }).run()
    expect(counts.person).toMatchObject({ created: 3, resetRequired: 1 })
    expect(report.filter(({ resetRequired }) => resetRequired)).toMatchObject([{ id: 'a', outcome: 'created' }])
    const again = await importOf({ people }, { target }).run()
    expect(again.counts.person).toMatchObject({ unchanged: 3, resetRequired: 1 })
  })

  it('lists people who have a password of which the source has no hash', async () => {
    const target = memoryTarget()
    const people = [
      { ...ann, hasPassword: true },
      { id: 'b', email: 'bob@example.com', passwordHash: BCRYPT, has_password: 't' },
      { id: 'c', email: 'cat@example.com', hasPassword: false },
    ]
    const one = importOf({ people }, { target })
    expect((await one.plan()).counts.person).toMatchObject({ created: 3, resetRequired: 1 })
    expect((await one.run()).counts.person).toMatchObject({ created: 3, resetRequired: 1 })
    const invited = []
    for await (const { id } of one.invites()) invited.push(id)
    expect(invited).toEqual(['a'])
  })

  it('takes nobody for somebody else because of an address, and lists the conflict', async () => {
    const target = memoryTarget()
    target.objects.set('x', there())
    const one = importOf({ people: [ann] }, { target })
    expect((await one.plan()).counts.person).toMatchObject({ conflicts: 1, created: 0 })
    expect((await one.run()).counts.person).toMatchObject({ conflicts: 1, created: 0 })
    expect((await one.run()).counts.person).toMatchObject({ conflicts: 1, created: 0 })
    expect(await rows('select kind, verifier, subject, account_id, seen::int from dualauth.conflict')).toEqual([
      { kind: 'address_taken', verifier: 'memory', subject: 'x', account_id: 'a', seen: 1 },
    ])
    expect(await rows('select 1 from dualauth.identity_link')).toEqual([])
  })

  it('imports whoever was in conflict once somebody has linked them', async () => {
    const target = memoryTarget()
    target.objects.set('x', there())
    await importOf({ people: [ann] }, { target }).run()
    await query(
      `insert into dualauth.identity_link (verifier, issuer, subject, account_id, how)
      values ('memory', 'urn:memory', 'x', 'a', 'admin')`,
      [],
    )
    const { counts } = await importOf({ people: [ann] }, { target }).run()
    expect(counts.person).toMatchObject({ adopted: 1, conflicts: 0 })
    // It was there before, and linked by somebody else: a rollback leaves both.
    const back = await importOf({ people: [ann] }, { target }).rollback()
    expect(back.counts.person).toEqual({ removed: 0, kept: 1, blocked: 0 })
    expect(target.objects.size).toBe(1)
    expect(await rows('select how from dualauth.identity_link')).toEqual([{ how: 'admin' }])
  })

  it('does not take for its own what others made after the target had refused it', async () => {
    const refusing = memoryTarget({ create: async () => [{ outcome: 'rejected', code: 'invalid_email' }] })
    expect((await importOf({ people: [ann] }, { target: refusing }).run()).counts.person).toMatchObject({ failed: 1 })
    const target = memoryTarget()
    target.objects.set('x', there(true, 'a'))
    const again = importOf({ people: [ann] }, { target, retryFailed: true })
    expect((await again.run()).counts.person).toMatchObject({ created: 0, adopted: 1 })
    expect((await again.rollback()).counts.person).toEqual({ removed: 0, kept: 1, blocked: 0 })
    expect(target.objects.has('x')).toBe(true)
  })

  it('does not take for its own what others made between its look-up and its creation', async () => {
    const target = memoryTarget({}, async () => void target.objects.set('x', there(true, 'a')))
    const one = importOf({ people: [ann] }, { target })
    expect((await one.run()).counts.person).toMatchObject({ created: 0, adopted: 1 })
    expect((await one.rollback()).counts.person).toEqual({ removed: 0, kept: 1, blocked: 0 })
    expect([...target.objects.keys()]).toEqual(['x'])
  })

  it.each([
    ['both sides have verified it', ann, there(), 'adopted'],
    ['the source has not verified it', { ...ann, emailVerified: null }, there(), 'conflicts'],
    ['the target has not verified it', ann, there(false), 'conflicts'],
    ['it is bound to somebody else', ann, there(true, 'z'), 'conflicts'],
  ] as const)('links by an address where that was asked for: %s', async (_name, person, object, outcome) => {
    const bound: string[] = []
    const target = memoryTarget({
      adopt: async (items) =>
        items.map(({ targetId }): Updated => {
          bound.push(targetId!)
          return { outcome: 'updated', before: { externalId: null } }
        }),
    })
    target.objects.set('x', object)
    const one = importOf({ people: [person] }, { target, linkVerifiedEmail: true })
    expect((await one.plan()).counts.person[outcome]).toBe(1)
    expect(bound).toEqual([])
    expect((await one.run()).counts.person[outcome]).toBe(1)
    expect(bound).toEqual(outcome === 'adopted' ? ['x'] : [])
  })

  it('links nobody by an address that two of the source have', async () => {
    const target = memoryTarget()
    target.objects.set('x', there())
    const people = [ann, { ...ann, id: 'b', email: 'ANN@example.com ' }]
    const one = importOf({ people }, { target, linkVerifiedEmail: true })
    const planned = await one.plan()
    expect(planned.counts.person).toMatchObject({ conflicts: 2, adopted: 0 })
    expect((await one.run()).counts).toEqual(planned.counts)
  })

  it('plans what it will do where two of the source have one address', async () => {
    const target = memoryTarget()
    const people = [ann, { ...ann, id: 'b' }, ...somePeople(8)]
    const one = importOf(
      { people, memberships: [{ person: 'b', organization: 'o' }] },
      { target, batchSize: 1, concurrency: 1 },
    )
    const planned = await one.plan()
    expect(planned.counts.person).toMatchObject({ created: 9, conflicts: 1 })
    expect(planned.counts.membership).toMatchObject({ waiting: 1 })
    expect(target.calls).not.toContain('create')
    expect((await one.run()).counts).toEqual(planned.counts)
  })

  it('brings memberships in when their people are there', async () => {
    const target = memoryTarget()
    const all: Rows = {
      organizations: [{ id: 'o', name: 'One' }],
      people: somePeople(5),
      memberships: somePeople(5).map(({ id }) => ({ person: id, organization: 'o' })),
    }
    const first = importOf(all, { target, limit: 2 })
    const planned = await first.plan()
    expect(planned.counts.membership).toMatchObject({ created: 2, waiting: 3 })
    expect((await first.run()).counts).toEqual(planned.counts)
    expect((await importOf(all, { target }).run()).counts).toMatchObject({
      person: { created: 3, unchanged: 2 },
      membership: { created: 3, unchanged: 2, waiting: 0 },
    })
  })

  it('imports one organization, and takes back one, without the others', async () => {
    const target = memoryTarget()
    const all: Rows = {
      organizations: ['o', 'p'].map((id) => ({ id, name: id })),
      people: somePeople(6).map((person, at) => ({ ...person, organization: at < 2 ? 'o' : 'p' })),
      memberships: somePeople(6).map(({ id }, at) => ({ person: id, organization: at < 2 ? 'o' : 'p' })),
    }
    const { counts } = await importOf(all, { target, organization: 'o' }).run()
    expect(counts).toMatchObject({
      organization: { created: 1 },
      person: { read: 2, created: 2 },
      membership: { created: 2 },
    })
    await importOf(all, { target }).run()
    const back = await importOf(all, { target, organization: 'o' }).rollback()
    expect(back.counts).toMatchObject({
      organization: { removed: 1 },
      person: { removed: 2 },
      membership: { removed: 2 },
    })
    expect([...target.objects.values()].map(({ externalId }) => externalId)).toHaveLength(1 + 4 + 4)
    const some = await importOf(all, { target, only: ['u-5'] }).rollback()
    expect(some.counts).toMatchObject({
      organization: { removed: 0 },
      person: { removed: 1 },
      membership: { removed: 1 },
    })
  })

  it('sends again what has changed, where that was asked for, and verify sees it before', async () => {
    const updated: string[] = []
    const target = memoryTarget({
      update: async (items) => items.map(({ id }): Updated => (updated.push(id), { outcome: 'updated' })),
      check: async (items) =>
        items.map(({ id }) => (id === 'u-2' ? { outcome: 'differs', fields: ['email'] } : { outcome: 'same' })),
    })
    await importOf({ people: somePeople(3) }, { target }).run()
    const people = [{ ...somePeople(1)[0]!, name: 'New' }, ...somePeople(3).slice(1)]
    const one = importOf({ people }, { target, update: true })
    expect((await one.verify()).counts.person).toMatchObject({ drifted: 1, same: 1, differs: 1 })
    expect((await importOf({ people }, { target }).run()).counts.person).toMatchObject({ unchanged: 3 })
    expect((await one.plan()).counts.person).toMatchObject({ updated: 1, unchanged: 2 })
    expect((await one.run()).counts.person).toMatchObject({ updated: 1, unchanged: 2 })
    expect(updated).toEqual(['u-0'])
    expect((await one.run()).counts.person).toMatchObject({ updated: 0, unchanged: 3 })
    expect((await importOf({ people: people.slice(1) }, { target }).verify()).counts.person).toMatchObject({
      orphaned: 1,
    })
  })

  it('tries again what has failed, where that was asked for or the row was mended', async () => {
    let takes = false
    const target = memoryTarget()
    const picky = {
      ...target,
      create: async (...args: Parameters<typeof target.create>) =>
        takes
          ? target.create(...args)
          : args[0].map(() => ({ outcome: 'rejected', code: 'Ann@example.com is no good' }) as const),
    }
    const people = [ann, { id: 'b', email: 'nonsense' }]
    const report: ReportRow[] = []
    expect(
      (await importOf({ people }, { target: picky, report: (row) => void report.push(row) }).run()).counts.person
        .failed,
    ).toBe(2)
    // Words of a target are not repeated: they may hold an address.
    expect(report.map(({ code }) => String(code)).toSorted()).toEqual(['code_invalid', 'invalid_email'])
    takes = true
    expect((await importOf({ people }, { target: picky }).run()).counts.person).toMatchObject({ failed: 2 })
    const mended = [ann, { id: 'b', email: 'bob@example.com' }]
    expect((await importOf({ people: mended }, { target: picky }).run()).counts.person).toMatchObject({
      failed: 1,
      created: 1,
    })
    expect(
      (await importOf({ people: mended }, { target: picky, retryFailed: true }).run()).counts.person,
    ).toMatchObject({
      created: 1,
      unchanged: 1,
    })
  })

  it('keeps what somebody uses by now, and says so', async () => {
    const target = memoryTarget({
      remove: async (removals) => removals.map(() => ({ outcome: 'blocked', code: 'in_use' })),
    })
    await importOf({ people: [ann] }, { target }).run()
    const one = importOf({ people: [ann] }, { target })
    expect((await one.rollback()).counts.person).toEqual({ removed: 0, kept: 0, blocked: 1 })
    expect(await rows('select state, code from dualauth.import_item')).toEqual([
      { state: 'rollback_blocked', code: 'in_use' },
    ])
    expect(await rows('select account_id from dualauth.identity_link')).toEqual([{ account_id: 'a' }])
    expect((await one.run()).counts.person).toMatchObject({ unchanged: 1 })
  })

  it('ends in good order where it is aborted, and gives back what it has not begun', async () => {
    const abort = new AbortController()
    const target = memoryTarget({}, async () => abort.abort())
    const { outcome, counts } = await importOf(
      { people: somePeople(20) },
      { target, signal: abort.signal, concurrency: 1 },
    ).run()
    expect(outcome).toBe('aborted')
    expect(counts.person.created).toBe(3)
    expect(await rows(`select state, count(*)::int as n from dualauth.import_item group by 1 order by 1`)).toEqual([
      { state: 'done', n: 3 },
      { state: 'pending', n: 17 },
    ])
    expect(await rows(`select status from dualauth.import_run`)).toEqual([{ status: 'aborted' }])
    const { counts: rest } = await importOf({ people: somePeople(20) }, { target }).run()
    expect(rest.person).toMatchObject({ created: 17, unchanged: 3 })
  })

  it('ends at once where the target takes nothing, and the next run need not wait', async () => {
    const refuses = memoryTarget({
      find: async () => {
        throw new TargetError('fatal', { code: 'unauthorized' })
      },
    })
    const people = somePeople(20)
    await expect(importOf({ people }, { target: refuses }).run()).rejects.toMatchObject({
      kind: 'fatal',
      code: 'unauthorized',
    })
    expect((await importOf({ people }, { target: memoryTarget() }).run()).counts.person).toMatchObject({
      created: 20,
      busy: 0,
    })
  })

  it('gives up where the target cannot be reached, and says which is to be tried again', async () => {
    const down = memoryTarget({
      find: async () => {
        throw new TargetError('retryable', { code: 'service_unavailable' })
      },
    })
    await expect(importOf({ people: somePeople(60) }, { target: down }).run()).rejects.toMatchObject({
      code: 'target_unavailable',
    })
  })

  it('is told what is wrong with its options, by name', () => {
    const target = memoryTarget()
    const source = listSource({ people: [] })
    const bad = (options: object) => () => createImport({ query, source, target, ...options })
    expect(bad({ rps: 0 })).toThrowError(/createImport\.rps/)
    expect(bad({ concurrency: 0.5 })).toThrowError(/createImport\.concurrency/)
    expect(bad({ target: {} })).toThrowError(/createImport\.target/)
    expect(bad({ conccurency: 4 })).toThrowError(/conccurency/)
  })

  it('keeps neither addresses nor hashes in its tables', async () => {
    const target = memoryTarget()
    await importOf(
      {
        people: [
          { ...ann, passwordHash: BCRYPT, name: 'Ann Other' },
          { id: 'b', email: 'nonsense@' },
        ],
      },
      { target },
    ).run()
    const kept = JSON.stringify(
      await rows(`select i::text from dualauth.import_item i union all select r::text from dualauth.import_run r
        union all select a::text from dualauth.audit a union all select c::text from dualauth.conflict c`),
    )
    expect(kept).toContain('import')
    expect(kept).not.toMatch(/ann@|nonsense|Other|aaaaaaaa/i)
  })
})
