import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createImport, TargetError, type Created, type Import, type Target } from '../../src/index.js'
import { describePglite, type TestDatabase } from '../support/database.js'
import { lifeOf, type Life } from '../support/life.js'
import { listSource, somePeople } from '../support/list-source.js'
import { memoryTarget, type MemoryTarget } from '../support/memory-target.js'

const SOURCE = listSource({
  organizations: [{ id: 'o-1', name: 'One' }],
  people: somePeople(5),
  memberships: somePeople(2).map(({ id }) => ({ person: id, organization: 'o-1' })),
  groups: [{ id: 'g-1', name: 'All', members: ['u-1', 'u-2'] }],
})
const OBJECTS = 1 + 5 + 2 + 1

/** Time that stands still: pauses take none. */
const clock = { now: () => 0, sleep: async () => {} }

/** After so many calls of `create` an answer is lost, or the call never arrives. */
type Trouble = 'none' | 'answer lost' | 'never arrived' | 'some unknown' | 'too fast'

function troubled(target: Target, troubles: readonly Trouble[]): Target {
  let at = 0
  return {
    ...target,
    async create(items, call) {
      const trouble = troubles[at++] ?? 'none'
      if (trouble === 'never arrived') throw new TargetError('unknown_outcome', { code: 'socket_closed' })
      if (trouble === 'too fast')
        throw new TargetError('retryable', { code: 'rate_limited', retryAfterMs: 1000, slowDown: true })
      const answers = await target.create(items, call)
      if (trouble === 'answer lost') throw new TargetError('unknown_outcome', { code: 'bad_gateway' })
      if (trouble === 'some unknown') return answers.map((_answer): Created => ({ outcome: 'unknown' }))
      return answers
    },
  }
}

describePglite('an import that is killed', ({ query, rows }: TestDatabase) => {
  /** A process; its clock says that those before it are gone. */
  async function lived(life: Life, target: Target, work: (one: Import) => Promise<unknown>): Promise<boolean> {
    await query(
      `update dualauth.import_item set lease_until = now() - interval '1 second' where lease_until is not null`,
      [],
    )
    const one = createImport({
      query: life.query(query),
      source: SOURCE,
      target: life.target(target),
      link: { verifier: 'memory', issuer: 'urn:memory' },
      concurrency: 2,
      batchSize: 4,
      clock,
    })
    try {
      await work(one)
      return true
    } catch (error) {
      if (life.isOver) return false
      throw error
    }
  }

  async function emptied(): Promise<void> {
    await query(
      'truncate dualauth.import_item, dualauth.import_run, dualauth.import_target, dualauth.identity_link, dualauth.organization_map, dualauth.conflict',
      [],
    )
  }

  /** Everything that is kept, and when it was written. */
  const written = () =>
    rows(`select 'item' as what, source_id as id, kind, xmin::text from dualauth.import_item
      union all select 'link', subject, account_id, xmin::text from dualauth.identity_link
      union all select 'map', external_id, organization, xmin::text from dualauth.organization_map order by 1, 2, 3`)

  async function expectWhole(target: MemoryTarget): Promise<void> {
    const ids = [...target.objects.values()].map(({ kind, externalId }) => `${kind} ${externalId}`)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toHaveLength(OBJECTS)
    // Done and linked, or neither; and all of it was made by the import.
    expect(
      await rows(`select i.source_id from dualauth.import_item i
        left join dualauth.identity_link l on i.kind = 'person' and l.account_id = i.source_id and l.subject = i.target_id
        left join dualauth.organization_map m on i.kind = 'organization' and m.external_id = i.target_id
        where i.state <> 'done' or i.created is not true or i.worker is not null
          or (i.kind = 'person' and l.subject is null) or (i.kind = 'organization' and m.external_id is null)`),
    ).toEqual([])
    expect(await rows('select count(*)::int as n from dualauth.identity_link')).toEqual([{ n: 5 }])
  }

  it('loses nobody, makes nobody twice, and links whoever is done, wherever it is killed', async () => {
    const trouble = fc.constantFrom<Trouble>('none', 'none', 'answer lost', 'never arrived', 'some unknown', 'too fast')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 110 }), { maxLength: 5 }),
        fc.array(trouble, { maxLength: 6 }),
        async (deaths, troubles) => {
          await emptied()
          let life = lifeOf(Infinity)
          const target = memoryTarget({}, () => life.step())
          const hard = troubled(target, troubles)
          for (const ends of deaths) {
            life = lifeOf(ends)
            await lived(life, hard, (one) => one.run())
          }
          life = lifeOf(Infinity)
          expect(await lived(life, hard, (one) => one.run())).toBe(true)
          await expectWhole(target)

          const before = await written()
          target.calls.length = 0
          await lived(lifeOf(Infinity), hard, (one) => one.run())
          expect(target.calls).toEqual([])
          expect(await written()).toEqual(before)
        },
      ),
      { numRuns: 8 },
    )
  }, 120_000)

  it('is killed at any single step', async () => {
    let life = lifeOf(Infinity)
    const first = memoryTarget({}, () => life.step())
    await lived(life, first, (one) => one.run())
    const { steps } = life
    expect(steps).toBeGreaterThan(60)
    // Another quarter of them in each run: all take a minute.
    for (let ends = 1 + Math.floor(Math.random() * 4); ends <= steps; ends += 4) {
      await emptied()
      life = lifeOf(ends)
      const target = memoryTarget({}, () => life.step())
      await lived(life, target, (one) => one.run())
      life = lifeOf(Infinity)
      await lived(life, target, (one) => one.run())
      await expectWhole(target)
    }
  }, 120_000)

  it('takes everything back, wherever the rollback is killed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 4 }), async (deaths) => {
        await emptied()
        let life = lifeOf(Infinity)
        const target = memoryTarget({}, () => life.step())
        await lived(life, target, (one) => one.run())
        for (const ends of deaths) {
          life = lifeOf(ends)
          await lived(life, target, (one) => one.rollback())
        }
        life = lifeOf(Infinity)
        expect(await lived(life, target, (one) => one.rollback())).toBe(true)
        expect(target.objects.size).toBe(0)
        expect(
          await rows('select 1 from dualauth.identity_link union all select 1 from dualauth.organization_map'),
        ).toEqual([])
        expect(await rows('select distinct state from dualauth.import_item')).toEqual([{ state: 'rolled_back' }])
      }),
      { numRuns: 5 },
    )
  }, 120_000)
})
