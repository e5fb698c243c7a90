import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  apiKeys,
  betterAuth,
  betterAuthApiKeys,
  createDualAuth,
  redisSessions,
  sqlMembers,
  sqlSessions,
  sqlUsers,
  type BetterAuthOptions,
  type Query,
} from '../../../src/index.js'
import { SESSION_SECRET } from '../../support/sessions.js'

const down = () => Promise.reject(new Error('connection refused'))
const alive: Query = async () => []
const ready = (sessions: BetterAuthOptions['sessions']) =>
  createDualAuth({ verifiers: [betterAuth({ name: 'better-auth', secrets: [SESSION_SECRET], sessions })] }).ready()

afterEach(() => vi.useRealTimers())

describe('ready', () => {
  it.each<[string, BetterAuthOptions['sessions'], string]>([
    ['sqlSessions', sqlSessions(down), 'sqlSessions.query: '],
    ['redisSessions', redisSessions(down), 'redisSessions.get: '],
    ['users beside it', redisSessions(() => null, { users: sqlUsers(down) }), 'redisSessions.users: sqlUsers.query: '],
    [
      'members beside it',
      redisSessions(() => null, { members: sqlMembers(down) }),
      'redisSessions.members: sqlMembers.query: ',
    ],
    ['a function of the app', Object.assign(async () => null, { ready: down }), ''],
    [
      'a function that throws',
      Object.assign(async () => null, {
        ready: () => {
          throw new Error('connection refused')
        },
      }),
      '',
    ],
  ])('says which verifier cannot work, and what it asked: %s', async (_, sessions, asked) => {
    await expect(ready(sessions)).rejects.toMatchObject({
      code: 'verifier_unavailable',
      status: 503,
      message: `better-auth: betterAuth(better-auth).sessions: ${asked}connection refused`,
    })
  })

  it.each<[string, BetterAuthOptions['sessions']]>([
    ['sqlSessions', sqlSessions(alive)],
    ['redisSessions', redisSessions(() => null, { users: sqlUsers(alive), members: sqlMembers(alive) })],
    ['a function that does not say', async () => null],
    ['sessions that nobody keeps', 'stateless'],
  ])('is so where it can: %s', async (_, sessions) => {
    await expect(ready(sessions)).resolves.toBeUndefined()
  })

  it('asks one statement, which is of no type of id', async () => {
    const query = vi.fn<Query>(alive)
    await ready(sqlSessions(query))
    expect(query).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^SELECT /), [null])
    query.mockClear()
    await ready(redisSessions(() => null, { users: sqlUsers(query), members: sqlMembers(query) }))
    expect(query.mock.calls.map(([, params]) => params)).toEqual([[null], [null, null]])
  })

  it('holds for stores of API keys, too', async () => {
    const plugin = (query: Query) => createDualAuth({ verifiers: [betterAuthApiKeys({ name: 'keys', query })] }).ready()
    await expect(plugin(down)).rejects.toMatchObject({
      message: 'keys: betterAuthApiKeys(keys).query: connection refused',
    })
    await expect(plugin(alive)).resolves.toBeUndefined()
    const own = (store: object) =>
      createDualAuth({
        verifiers: [apiKeys({ name: 'keys', prefix: 'sk_', keys: { findByHash: () => null, ...store } })],
      }).ready()
    await expect(own({ ready: down })).rejects.toMatchObject({
      message: 'keys: apiKeys(keys).keys: connection refused',
    })
    await expect(own({})).resolves.toBeUndefined()
  })

  it('does not wait for ever for a store that says nothing', async () => {
    vi.useFakeTimers()
    const asked = ready(sqlSessions(() => new Promise(() => {}))).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(11_000)
    expect(await asked).toMatchObject({ code: 'verifier_unavailable' })
  })

  it('is asked again once the store is back', async () => {
    let isDown = true
    const query: Query = async () => (isDown ? down() : [])
    const auth = createDualAuth({
      verifiers: [betterAuth({ name: 'better-auth', secrets: [SESSION_SECRET], sessions: sqlSessions(query) })],
    })
    await expect(auth.ready()).rejects.toMatchObject({ code: 'verifier_unavailable' })
    isDown = false
    await expect(auth.ready()).resolves.toBeUndefined()
  })
})
