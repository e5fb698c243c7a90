import type { Sighting } from '@dualauth/core'
import { beforeEach, expect, it } from 'vitest'
import { installSchema, postgresEvidence } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { DAY, heartbeat, HOUR, sighting } from '../support/sightings.js'

describeDatabases('the views of a migration', ({ query, run }) => {
  const evidence = postgresEvidence(query)
  const rows = (sql: string) => query(sql, [])
  // Noon, so that hours around it are on the same day.
  const today = Math.floor(Date.now() / DAY) * DAY - 12 * HOUR
  const seen = (user: string, daysAgo: number, more: Partial<Sighting> = {}) =>
    sighting(user, today - daysAgo * DAY, more)
  const dayText = (daysAgo: number) => new Date(today - daysAgo * DAY).toISOString().slice(0, 10)
  const fresh = { side: 'new', client: 'browser' } as const

  beforeEach(async () => {
    await installSchema(query)
    await run('truncate dualauth.evidence, dualauth.evidence_day, dualauth.heartbeat')
  })

  const progress = 'people::text, pending::text, dual::text, migrated::text, completed_percent::text as percent'

  it('divide by nothing where nobody was seen', async () => {
    for (const view of [
      'member_migration',
      'user_migration',
      'organization_progress',
      'migration_progress',
      'daily_progress',
    ])
      expect(await rows(`select * from dualauth.${view}`)).toEqual([])
    await evidence.write([sighting(null, today, { outcome: 'refused' })], heartbeat(today))
    expect(await rows('select * from dualauth.daily_progress')).toEqual([])
    expect(
      await rows(
        `select round(100.0 * sum(migrated) / nullif(sum(people), 0), 2)::text as percent from dualauth.organization_progress`,
      ),
    ).toEqual([{ percent: null }])
  })

  it('say of each person where they stand, in the words of migration_status', async () => {
    await evidence.write(
      [
        seen('pending', 3),
        seen('migrated', 9),
        seen('migrated', 5, fresh),
        seen('dual', 5, fresh),
        seen('dual', 2),
        // Refused on the old side, and trying it still.
        seen('trying', 5, fresh),
        seen('trying', 1, { outcome: 'refused' }),
        seen('long-ago', 60, fresh),
        seen('long-ago', 50),
        seen('newcomer', 1, fresh),
        // Not accepted on the new side is not migrated.
        seen('too-early', 1, { ...fresh, outcome: 'refused' }),
      ],
      heartbeat(today),
    )
    const found = await rows(
      `select user_id, migration_status, auth_method, last_auth_method, migration_completed_at is not null as completed
       from dualauth.user_migration order by user_id`,
    )
    expect(found.map((row) => Object.values(row))).toEqual([
      ['dual', 'dual', 'dual', 'legacy', true],
      ['long-ago', 'migrated', 'legacy', 'legacy', true],
      ['migrated', 'migrated', 'better-auth', 'better-auth', true],
      ['newcomer', 'migrated', 'better-auth', 'better-auth', true],
      ['pending', 'pending', 'legacy', 'legacy', false],
      ['too-early', 'pending', 'better-auth', 'better-auth', false],
      ['trying', 'dual', 'dual', 'better-auth', true],
    ])
    expect(await rows(`select ${progress} from dualauth.migration_progress`)).toEqual([
      { people: '7', pending: '2', dual: '2', migrated: '3', percent: '71.43' },
    ])
  })

  it('take the first accepted sign-in on the new side for the end of the move, also when days are deleted', async () => {
    await evidence.write([seen('ada', 4, fresh), seen('ada', 2, fresh)], heartbeat(today))
    await evidence.write([seen('ada', 3, fresh), seen('ada', 6, { ...fresh, outcome: 'refused' })], heartbeat(today))
    await evidence.forget({ before: dayText(1) })
    const expected = new Date(today - 4 * DAY).toISOString().slice(0, 19)
    expect(
      await rows(
        `select to_char(migration_completed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') as at from dualauth.user_migration`,
      ),
    ).toEqual([{ at: expected }])
    expect(
      await rows('select day::text, completed::text, people::text, new_percent from dualauth.daily_progress'),
    ).toEqual([{ day: dayText(4), completed: '1', people: '0', new_percent: null }])
  })

  it('count a person in each organization, and once in the migration', async () => {
    await evidence.write(
      [
        seen('ada', 5, { organization: 'acme' }),
        seen('ada', 2, { ...fresh, organization: 'globex' }),
        seen('bob', 1, { organization: 'acme' }),
        seen('cleo', 1, fresh),
      ],
      heartbeat(today),
    )
    const found = await rows(
      `select organization, ${progress} from dualauth.organization_progress order by organization nulls last`,
    )
    expect(found.map((row) => Object.values(row))).toEqual([
      ['acme', '2', '2', '0', '0', '0.00'],
      ['globex', '1', '0', '0', '1', '100.00'],
      [null, '1', '0', '0', '1', '100.00'],
    ])
    expect(await rows(`select ${progress} from dualauth.migration_progress`)).toEqual([
      { people: '3', pending: '1', dual: '0', migrated: '2', percent: '66.67' },
    ])
    expect(await rows(`select organization from dualauth.user_migration where user_id = 'ada'`)).toEqual([
      { organization: 'globex' },
    ])
  })

  it('say day by day who was where, and who has completed so far', async () => {
    await evidence.write(
      [
        ...['ada', 'bob', 'cleo'].map((user) => seen(user, 3)),
        seen('ada', 3, { client: 'browser' }),
        seen('ada', 2, fresh),
        seen('bob', 2),
        seen('bob', 1, fresh),
        seen('cleo', 1, { outcome: 'refused' }),
      ],
      heartbeat(today),
    )
    const found = await rows(
      `select day::text, people::text, old_people::text, new_people::text, refused_people::text, completed::text,
        completed_total::text, new_percent::text from dualauth.daily_progress order by day`,
    )
    expect(found.map((row) => Object.values(row))).toEqual([
      [dayText(3), '3', '3', '0', '0', '0', '0', '0.00'],
      [dayText(2), '2', '1', '1', '0', '1', '1', '50.00'],
      [dayText(1), '1', '0', '1', '1', '1', '2', '100.00'],
    ])
  })
})
