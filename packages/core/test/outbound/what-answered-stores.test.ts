import { createHmac, randomBytes } from 'node:crypto'
import { createDatabase, describeWith } from '@dualauth/servers'
import { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  apiKeys,
  authJs,
  authJsSessions,
  betterAuth,
  betterAuthApiKeys,
  createApiKey,
  createDualAuth,
  expressSession,
  redisSessions,
  sessionRows,
  sessions,
  sqlMembers,
  sqlSessions,
  sqlUsers,
  type AuthEvent,
  type DualAuth,
  type ExplainInput,
  type Query,
  type Verifier,
} from '../../src/index.js'
import { SESSION_SECRET, sessionToken, signedCookie } from '../support/sessions.js'

/** What nobody may read in a log, nor what somebody is called. */
const HIDDEN = 'hunter2'
const EMAIL = 'grace@example.com'
const SID = randomBytes(24).toString('base64url')
const { key: KEY } = await createApiKey({ prefix: 'sk_', owner: { kind: 'user', id: 'ada' }, scopes: [] })
const PLUGIN_KEY = `key_${randomBytes(32).toString('hex')}`

const expressCookie = (): string => {
  const mac = createHmac('sha256', SESSION_SECRET).update(SID).digest('base64').replace(/=+$/, '')
  return encodeURIComponent(`s:${SID}.${mac}`)
}
const cookie = (name: string, value: string): ExplainInput => ({ cookie: name, value })
const betterAuthCookie = cookie('better-auth.session_token', signedCookie(sessionToken('ada')))
const stored = JSON.stringify({
  session: { id: 's', userId: 'ada', token: sessionToken('ada'), expiresAt: '2999-01-01', activeOrganizationId: 'o' },
  user: { id: 'ada' },
})

/** Throws, hangs, or answers what is no answer. */
type Ask = () => unknown
const asking = (ask: Ask) => (async () => ask()) as () => Promise<never>
const inMs = { timeoutMs: 50 }

interface Door {
  open(ask: Ask): Verifier
  readonly presented: ExplainInput
  /** What is named before the cause. */
  readonly asked: string
  /** What is named where nothing comes back; default: the same. */
  readonly hangs?: string
  /** What `health` names; default: the same. Null: it has nothing to ask. */
  readonly health?: string | null
  /** What it should have answered instead of a number. */
  readonly expected: string
  /** Whether `health` sees that an answer is none. */
  readonly readsHealth?: true
}

const overBetterAuth = (
  open: (ask: Ask) => Parameters<typeof betterAuth>[0]['sessions'],
): Pick<Door, 'open' | 'presented'> => ({
  open: (ask) => betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions: open(ask) }),
  presented: betterAuthCookie,
})

