import { openDatabase } from '@dualauth/postgres'
import { beforeEach, expect, it } from 'vitest'
import { createImport } from '../../src/index.js'
import { describePostgres } from '../support/database.js'
import { lifeOf } from '../support/life.js'
import { listSource, somePeople } from '../support/list-source.js'
import { TABLE, tableTarget } from '../support/table-target.js'

const clock = { now: () => 0, sleep: async () => {} }
const link = { verifier: 'table', issuer: 'urn:table' }

describePostgres('a target in the database of the ledger', ({ query, rows, pool, url }) => {
  const source = listSource({ people: somePeople(20) })
  const importOf = (target = tableTarget(query, pool)) =>
    createImport({ query, source, target, link, clock, batchSize: 10 })
  beforeEach(async () => {
    await query(TABLE, [])
    await query('truncate app_people', [])
  })

  it('has nobody of whom the ledger does not know, wherever a process is killed', async () => {
    for (let ends = 1; ends <= 40; ends += 3) {
      const life = lifeOf(ends)
      const target = tableTarget(query, pool, () => life.step())
      await createImport({
        query: life.query(query),
        source,
        target,
        link,
        clock,
        batchSize: 10,
        concurrency: 2,
      })
        .run()
        .catch((error: unknown) => {
          if (!life.isOver) throw error
        })
      // Not after another run, but at once: they are written together.
      expect(
        await rows(`select coalesce(p.id, i.source_id) as id from app_people p
          full join (select * from dualauth.import_item where state = 'done') i on i.source_id = p.id
          full join dualauth.identity_link l on l.account_id = p.id
          where p.id is null or i.source_id is null or l.account_id is null`),
      ).toEqual([])
      await query(
        `update dualauth.import_item set lease_until = now() - interval '1 second' where lease_until is not null`,
        [],
      )
    }
    await importOf().run()
    expect(await rows('select count(*)::int as n from app_people')).toEqual([{ n: 20 }])
    expect((await importOf().verify()).counts.person).toMatchObject({ read: 20, same: 20 })
  })

  it('is as it was before after a rollback, but for what somebody has changed, which is reported', async () => {
    await query(
      `insert into app_people (id, email) values ('u-0', 'was@there.example'), ('somebody', 's@example.com')`,
      [],
    )
    const before = await rows('select * from app_people order by id')
    await importOf().run()
    await query(`update app_people set name = 'Changed', revision = 2 where id = 'u-5'`, [])
    const { counts } = await importOf().rollback()
    expect(counts.person).toEqual({ removed: 18, kept: 1, blocked: 1 })
    const after = await rows(`select * from app_people where id <> 'u-5' order by id`)
    expect(after).toEqual(before)
    expect(await rows(`select source_id, code from dualauth.import_item where state = 'rollback_blocked'`)).toEqual([
      { source_id: 'u-5', code: 'changed' },
    ])
    expect(await rows('select account_id from dualauth.identity_link')).toEqual([{ account_id: 'u-5' }])
  })

  it('is planned by a role that may only read, and the counts are those of the run', async () => {
    await query(`insert into app_people (id, email) values ('u-3', 'u3@example.com')`, [])
    await importOf().run()
    await query(`delete from dualauth.import_item where source_id in ('u-7', 'u-8')`, [])
    await query(`delete from app_people where id = 'u-7'`, [])
    await query(`delete from dualauth.identity_link where account_id in ('u-7', 'u-8')`, [])
    await query(`do $$ begin create role reader login; exception when duplicate_object then null; end $$`, [])
    await query('grant usage on schema dualauth to reader', [])
    await query('grant select on all tables in schema dualauth, public to reader', [])
    const reader = await openDatabase(url().replace('tests@', 'reader@'))
    try {
      await expect(reader.query(`delete from app_people`, [])).rejects.toThrow(/permission denied/)
      const target = tableTarget(reader.query, () => reader.pool as never)
      const planned = await createImport({ query: reader.query, source, target, link }).plan()
      expect(planned.counts.person).toMatchObject({ created: 1, adopted: 1, unchanged: 18 })
      expect((await importOf().run()).counts).toEqual(planned.counts)
    } finally {
      await reader.close()
    }
  })
})
