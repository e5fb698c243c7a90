import { createHash } from 'node:crypto'
import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCalls } from '../src/calls.js'
import { makeSignInCalls } from '../src/sign-in-calls.js'
import { start, type Running } from '../src/start.js'

function tests(databaseUrl: () => Promise<string | undefined>): void {
  let running: Running
  beforeAll(async () => void (running = await start(await databaseUrl())))
  afterAll(() => running.close())

  const read = async (path: string, headers: Record<string, string>): Promise<string> => {
    const app = path === '/me' ? running.authService : running.worker
    const response = await app.request(path, { headers })
    const { code, id } = (await response.json()) as { code?: string; id?: string }
    return `${response.status} ${code ?? id ?? ''}`.trim()
  }
  const makeKey = async (headers: Record<string, string>, body: object): Promise<string> => {
    const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } }
    const response = await running.authService.request('/apikeys', { ...init, body: JSON.stringify(body) })
    expect(response.status).toBe(201)
    return ((await response.json()) as { key: string }).key
  }

  it('answers each call as it must, from the old session to the revoked key', async () => {
    const calls = await makeCalls(running)
    expect(calls.length).toBeGreaterThan(15)
    for (const { shows, expected, seen } of calls) expect(`${shows}: ${seen}`).toBe(`${shows}: ${expected}`)
  })

  it('takes her from the old session to WorkOS and out again, and her phone along', async () => {
    const calls = await makeSignInCalls(running)
    expect(calls.length).toBeGreaterThan(12)
    for (const { shows, expected, seen } of calls) expect(`${shows}: ${seen}`).toBe(`${shows}: ${expected}`)
  })

  it('keeps a key in the table of the application as its hash, and writes its last use there', async () => {
    const { legacy } = await running.credentialsOf('ada')
    const key = await makeKey(legacy, { name: 'of a test', environment: 'test', expiresInDays: 30 })
    expect(key).toMatch(/^sk_test_/)
    expect(await read('/me', { 'x-api-key': key })).toBe('200 ada')
    const hash = createHash('sha256').update(key).digest('hex')
    const { rows } = await running.pool.query(
      `select user_id, name, prefix, last_used_at is not null as used, round(extract(epoch from expires_at - created_at) / 86400)::int as days
       from api_keys where key_hash = $1`,
      [hash],
    )
    expect(rows).toEqual([{ user_id: 'ada', name: 'of a test', prefix: key.slice(0, 12), used: true, days: 30 }])
  })

  it('takes a permission away at once, from whatever speaks for the person', async () => {
    const { legacy, session, workos } = await running.credentialsOf('ada')
    const doors = [legacy, session, workos, { 'x-api-key': await makeKey(session, { name: 'one' }) }]
    const things = () => Promise.all(doors.map((headers) => read('/things', headers)))
    expect(new Set(await things())).toEqual(new Set(['200']))
    await running.pool.query(`delete from permissions where user_id = 'ada' and resource = 'things'`)
    expect(new Set(await things())).toEqual(new Set(['403 permission_denied']))
  })

  it('refuses a person who is gone at every door, in both services', async () => {
    await running.pool.query(`insert into users (id, email) values ('eve', 'eve@example.com')`)
    const { legacy, workos } = await running.credentialsOf('eve')
    expect([await read('/me', legacy), await read('/me', workos)]).toEqual(['200 eve', '200 eve'])
    await running.pool.query(`delete from users where id = 'eve'`)
    for (const path of ['/me', '/things'])
      expect([await read(path, legacy), await read(path, workos)]).toEqual([
        '403 identity_unlinked',
        '403 identity_unlinked',
      ])
  })
}

describe('an auth service, on PGlite', () => {
  tests(async () => undefined)
})

describeWith('PostgreSQL', 'an auth service, on PostgreSQL', () => {
  let server: PostgresServer
  afterAll(() => server.close())
  tests(async () => {
    server = await startPostgres()
    return server.url
  })
})
