import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { afterAll, describe, expect, it } from 'vitest'
import { makeCalls } from '../src/calls.js'
import { start } from '../src/start.js'

/** People sign in with real hashes of passwords, and each policy is seen at the next look. */
const SLOW_MS = 60_000

async function rehearse(databaseUrl: string | undefined): Promise<void> {
  const running = await start(databaseUrl)
  try {
    const calls = await makeCalls(running)
    expect(calls.length).toBeGreaterThan(30)
    for (const { shows, expected, seen } of calls) expect(`${shows}: ${seen}`).toBe(`${shows}: ${expected}`)
  } finally {
    await running.close()
  }
}

describe('one tenant moves, and goes back', () => {
  it('leaves the other tenant as it was, on PGlite', () => rehearse(undefined), SLOW_MS)
})

describeWith('PostgreSQL', 'one tenant moves, and goes back, on PostgreSQL', () => {
  let server: PostgresServer
  afterAll(() => server.close())
  it(
    'leaves the other tenant as it was',
    async () => {
      server = await startPostgres()
      await rehearse(server.url)
    },
    SLOW_MS,
  )
})
