import { memoryEvidence, retireFactsOf, retireReport, type RetireFacts } from '@dualauth/core'
import * as fc from 'fast-check'
import { beforeEach, expect, it, vi } from 'vitest'
import { installSchema, policies, postgresEvidence, readRetireFacts } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { DAY, heartbeat, HOUR, sighting } from '../support/sightings.js'

const NOW = Date.parse('2026-06-20T15:00:00.123Z')

describeDatabases('readRetireFacts', ({ query, run }) => {
  const evidence = postgresEvidence(query)
  beforeEach(async () => {
    await installSchema(query)
    await run(
      'truncate dualauth.policy, dualauth.evidence, dualauth.evidence_day, dualauth.heartbeat, dualauth.conflict',
    )
  })

  const sorted = ({ uses, oldDays, heartbeats, ...rest }: RetireFacts) => {
    const byText = (list: readonly object[]) =>
      list
        .map((entry) => JSON.stringify(Object.entries(entry).toSorted(([one], [other]) => (one < other ? -1 : 1))))
        .toSorted()
    // Only a database has a clock of its own.
    const beats = heartbeats.map((beat) => ({ ...beat, writtenAt: 0, skewMs: 0 }))
    return { ...rest, uses: byText(uses), oldDays: byText(oldDays), heartbeats: byText(beats) }
  }

  it('reads the same facts that evidence in memory has', async () => {
    const at = fc.integer({ min: 0, max: 20 * 24 }).map((hours) => NOW - hours * HOUR)
    const seen = fc
      .record({
        user: fc.constantFrom('ada', 'bob', 'cleo', null),
        side: fc.constantFrom('old', 'new'),
        outcome: fc.constantFrom('accepted', 'refused'),
        organization: fc.constantFrom(null, 'acme', 'globex'),
        client: fc.constantFrom('browser', 'key'),
        migration: fc.constantFrom('default', 'default', 'other'),
        expiresAt: fc.option(fc.integer({ min: -5, max: 40 }).map((days) => NOW + days * DAY)),
        at,
      } as const)
      .map(({ user, at: when, ...more }) => sighting(user, when, more))
    const beat = fc
      .record({
        at,
        instance: fc.constantFrom('one', 'two'),
        lost: fc.nat(3),
        ended: fc.boolean(),
        version: fc.option(fc.integer({ min: 1, max: 9 })),
      })
      .map(({ at: when, ...more }) => heartbeat(when, more))
    await fc.assert(
      fc.asyncProperty(
        fc.array(seen, { maxLength: 25 }),
        fc.array(beat, { minLength: 1, maxLength: 6 }),
        async (sightings, beats) => {
          await run('truncate dualauth.evidence, dualauth.evidence_day, dualauth.heartbeat')
          const memory = memoryEvidence()
          // A later heartbeat never knows an older policy.
          for (const one of beats.toSorted((a, b) => (a.version ?? 0) - (b.version ?? 0)))
            for (const store of [evidence, memory]) await store.write(one === beats[0] ? sightings : [], one)
          const expected = retireFactsOf(memory, { now: NOW, policy: null, conflicts: {} })
          expect(sorted(await readRetireFacts(query, { now: NOW }))).toEqual(sorted(expected))
        },
      ),
      { numRuns: 15 },
    )
  })

  it('takes nothing for proof that comes from an instance whose clock is far behind, or ahead', async () => {
    const on = (days: number) => NOW - days * DAY
    await evidence.write([sighting('ada', NOW, { side: 'new' })], heartbeat(NOW, { firstAt: on(30) }))
    expect(retireReport(await readRetireFacts(query, { now: NOW })).verdict).toBe('safe')
    // Somebody comes the old way now, and is written as of long ago.
    const behind = heartbeat(on(90), { instance: 'two', writtenAt: Date.now() - 90 * DAY })
    await evidence.write([sighting('bob', on(90))], behind)
    await evidence.write([], heartbeat(NOW + DAY, { instance: 'three', writtenAt: Date.now() + DAY }))
    const report = retireReport(await readRetireFacts(query, { now: NOW }))
    expect(report).toMatchObject({ verdict: 'not_enough_evidence', skewed: ['two', 'three'] })
  })

  it('does not prove by what is written while it reads that nobody came', async () => {
    await evidence.write(
      [sighting('ada', NOW, { side: 'new' })],
      heartbeat(NOW - 3 * HOUR, { firstAt: NOW - 30 * DAY }),
    )
    // The database was away; after each statement, the instance may write what waited.
    const statements: string[] = []
    await readRetireFacts(async (sql, params) => (statements.push(sql), query(sql, params)), { now: NOW })
    for (const late of statements) {
      await run(`update dualauth.heartbeat set last_at = to_timestamp(${(NOW - 3 * HOUR) / 1000});
        delete from dualauth.evidence where side = 'old'`)
      const facts = await readRetireFacts(
        async (sql, params) => {
          const rows = await query(sql, params)
          if (sql === late) await evidence.write([sighting('bob', NOW - HOUR)], heartbeat(NOW))
          return rows
        },
        { now: NOW },
      )
      expect(retireReport(facts).verdict).not.toBe('safe')
    }
  })

  it('judges by the clock of the database, whatever the time is where somebody asks', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3 * DAY })
    try {
      const [row] = await query(`select extract(epoch from clock_timestamp())::text as seconds`, [])
      const { now } = await readRetireFacts(query)
      expect(Math.abs(now - 1000 * Number(row!['seconds']))).toBeLessThan(HOUR)
    } finally {
      vi.useRealTimers()
    }
  })

  it('reads days in whatever style the role has its dates written', async () => {
    await evidence.write([sighting('ada', NOW)], heartbeat(NOW))
    const style = (name: string) => query(`select set_config('datestyle', $1::text, false)`, [name])
    await style('German')
    const { oldDays, heartbeats } = await readRetireFacts(query, { now: NOW })
    await style('ISO')
    expect(oldDays).toEqual([{ day: '2026-06-20', people: 1 }])
    expect(heartbeats).toMatchObject([{ day: '2026-06-20' }])
  })

  it('brings the policy, and the open conflicts of the verifiers that were seen', async () => {
    await policies(query).write({ expectedVersion: 0, actor: 'grace', reason: 'test', document: { stage: 'dual' } })
    await evidence.write([sighting('ada', NOW)], heartbeat(NOW))
    // Another hand's mistake, which no instance takes.
    await run(
      `insert into dualauth.policy (migration, version, document, actor, reason) values ('default', 2, '{}', 'psql', 'typo')`,
    )
    await run(`insert into dualauth.conflict (kind, verifier, issuer, subject, resolved_at) values
      ('address_taken', 'legacy', 'i', 'a', null), ('address_taken', 'legacy', 'i', 'b', null),
      ('account_unknown', 'legacy', 'i', 'c', now()), ('address_taken', 'elsewhere', 'i', 'd', null)`)
    const facts = await readRetireFacts(query, { now: NOW })
    expect(facts).toMatchObject({ policy: { version: 1, stage: 'dual' }, conflicts: { address_taken: 2 } })
    expect(retireReport(facts)).toMatchObject({
      verdict: 'not_safe',
      organizations: [{ organization: null, accepted: 1 }],
    })
  })

  it('finds nothing where nothing was ever written, which is no proof', async () => {
    const facts = await readRetireFacts(query)
    expect(facts).toMatchObject({ windowDays: 14, uses: [], heartbeats: [], policy: null, conflicts: {} })
    expect(retireReport(facts).verdict).toBe('not_enough_evidence')
  })

  it('finds a day without heartbeats again as a gap after they were forgotten', async () => {
    await evidence.write([sighting('ada', NOW, { side: 'new' })], heartbeat(NOW, { firstAt: NOW - 30 * DAY }))
    expect(retireReport(await readRetireFacts(query, { now: NOW })).verdict).toBe('safe')
    await evidence.forget({ before: '2026-06-21' })
    expect(retireReport(await readRetireFacts(query, { now: NOW })).verdict).toBe('not_enough_evidence')
  })

  it.each([
    ['readRetireFacts.windowDays', { windowDays: 0 }],
    ['readRetireFacts.migration', { migration: '' }],
    ['readRetireFacts', { days: 14 }],
  ])('names a wrong option: %s', async (path, question) => {
    const error = await readRetireFacts(query, question as never).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'configuration_invalid' })
    expect((error as Error).message.startsWith(path)).toBe(true)
  })
})
