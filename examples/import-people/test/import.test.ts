import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeCalls } from '../src/calls.js'
import { start, type Running } from '../src/start.js'

/** `npm run import` takes more of both. */
const PEOPLE = 200
const EACH = 2

describeWith('PostgreSQL', 'people move into Better Auth, and back', () => {
  let server: PostgresServer
  let running: Running
  beforeAll(async () => {
    server = await startPostgres()
    running = await start({ databaseUrl: server.url, people: PEOPLE, each: EACH })
  })
  afterAll(async () => {
    await running?.close()
    await server?.close()
  })

  it('with their old passwords, once each, and nothing else is touched', async () => {
    const calls = await makeCalls(running)
    expect(calls.length).toBeGreaterThan(25)
    for (const { shows, expected, seen } of calls) expect(`${shows}: ${seen}`).toBe(`${shows}: ${expected}`)
  }, 60_000)
})
