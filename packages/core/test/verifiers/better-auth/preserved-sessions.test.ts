import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  betterAuth,
  createDualAuth,
  redisSessions,
  sqlSessions,
  type FindSession,
  type SessionSource,
} from '../../../src/index.js'
import { cookiesOf, signUpAt, type Version } from '../../support/better-auth-servers.js'
import { startOnSqlite } from '../../support/better-auth-sql.js'
import { outcome, wrongOption } from '../../support/outcome.js'

const SECRET = randomBytes(32).toString('hex')

/** Better Auth's `secondaryStorage`, in memory. */
function createStorage() {
  const values = new Map<string, string>()
  return {
    values,
    get: (key: string) => values.get(key) ?? null,
    set: (key: string, value: string) => void values.set(key, value),
    delete: (key: string) => void values.delete(key),
  }
}

async function start(version: Version, session: object) {
  const storage = createStorage()
  const options = { secret: SECRET, secondaryStorage: storage, session: { storeSessionInDatabase: true, ...session } }
  const { server, query } = await startOnSqlite(version, options)
  const judge = (sessions: FindSession | SessionSource, jar: Map<string, string>) =>
    outcome(createDualAuth({ verifiers: [betterAuth({ name: 'ba', secrets: [SECRET], sessions })] }), cookiesOf(jar))
  return {
    server,
    query,
    judge,
    redis: () => redisSessions(storage.get, { prefix: '' }),
    sql: () => sqlSessions(query),
  }
}

describe('sessions that Better Auth stores in secondary storage and in the database', () => {
  it.each(['1.4', '1.7', '1.7.25'] as const)('are ended by a sign-out in both, on %s', async (version) => {
    const { server, judge, redis, sql } = await start(version, {})
    const ada = await signUpAt(server)
    const jar = new Map(ada.jar)
    for (const source of [redis(), sql()]) expect(await judge(source, jar)).toBe(`200 ${ada.id} by ba`)
    await server.call('POST', '/sign-out', ada.jar, {})
    for (const source of [redis(), sql()]) expect(await judge(source, jar)).toBe('401 credential_revoked')
  })

  it.each([
    ['1.4', /^200/],
    ['1.7', /^401/],
    ['1.7.25', /^401/],
  ] as const)('and preserves: only the storage knows on %s, and the row there says %s', async (version, row) => {
    const { server, judge, redis, sql } = await start(version, { preserveSessionInDatabase: true })
    const ada = await signUpAt(server)
    const jar = new Map(ada.jar)
    expect(await judge(redis(), jar)).toBe(`200 ${ada.id} by ba`)
    await server.call('POST', '/sign-out', ada.jar, {})
    expect(await judge(redis(), jar)).toBe('401 credential_revoked')
    expect(await judge(sql(), jar)).toMatch(row)
  })

  it('and preserves are refused by sqlSessions where it sees the instance', async () => {
    const preserving = await start('1.7', { preserveSessionInDatabase: true })
    const instance = preserving.server.instance as never as { options: unknown }
    expect(wrongOption(() => sqlSessions(preserving.query, { instance }))).toBe('sqlSessions.instance')
    const deleting = await start('1.7', {})
    const other = deleting.server.instance as never as { options: unknown }
    expect(() => sqlSessions(deleting.query, { instance: other })).not.toThrow()
    expect(wrongOption(() => sqlSessions(deleting.query, { instance: {} as never }))).toBe('sqlSessions.instance')
  })
})
