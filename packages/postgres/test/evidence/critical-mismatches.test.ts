import { createAudit, type AuthEvent } from '@dualauth/core'
import { beforeEach, expect, it } from 'vitest'
import { installSchema, postgresAudit, postgresEvidence, readCriticalMismatches } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { DAY, heartbeat, HOUR } from '../support/sightings.js'

const NOW = Date.parse('2026-06-20T15:00:00Z')

describeDatabases('readCriticalMismatches', ({ query, run }) => {
  beforeEach(async () => {
    await installSchema(query)
    await run('truncate dualauth.audit, dualauth.heartbeat')
  })

  /** What an instance tells the audit at a moment. */
  async function tell(at: number, ...events: readonly object[]): Promise<void> {
    const audit = createAudit({ sinks: [postgresAudit(query)], now: () => at })
    for (const event of events) audit.onEvent({ at, ...event } as AuthEvent)
    await audit.close()
  }
  const adopted = { type: 'policy_adopted', migration: 'default', version: 1, stage: 'shadow' }
  const mismatch = (one: string, more: object = {}) => ({
    type: 'shadow_mismatch',
    migration: 'default',
    comparison: 'paired',
    class: one,
    critical: one !== 'privilege_loss',
    principalId: 'ada',
    permissions: [],
    ...more,
  })
  const read = () => readCriticalMismatches(query, { from: NOW - DAY })

  it('says that nobody can say while no instance of the migration writes to the audit', async () => {
    expect(await read()).toBeNull()
    await tell(NOW, { ...adopted, migration: 'other' }, mismatch('different_user', { migration: 'other' }))
    expect(await read()).toBeNull()
  })

  it('says that there was none where instances write to it', async () => {
    await tell(NOW - HOUR, adopted)
    expect(await read()).toEqual({ times: {}, lastAt: null })
    await tell(NOW, mismatch('privilege_loss'))
    expect(await read()).toEqual({ times: {}, lastAt: null })
  })

  /** An instance that has run since then, and knows this version. */
  const runs = (instance: string, since: number, version = 1) =>
    postgresEvidence(query).write([], heartbeat(NOW, { instance, firstAt: since, version }))

  it('says that nobody can say where the records are older than every instance that runs', async () => {
    await tell(NOW - 30 * DAY, adopted)
    expect(await read()).toBeNull()
    await runs('one', NOW - 20 * DAY)
    expect(await read()).toBeNull()
    await runs('older', NOW - 30 * DAY + 60_000)
    await tell(NOW - 20 * DAY, adopted)
    expect(await read()).toEqual({ times: {}, lastAt: null })
  })

  it('says that nobody can say where only some of the instances write to it', async () => {
    await tell(NOW - 2 * DAY, adopted)
    await runs('one', NOW - 2 * DAY)
    expect(await read()).toEqual({ times: {}, lastAt: null })
    await runs('two', NOW - 2 * DAY)
    expect(await read()).toBeNull()
    await tell(NOW - 2 * DAY, adopted)
    expect(await read()).toEqual({ times: {}, lastAt: null })
    await tell(NOW - HOUR, { ...adopted, version: 2 })
    await runs('one', NOW - 2 * DAY, 2)
    await runs('two', NOW - 2 * DAY, 2)
    expect(await read()).toBeNull()
  })

  it('counts what was found, even where not every instance writes to it', async () => {
    await runs('one', NOW - 2 * DAY)
    await tell(NOW - HOUR, mismatch('different_user'))
    expect(await read()).toEqual({ times: { different_user: 1 }, lastAt: NOW - HOUR })
  })

  it('counts those of the window by their class, as often as each was seen', async () => {
    await tell(NOW - 2 * DAY, adopted, mismatch('only_new_accepts'))
    await tell(NOW - HOUR, ...Array.from({ length: 5 }, () => mismatch('different_user')), mismatch('privilege_gain'))
    await tell(NOW, mismatch('different_user', { comparison: 'directory' }))
    const found = await read()
    expect(found).toEqual({ times: { different_user: 6, privilege_gain: 1 }, lastAt: NOW })
    expect(JSON.stringify(found)).not.toContain('ada')
  })

  it('refuses a wrong option by its name', async () => {
    await expect(readCriticalMismatches(query, { from: Number.NaN })).rejects.toThrow('readCriticalMismatches.from')
  })
})
