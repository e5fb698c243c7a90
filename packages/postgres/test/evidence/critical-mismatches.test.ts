import { createAudit, type AuthEvent } from '@dualauth/core'
import { beforeEach, expect, it } from 'vitest'
import { installSchema, postgresAudit, readCriticalMismatches } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { DAY, HOUR } from '../support/sightings.js'

const NOW = Date.parse('2026-06-20T15:00:00Z')

describeDatabases('readCriticalMismatches', ({ query, run }) => {
  beforeEach(async () => {
    await installSchema(query)
    await run('truncate dualauth.audit')
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
    await tell(NOW - 30 * DAY, adopted)
    expect(await read()).toEqual({ times: {}, lastAt: null })
    await tell(NOW, mismatch('privilege_loss'))
    expect(await read()).toEqual({ times: {}, lastAt: null })
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