/** Everything that asks somebody who is not reached over HTTP, with a credential that it owns. */
const DOORS: Readonly<Record<string, Door>> = {
  sqlSessions: {
    ...overBetterAuth((ask) => sqlSessions(asking(ask), inMs)),
    asked: 'betterAuth(ba).sessions: sqlSessions.query',
    expected: 'a list of rows',
    readsHealth: true,
  },
  redisSessions: {
    ...overBetterAuth((ask) => redisSessions(asking(ask), inMs)),
    asked: 'betterAuth(ba).sessions: redisSessions.get',
    expected: 'a text of JSON, what it says, or null',
  },
  'users beside redisSessions': {
    ...overBetterAuth((ask) =>
      redisSessions((key) => (key.startsWith('better-auth:revoked') ? null : stored), {
        users: sqlUsers(asking(ask), inMs),
      }),
    ),
    asked: 'betterAuth(ba).sessions: users: sqlUsers.query',
    health: 'betterAuth(ba).sessions: redisSessions.users: sqlUsers.query',
    expected: 'a list of rows',
    readsHealth: true,
  },
  'members beside redisSessions': {
    ...overBetterAuth((ask) =>
      redisSessions((key) => (key.startsWith('better-auth:revoked') ? null : stored), {
        members: sqlMembers(asking(ask), inMs),
      }),
    ),
    asked: 'betterAuth(ba).sessions: members: sqlMembers.query',
    health: 'betterAuth(ba).sessions: redisSessions.members: sqlMembers.query',
    expected: 'a list of rows',
    readsHealth: true,
  },
  betterAuthApiKeys: {
    open: (ask) => betterAuthApiKeys({ name: 'keys', prefix: 'key_', query: asking(ask), ...inMs }),
    presented: { header: 'x-api-key', value: PLUGIN_KEY },
    asked: 'betterAuthApiKeys(keys).query',
    expected: 'a list of rows',
    readsHealth: true,
  },
  apiKeys: {
    open: (ask) =>
      apiKeys({ name: 'keys', prefix: 'sk_', keys: { findByHash: asking(ask), ready: asking(ask) }, ...inMs }),
    presented: { header: 'x-api-key', value: KEY },
    asked: 'apiKeys(keys).keys.findByHash',
    health: 'apiKeys(keys).keys',
    expected: 'a key or null',
  },
  'hashes of apiKeys': {
    open: (ask) =>
      apiKeys({ name: 'keys', prefix: 'sk_', keys: { findByHash: () => null, hash: asking(ask) }, ...inMs }),
    presented: { header: 'x-api-key', value: KEY },
    asked: 'apiKeys(keys).keys.hash',
    health: null,
    expected: 'a string',
  },
  sessions: {
    open: (ask) =>
      sessions({
        name: 'web',
        carriers: [{ cookie: 'sid' }],
        find: Object.assign(asking(ask), { ready: asking(ask) }),
        ...inMs,
      }),
    presented: cookie('sid', SID),
    asked: 'sessions(web).find',
    expected: 'a session',
  },
  'what unseals them': {
    open: (ask) =>
      sessions({ name: 'web', carriers: [{ cookie: 'sid' }], find: () => null, open: asking(ask), ...inMs }),
    presented: cookie('sid', SID),
    asked: 'sessions(web).open',
    health: null,
    expected: 'a string or null',
  },
  sessionRows: {
    open: (ask) =>
      sessions({
        name: 'web',
        carriers: [{ cookie: 'sid' }],
        find: sessionRows(asking(ask), { table: 't', columns: { key: 'k', userId: 'u', expiresAt: 'e' } }),
        ...inMs,
      }),
    presented: cookie('sid', SID),
    asked: 'sessions(web).find: sessionRows.query',
    hangs: 'sessions(web).find',
    expected: 'a list of rows',
    readsHealth: true,
  },
  authJsSessions: {
    open: (ask) => authJs({ name: 'next', sessions: authJsSessions(asking(ask)), ...inMs }),
    presented: cookie('authjs.session-token', SID),
    asked: 'authJs(next).sessions: authJsSessions.query',
    hangs: 'authJs(next).sessions',
    expected: 'a list of rows',
    readsHealth: true,
  },
  'an adapter of Auth.js': {
    open: (ask) => authJs({ name: 'next', sessions: asking(ask), ...inMs }),
    presented: cookie('authjs.session-token', SID),
    asked: 'authJs(next).sessions',
    health: null,
    expected: '`{ session, user }` or null',
  },
  expressSession: {
    open: (ask) =>
      expressSession({
        name: 'old',
        secrets: [SESSION_SECRET],
        store: { get: (_, callback) => void asking(ask)().then((found) => callback(null, found), callback) },
        ...inMs,
      }),
    presented: cookie('connect.sid', expressCookie()),
    asked: 'expressSession(old).store.get',
    expected: 'a session',
  },
}

/** Of a driver, a wrapper of one and the app: what each throws, what is said of it, and its code. */
const THROWN: readonly (readonly [name: string, thrown: unknown, said: RegExp, code: string | null])[] = [
  [
    'a lost connection',
    Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' }),
    /connect ECONNREFUSED 10\.0\.0\.7:5432/,
    'ECONNREFUSED',
  ],
  [
    'a key that is there twice',
    Object.assign(new Error(`duplicate key value: ${HIDDEN}`), { code: '23505', detail: `Key (email)=(${EMAIL})` }),
    /the database refused.*23505/,
    '23505',
  ],
  [
    'a statement of Knex',
    Object.assign(new Error(`select * from "t" where "name" = '${HIDDEN}' - relation "t" does not exist`), {
      code: '42P01',
    }),
    /relation "t" does not exist/,
    '42P01',
  ],
  ['an address of somebody', new Error(`no row for ${EMAIL}, password=${HIDDEN}`), /no row for …/, null],
]

const headersOf = (presented: ExplainInput): Record<string, string> => {
  if (typeof presented === 'string') return { authorization: `Bearer ${presented}` }
  const { cookie: name, header, value } = presented as { cookie?: string; header?: string; value: string }
  return name === undefined ? { [String(header)]: value } : { cookie: `${name}=${value}` }
}

