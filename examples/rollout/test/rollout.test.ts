import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { afterAll, expect, it } from 'vitest'
import { makeCalls, type Played } from '../src/show/calls.js'
import { start } from '../src/show/start.js'

/** People sign in with real hashes of passwords, and an alert fires and clears. */
const SLOW_MS = 180_000

async function rehearse(databaseUrl: string | undefined): Promise<void> {
  const running = await start({ databaseUrl })
  try {
    const { calls, tables, isWatched } = await makeCalls(running)
    for (const { shows, expected, seen } of calls) expect(`${shows}: ${seen}`).toBe(`${shows}: ${expected}`)
    expect(calls.length).toBe(isWatched ? 47 : 42)
    expect(namesOf(tables, 'Of Prometheus')).toEqual(isWatched ? SIX : [])
    expect(namesOf(tables, 'Audit, by auth_audit_log')).toEqual(expect.arrayContaining(EVENTS))
    expect(namesOf(tables, 'For which side sign-ins were decided, by /metrics')).toContain(
      'migration="default",arm="new",reason="included"',
    )
    expect(namesOf(tables, 'Retire')).toContain('old_accepted')
  } finally {
    await running.close()
  }
}

const SIX = [
  'better_auth_attempts_total',
  'better_auth_success_total',
  'better_auth_failures_total',
  'better_auth_token_validations_total',
  'better_auth_token_cache_hits_total',
  'better_auth_active_sessions',
]
const EVENTS = ['import.ended', 'policy.adopted', 'policy.changed', 'requests.refused']

function namesOf(tables: Played['tables'], wanted: string): readonly string[] {
  return tables.find(({ title }) => title === wanted)?.rows.map(([name = '']) => name) ?? []
}

describeWith('Prometheus', 'a rollout, forward and back', () => {
  it('logs nobody out on PGlite, and Prometheus counts all of it', () => rehearse(undefined), SLOW_MS)
})

describeWith('PostgreSQL', 'a rollout, forward and back, on PostgreSQL', () => {
  let server: PostgresServer
  afterAll(() => server.close())
  it(
    'logs nobody out',
    async () => {
      server = await startPostgres()
      await rehearse(server.url)
    },
    SLOW_MS,
  )
})
