import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { afterAll, describe, expect, it } from 'vitest'
import { makeCalls } from '../src/calls.js'
import { start } from '../src/start.js'

/** People sign in with real hashes of passwords, and the policy is seen at the next look. */
const SLOW_MS = 60_000

async function rehearse(databaseUrl: string | undefined): Promise<void> {
  const running = await start(databaseUrl)
  try {
    const calls = await makeCalls(running)
    expect(calls.length).toBeGreaterThan(10)
    for (const { shows, expected, seen } of calls) expect(`${shows}: ${seen}`).toBe(`${shows}: ${expected}`)
  } finally {
    await running.close()
  }
}

describe('a rollout, forward and back', () => {
  it('logs nobody out on PGlite', () => rehearse(undefined), SLOW_MS)
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