/** What is said of one outage, side by side. */
interface Said {
  readonly status: number
  readonly events: readonly AuthEvent[]
  readonly diagnosis: string
  readonly health: string | null
  /** All of it as a logger writes it, which leaves `cause` out. */
  readonly written: string
}

async function saidBy(
  auth: DualAuth,
  events: readonly AuthEvent[],
  presented: ExplainInput,
  name: string,
): Promise<Said> {
  const result = await settled(auth.authenticate({ method: 'GET', headers: headersOf(presented) }))
  const { steps } = await settled(auth.diagnose(presented))
  const { checks } = await settled(auth.health())
  await auth.close()
  const diagnosis = steps.at(-1)?.findings.join('; ') ?? ''
  const health = checks.find((check) => check.name === name)?.problem ?? null
  const logged = events.map((event) => ({ ...event, cause: undefined }))
  return {
    status: result.ok ? 200 : result.error.status,
    events,
    diagnosis,
    health,
    written: JSON.stringify([logged, steps, checks]),
  }
}

function saidOf(door: Door, ask: Ask): Promise<Said> {
  const events: AuthEvent[] = []
  const verifier = door.open(ask)
  const auth = createDualAuth({ verifiers: [verifier], onEvent: (event) => void events.push(event) })
  return saidBy(auth as DualAuth, events, door.presented, verifier.name)
}

const outageOf = ({ events }: Said) =>
  events.find((event): event is Extract<AuthEvent, { type: 'unavailable' }> => event.type === 'unavailable')

