// A database that answers nothing must not hold a request: it is 503 in the time that was promised.
import { describe, expect, it } from 'vitest'
import {
  betterAuth,
  createDualAuth,
  httpSessions,
  instanceSessions,
  redisSessions,
  sqlSessions,
  type AuthEvent,
  type BetterAuthInstance,
  type BetterAuthOptions,
  type SessionSource,
} from '../../../src/index.js'
import { parseBetterAuthOptions } from '../../../src/verifiers/better-auth/sessions/options.js'
import { createClock, START } from '../../support/clock.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { found, SESSION_SECRET, sessionToken } from '../../support/sessions.js'

const token = sessionToken('ada')
const never = (): Promise<never> => new Promise(() => {})
const context = { secret: SESSION_SECRET, authCookies: { sessionToken: { name: 'session' } } }
const stored = {
  session: { id: 's', userId: 'ada', token, expiresAt: new Date(START + 3_600_000), activeOrganizationId: 'acme' },
  user: { id: 'ada' },
}
const instanceWith = (more: Partial<BetterAuthInstance> = {}): BetterAuthInstance => ({
  api: { getSession: async () => structuredClone(stored) },
  $context: Promise.resolve(context),
  ...more,
})
const get = (key: string) => (key === token ? JSON.stringify(stored) : null)
const source = (more: Partial<SessionSource> = {}): SessionSource => ({
  find: () => found('ada'),
  extend: async () => true,
  ...more,
})

function authOf(sessions: BetterAuthOptions['sessions'], more: Partial<BetterAuthOptions> = {}) {
  const events: AuthEvent[] = []
  const auth = createDualAuth({
    verifiers: [betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions, timeoutMs: 5, ...more })],
    now: createClock().now,
    onEvent: (event) => void events.push(event),
  })
  return { auth, events }
}

describe('a look-up that never answers', () => {
  const sources: readonly (readonly [string, () => BetterAuthOptions['sessions']])[] = [
    ['a function of the app', () => never],
    ['a source of the app', () => source({ find: never })],
    ['the instance, before it has started', () => instanceSessions(instanceWith({ $context: never() }))],
    ['the database of the instance', () => instanceSessions(instanceWith({ api: { getSession: never } }))],
    ['members of the instance', () => instanceSessions(instanceWith(), { members: never })],
    ['users beside the storage', () => redisSessions(get, { prefix: '', users: never })],
    ['members beside the storage', () => redisSessions(get, { prefix: '', members: never })],
  ]

  it.each(sources)('is 503 in time: %s', async (_name, sessions) => {
    const { auth, events } = authOf(sessions())
    expect(await outcome(auth, bearer(token))).toBe('503 verifier_unavailable')
    const cause = events.find((event) => event.type === 'unavailable')?.cause
    expect(String(cause)).toContain('betterAuth(ba).sessions: no answer within 5 ms')
  })

  it.each(sources)('holds no sign-out: %s', async (_name, sessions) => {
    const { auth } = authOf(sessions())
    expect(await auth.signOut(bearer(token))).toEqual([{ verifier: 'ba', sessionId: null }])
  })
})

it('an extension that never answers lets the request in, and says so', async () => {
  const due = () => found('ada', { session: { expiresAt: new Date(START + 60_000) } })
  const { auth, events } = authOf(source({ find: due, extend: never }), { touch: {} })
  const result = await auth.authenticate({ ...bearer(token), method: 'POST' }, { refresh: true })
  expect(result).toMatchObject({ ok: true })
  const failed = events.find((event) => event.type === 'touch_failed')
  expect(String(failed?.cause)).toContain('betterAuth(ba).sessions.extend: no answer within 5 ms')
})

describe('the time of a look-up', () => {
  const query = () => Promise.resolve([])
  const timeOf = (sessions: BetterAuthOptions['sessions'], more: Partial<BetterAuthOptions> = {}): number =>
    parseBetterAuthOptions({ name: 'ba', secrets: [SESSION_SECRET], sessions, ...more }, 'betterAuth(ba)').timeoutMs

  it.each<[string, BetterAuthOptions['sessions'], number]>([
    ['a function of the app', never, 3_000],
    ['a source of the app', source(), 3_000],
    ['an instance', instanceSessions(instanceWith()), 3_000],
    ['sqlSessions', sqlSessions(query), 12_000],
    ['sqlSessions that is slow', sqlSessions(query, { timeoutMs: 10_000 }), 40_000],
    ['redisSessions that is quick', redisSessions(get, { timeoutMs: 500 }), 3_000],
    ['httpSessions', httpSessions({ url: 'http://localhost/api/auth/get-session', timeoutMs: 2_000 }), 8_000],
  ])('leaves a source its own: %s', (_name, sessions, expected) => {
    expect(timeOf(sessions)).toBe(expected)
    expect(timeOf(sessions, { timeoutMs: 700 })).toBe(700)
  })

  it.each([0, -1, 240_001, Number.NaN, '5'])('is refused where it is none: %j', (timeoutMs) => {
    expect(wrongOption(() => authOf(never, { timeoutMs: timeoutMs as number }))).toBe('betterAuth(ba).timeoutMs')
  })
})

it('a token that the database finds in another spelling is unknown', async () => {
  const row = {
    dualauth_id: 's',
    dualauth_userid: 'ada',
    dualauth_user: 'ada',
    dualauth_token: token,
    dualauth_expiresat: String(START + 3_600_000),
    dualauth_createdat: String(START),
  }
  const { auth } = authOf(sqlSessions(async () => [row]))
  expect(await outcome(auth, bearer(token))).toBe('200 ada by ba')
  expect(await outcome(auth, bearer(token.toUpperCase()))).toBe('401 credential_revoked')
})
