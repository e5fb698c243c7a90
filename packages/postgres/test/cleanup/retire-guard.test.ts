import { retireReport } from '@dualauth/core'
import * as fc from 'fast-check'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { retireGuard } from '../../src/cleanup/retire-guard.js'
import { installSchema, policies, postgresEvidence, readRetireFacts } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { DAY, heartbeat, HOUR, sighting } from '../support/sightings.js'

const MINUTE = 60_000
const GUARD = { migration: 'default', windowDays: 3, toleranceMs: 20 * MINUTE, stopped: [], ignoreUnverified: false }

describeDatabases('the guard of the clean-up', ({ query, run }) => {
  const evidence = postgresEvidence(query)
  beforeAll(() => installSchema(query))
  beforeEach(() =>
    run(
      'truncate dualauth.policy, dualauth.evidence, dualauth.evidence_day, dualauth.heartbeat, dualauth.conflict, dualauth.audit',
    ),
  )

  const stage = async (document: Parameters<ReturnType<typeof policies>['write']>[0]['document']) => {
    const by = { actor: 'tests', reason: 'because', expectedVersion: 0, force: true }
    expect(await policies(query).write({ document, ...by })).toMatchObject({ ok: true })
  }
  const passes = async (options: Partial<Parameters<typeof retireGuard>[0]> = {}): Promise<boolean> => {
    try {
      await run(retireGuard({ ...GUARD, ...options }))
      return true
    } catch (error) {
      expect((error as Error).message).toMatch(/^dualauth: /)
      return false
    }
  }
  /** Somebody on the new side, and an instance that watched for all the window. */
  const watched = (instance = 'one') => {
    const now = Date.now()
    return evidence.write(
      [sighting('ada', now - HOUR, { side: 'new' })],
      heartbeat(now, { instance, firstAt: now - 5 * DAY }),
    )
  }

  it('lets through what nobody uses, and nothing else', async () => {
    expect(await passes()).toBe(false)
    await stage({ stage: 'retired' })
    expect(await passes()).toBe(false)
    await watched()
    expect(await passes()).toBe(true)
    await evidence.write(
      [sighting('bob', Date.now() - 2 * DAY)],
      heartbeat(Date.now(), { firstAt: Date.now() - 5 * DAY }),
    )
    await expect(run(retireGuard(GUARD))).rejects.toThrow('dualauth: 1 people were accepted on the old side')
    expect(await passes({ windowDays: 1 })).toBe(true)
  })

  it.each([{ stage: 'new-only' }, { stage: 'retired', organizations: { acme: { stage: 'new-only' } } }] as const)(
    'refuses at the policy %j',
    async (document) => {
      await stage(document)
      await watched()
      await expect(run(retireGuard(GUARD))).rejects.toThrow('dualauth: the stage is not retired for everybody')
    },
  )

  it('refuses while an instance does not know that everybody is retired', async () => {
    await stage({ stage: 'retired' })
    await watched()
    await run(`insert into dualauth.policy (migration, version, document, actor, reason)
      values ('default', 2, '{"stage": "retired", "unknown": 1}', 'somebody', 'by hand')`)
    await expect(run(retireGuard(GUARD))).rejects.toThrow('dualauth: 1 instances do not know the newest policy')
  })

  it('refuses while an identity waits for a decision', async () => {
    await stage({ stage: 'retired' })
    await watched()
    await run(`insert into dualauth.conflict (verifier, issuer, subject, account_id, kind)
      values ('better-auth', '', 's', 'u', 'subject_taken')`)
    await expect(run(retireGuard(GUARD))).rejects.toThrow('dualauth: 1 conflicts')
  })

  it('refuses while the comparison found something critical within the window, as the report does', async () => {
    await stage({ stage: 'retired' })
    await watched()
    const found = (daysAgo: number, count: string, migration = 'default') =>
      run(`insert into dualauth.audit (at, actor, event, data) values (now() - interval '${daysAgo} days', 'a', 'shadow.critical',
        '{"migration": "${migration}", "class": "different_user", "count": ${count}}')`)
    const report = async () =>
      retireReport(await readRetireFacts(query, { windowDays: 3 }), { toleranceMs: GUARD.toleranceMs })
    await found(4, '1')
    await found(1, '1', 'other')
    expect([await passes(), (await report()).verdict]).toEqual([true, 'safe'])
    await found(1, '2')
    // By another hand: it counts once.
    await found(2, '"many"')
    await expect(run(retireGuard(GUARD))).rejects.toThrow('dualauth: 3 critical differences')
    expect(await report()).toMatchObject({ verdict: 'not_safe', criticalMismatches: { times: { different_user: 3 } } })
  })

  it('says the same as the report, whatever was seen', async () => {
    const at = fc.integer({ min: 1, max: 5 * 24 * 2 }).map((halfHours) => halfHours * 30 * MINUTE)
    const seen = fc.record({
      user: fc.constantFrom('ada', 'bob', null),
      side: fc.constantFrom('old', 'new', 'new'),
      outcome: fc.constantFrom('accepted', 'refused'),
      at,
    } as const)
    const beat = fc.record({
      at: fc.oneof(fc.constant(1), at),
      lasted: at,
      instance: fc.constantFrom('one', 'two'),
      lost: fc.constantFrom(0, 0, 0, 0, 0, 0, 1),
      ended: fc.constantFrom(true, true, false),
      skew: fc.constantFrom(0, 0, 0, 0, 0, 0, HOUR),
      isMidnight: fc.constantFrom(false, false, true),
    })
    let [safe, runs] = [0, 0]
    await fc.assert(
      fc.asyncProperty(
        fc.array(seen, { maxLength: 3 }),
        fc.array(beat, { maxLength: 4 }),
        fc.constantFrom([], ['two'], 'all' as const, 'all' as const),
        fc.boolean(),
        fc.constantFrom(true, true, false),
        async (sightings, beats, stopped, ignoreUnverified, isWatched) => {
          await run('truncate dualauth.policy, dualauth.evidence, dualauth.evidence_day, dualauth.heartbeat')
          await stage({ stage: 'retired' })
          if (isWatched) await watched('always')
          const now = Date.now()
          await evidence.write(
            sightings.map(({ user, at: ago, ...more }) => sighting(user, now - ago, more)),
            heartbeat(now - 6 * DAY, { instance: 'ancient', ended: true }),
          )
          for (const { at: ago, lasted, skew, isMidnight, ...more } of beats) {
            const lastAt = now - ago
            const day = Math.floor(lastAt / DAY) * DAY
            const firstAt = isMidnight ? day : lastAt - lasted
            await evidence.write([], heartbeat(lastAt, { ...more, firstAt, writtenAt: Date.now() - skew }))
          }
          runs++
          const report = retireReport(await readRetireFacts(query, { windowDays: 3 }), {
            toleranceMs: GUARD.toleranceMs,
            stopped,
            ignoreUnverified,
          })
          if (report.verdict === 'safe') safe++
          expect(await passes({ stopped, ignoreUnverified })).toBe(report.verdict === 'safe')
        },
      ),
      { numRuns: 60 },
    )
    expect([safe > runs / 20, safe < (runs * 19) / 20]).toEqual([true, true])
  })
})