/** Timers do not run by themselves, and some platforms take turns of their own. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  let isOver = false
  const over = (): void => void (isOver = true)
  promise.then(over, over)
  while (!isOver) {
    await vi.advanceTimersByTimeAsync(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return promise
}
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const credentialOf = (presented: ExplainInput): string =>
  typeof presented === 'string' ? presented : decodeURIComponent((presented as { value: string }).value)

function expectHidden({ written }: Said, presented: ExplainInput): void {
  for (const secret of [HIDDEN, EMAIL, credentialOf(presented), SID, KEY, sessionToken('ada'), 'SELECT', 'select'])
    expect(written).not.toContain(secret)
}

describe.each(Object.entries(DOORS))('a 503 of %s', (_name, door) => {
  const { asked, hangs = asked, health = asked, expected, presented } = door

  it.each(THROWN)('says which option was asked, and that it met %s', async (_what, thrown, words, code) => {
    const said = await saidOf(door, () => {
      throw thrown
    })
    expect(said.status).toBe(503)
    expect(said.diagnosis).toMatch(words)
    expect(said.diagnosis).toContain(` cannot tell: ${asked}: `)
    const outage = outageOf(said)
    expect(outage?.error).toMatchObject({ code, message: expect.stringMatching(words) as string })
    expect(outage?.error?.message.startsWith(`${asked}: `)).toBe(true)
    expect(said.diagnosis).toBe(`${outage?.source} cannot tell: ${outage?.error?.message}`)
    if (health === null) expect(said.health).toBeNull()
    else expect(said.health).toMatch(words)
    if (health !== null) expect(said.health?.startsWith(`${health}: `)).toBe(true)
    expectHidden(said, presented)
  })

  it('says which option was asked, and that it threw no error', async () => {
    const said = await saidOf(door, () => {
      throw HIDDEN
    })
    expect(said.status).toBe(503)
    expect(said.diagnosis).toMatch(/threw a string$|the database refused or did not answer$/)
    expect(said.diagnosis).toContain(asked)
    expectHidden(said, presented)
  })

  it('says which option was asked, and how long it was waited for', async () => {
    const said = await saidOf(door, () => new Promise(() => {}))
    expect(said.status).toBe(503)
    expect(outageOf(said)?.error?.message).toBe(`${hangs}: no answer within 50 ms`)
    expect(said.diagnosis).toContain(`cannot tell: ${hangs}: no answer within 50 ms`)
    if (health === null) expect(said.health).toBeNull()
    else expect(said.health).toMatch(/: no answer within (?:50|1950) ms$/)
    if (health !== null) expect(said.health).toContain((door.health ?? hangs).split(': ')[0])
  })

  it('says which option was asked, and that it answered with a number', async () => {
    const said = await saidOf(door, () => 5)
    const words = `${asked}: answered with a number, and not with ${expected}`
    expect(said.status).toBe(503)
    expect(outageOf(said)?.error?.message).toBe(words)
    expect(said.diagnosis).toContain(`cannot tell: ${words}`)
    expect(said.health).toBe(
      door.readsHealth === true ? `${health}: answered with a number, and not with ${expected}` : null,
    )
  })
})

describe('a query', () => {
  const { open, presented } = DOORS['sqlSessions'] as Door
  it.each([
    [
      'the whole result of the driver',
      { rows: [{ name: HIDDEN }] },
      'answered with an object, and not with its `rows`',
    ],
    [
      'rows and fields side by side',
      [[{ name: HIDDEN }], []],
      'answered with a list, and not with rows that are objects',
    ],
    ['nothing', undefined, 'answered with nothing, and not with a list of rows'],
    ['a text', HIDDEN, 'answered with a string, and not with a list of rows'],
  ])('that answers with %s is named', async (_name, answer, words) => {
    const said = await saidOf({ open, presented } as Door, () => answer)
    expect(said.status).toBe(503)
    for (const text of [outageOf(said)?.error?.message, said.diagnosis, said.health])
      expect(text).toContain(`sqlSessions.query: ${words}`)
    expectHidden(said, presented)
  })
})

describe('a member of what was found', () => {
  const session = { userId: 'ada', expiresAt: true, email: EMAIL, note: HIDDEN }
  it.each<[string, Door, unknown, string]>([
    ['a session', DOORS['sessions'] as Door, session, 'sessions(web).find: `expiresAt` of what was found'],
    [
      'a session of express-session',
      DOORS['expressSession'] as Door,
      { passport: { user: { email: EMAIL } } },
      'expressSession(old).store.get: `passport.user` of what was found',
    ],
    [
      'a session of Auth.js',
      DOORS['an adapter of Auth.js'] as Door,
      { session: { userId: 'ada', expires: null }, user: { id: 'ada', email: EMAIL } },
      'authJs(next).sessions: `session.expires` of what was found',
    ],
    [
      'a key',
      DOORS['apiKeys'] as Door,
      { id: 'k', hash: 'h', owner: { kind: 'user', id: EMAIL }, scopes: HIDDEN, revokedAt: null },
      'apiKeys(keys).keys.findByHash: `scopes` of what was found',
    ],
  ])('is named where it keeps %s from being one', async (_name, door, found, words) => {
    const said = await saidOf(door, () => found)
    expect(said.status).toBe(503)
    for (const text of [outageOf(said)?.error?.message, said.diagnosis]) expect(text).toContain(words)
    expectHidden(said, door.presented)
  })
})

describe('a function of the app that finds sessions of Better Auth', () => {
  const door: Door = {
    ...overBetterAuth((ask) => asking(ask)),
    asked: 'betterAuth(ba).sessions',
    expected: '`{ session, user }` or null',
  }
  it.each([
    ['nothing', undefined, 'answered with nothing, and not with `{ session, user }` or null'],
    ['the row alone', { id: 's', email: EMAIL }, 'answered with an object, and not with `{ session, user }` or null'],
    [
      'a session without an end',
      { session: { userId: 'ada' }, user: { id: 'ada' } },
      'session: expiresAt is not a date',
    ],
  ])('is named where it answers with %s', async (_name, found, words) => {
    const said = await saidOf(door, () => found)
    expect(said.status).toBe(503)
    for (const text of [outageOf(said)?.error?.message, said.diagnosis])
      expect(text).toContain(`betterAuth(ba).sessions: ${words}`)
    expectHidden(said, door.presented)
  })

  it('keeps its own name where the error quotes the credential', async () => {
    const said = await saidOf(door, () => {
      throw Object.assign(new TypeError(`no session ${credentialOf(door.presented)}`), { code: 'E_NONE' })
    })
    expect(said.diagnosis).toBe(
      'ba cannot tell: betterAuth(ba).sessions: TypeError: a source failed with TypeError E_NONE',
    )
    expectHidden(said, door.presented)
  })
})

it.each([
  ['bytes', new Uint8Array([123, 125]), 'answered with bytes, and not with a text of JSON'],
  ['no JSON', `{"email":"${EMAIL}`, 'answered with a text that is not JSON'],
])('a storage whose client hands out %s signs nobody out', async (_name, value, words) => {
  const door = DOORS['redisSessions'] as Door
  const said = await saidOf(door, () => value)
  expect([said.status, outageOf(said)?.error?.message]).toEqual([
    503,
    expect.stringContaining(`redisSessions.get: ${words}`),
  ])
  expectHidden(said, door.presented)
})

it.each([
  ['bytes', new Uint8Array([1]), 'answered with bytes, and not with a text of JSON'],
  ['a word', HIDDEN, 'answered with a string, and not with the moment'],
])(
  'a storage that says by %s since when all sessions of somebody are over signs nobody out',
  async (_name, mark, words) => {
    const get = (key: string) => (key.includes('revoked-sessions-before-') ? mark : stored)
    const door: Door = { ...overBetterAuth(() => redisSessions(get)), asked: '', expected: '' }
    const said = await saidOf(door, () => null)
    expect(said.status).toBe(503)
    expect(said.diagnosis).toContain(`redisSessions.get: ${words}`)
    expectHidden(said, door.presented)
  },
)

describeWith('PostgreSQL', 'a real database', () => {
  let pool: Pool
  const query: Query = async (sql, params) => (await pool.query<Record<string, unknown>>(sql, [...params])).rows
  beforeAll(async () => {
    pool = new Pool({ connectionString: await createDatabase() })
    await pool.query('CREATE TABLE apikey (id text)')
  }, 180_000)
  beforeEach(() => void vi.useRealTimers())
  afterAll(() => pool.end())

  const rows = sessionRows(query, { table: 'web_session', columns: { key: 'k', userId: 'u', expiresAt: 'e' } })
  it.each<[string, Verifier, ExplainInput, string, RegExp]>([
    [
      'sqlSessions',
      betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions: sqlSessions(query) }),
      betterAuthCookie,
      '42P01',
      /sqlSessions\.query: relation "session" does not exist/,
    ],
    [
      'sessionRows',
      sessions({ name: 'web', carriers: [{ cookie: 'sid' }], find: rows }),
      cookie('sid', SID),
      '42P01',
      /sessionRows\.query: relation "web_session" does not exist/,
    ],
    [
      'authJsSessions',
      authJs({ name: 'next', sessions: authJsSessions(query) }),
      cookie('authjs.session-token', SID),
      '42P01',
      /authJsSessions\.query: relation "sessions" does not exist/,
    ],
    [
      'betterAuthApiKeys, of which a column is missing',
      betterAuthApiKeys({ name: 'keys', prefix: 'key_', query }),
      { header: 'x-api-key', value: PLUGIN_KEY },
      '42703',
      /betterAuthApiKeys\(keys\)\.query: column .* does not exist/,
    ],
  ])('that lacks a table of %s is named with it', async (_name, verifier, presented, code, words) => {
    const events: AuthEvent[] = []
    const auth = createDualAuth({ verifiers: [verifier], onEvent: (event) => void events.push(event) })
    const result = await auth.authenticate({ method: 'GET', headers: headersOf(presented) })
    const { steps } = await auth.diagnose(presented)
    const { checks } = await auth.health()
    await auth.close()
    expect(result.ok ? 200 : result.error.status).toBe(503)
    const outage = events.find(({ type }) => type === 'unavailable') as { error?: { code: string; message: string } }
    expect(outage.error?.code).toBe(code)
    const problem = checks.find(({ name }) => name === verifier.name)?.problem
    for (const text of [outage.error?.message, steps.at(-1)?.findings[0], problem]) expect(text).toMatch(words)
  })

  it('whose table is locked is waited for no longer than the option says', async () => {
    const holder = await pool.connect()
    await holder.query(
      'CREATE TABLE "session" (id text, token text, "userId" text, "expiresAt" timestamptz, "createdAt" timestamptz)',
    )
    await holder.query('CREATE TABLE "user" (id text)')
    await holder.query('BEGIN; LOCK TABLE "session" IN ACCESS EXCLUSIVE MODE')
    const events: AuthEvent[] = []
    const auth = createDualAuth({
      verifiers: [betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions: sqlSessions(query, inMs) })],
      onEvent: (event) => void events.push(event),
    })
    const ask = () => auth.authenticate({ method: 'GET', headers: headersOf(betterAuthCookie) })
    const locked = await ask()
    await holder.query('ROLLBACK')
    holder.release()
    expect(locked.ok ? 200 : locked.error.status).toBe(503)
    const outage = events.find(({ type }) => type === 'unavailable') as { error?: { message: string } }
    expect(outage.error?.message).toBe('betterAuth(ba).sessions: sqlSessions.query: no answer within 50 ms')
    expect(await ask()).toMatchObject({ ok: false, error: { status: 401 } })
    await auth.close()
  })
})
