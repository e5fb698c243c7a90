import { randomBytes, randomUUID } from 'node:crypto'
import PostgresAdapter from '@auth/pg-adapter'
import { createDatabase, describeWith } from '@dualauth/servers'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import {
  authJs,
  authJsSessions,
  createDualAuth,
  type AuthJsDatabaseOptions,
  type AuthEvent,
  type AuthJsSessionClaims,
  type DualAuth,
  type Query,
} from '../../../src/index.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { authJsBrowser, nextAuthBrowser, type AuthJsBrowser } from '../../support/real-auth-js.js'
import { cookies, request } from '../../support/requests.js'

const DAY = 86_400_000
/** The tables of `@auth/pg-adapter`, with a column of the app. */
const TABLES = `
create table verification_token (identifier text not null, expires timestamptz not null, token text not null, primary key (identifier, token));
create table accounts (
  id serial, "userId" integer not null, type varchar(255) not null, provider varchar(255) not null,
  "providerAccountId" varchar(255) not null, refresh_token text, access_token text, expires_at bigint, id_token text, scope text,
  session_state text, token_type text, primary key (id)
);
create table sessions (id serial, "userId" integer not null, expires timestamptz not null, "sessionToken" varchar(255) not null, primary key (id));
create table users (
  id serial, name varchar(255), email varchar(255), "emailVerified" timestamptz, image text, role text, secret text, primary key (id)
)`

describeWith('PostgreSQL', 'database sessions of a real Auth.js on a real PostgreSQL', () => {
  let pool: Pool
  let query: Query
  beforeAll(async () => {
    pool = new Pool({ connectionString: await createDatabase() })
    query = async (sql, params) => (await pool.query<Record<string, unknown>>(sql, [...params])).rows
    await pool.query(TABLES)
  })
  afterAll(() => pool.end())

  const authWith = (options: Partial<AuthJsDatabaseOptions> = {}, offset = 0): DualAuth =>
    createDualAuth({
      verifiers: [authJs({ name: 'auth-js', sessions: authJsSessions(query), ...options })],
      now: () => Date.now() + offset,
    }) as unknown as DualAuth
  const ask = (browser: AuthJsBrowser, auth: DualAuth) => outcome(auth, request({ cookie: browser.cookie() }))

  describe.each([
    { version: 5, name: 'authjs.session-token', browserOf: authJsBrowser },
    { version: 4, name: 'next-auth.session-token', browserOf: nextAuthBrowser },
  ] as const)('version $version', ({ version, name, browserOf }) => {
    let browser: AuthJsBrowser
    let userId: string
    const email = `ada-${version}@example.com`
    beforeAll(async () => {
      browser = browserOf({ secret: randomBytes(33).toString('base64'), adapter: PostgresAdapter(pool) })
      await browser.signInByLink(email)
      const { rows } = await pool.query<{ id: number }>(
        'update users set role = $1, secret = $2 where email = $3 returning id',
        ['editor', 'hash', email],
      )
      userId = String(rows[0]!.id)
    })

    it('is accepted as it is signed in, with the columns that the app names', async () => {
      expect(browser.jar.get(name)).toMatch(/^[0-9a-f-]{36}$/)
      const sessions = authJsSessions(query, { sessionIds: true })
      const result = await authWith({ version, sessions, claims: { roles: 'role' } }).authenticate(
        request({ cookie: browser.cookie() }),
      )
      if (!result.ok) throw result.error
      const { principal } = result
      expect(principal).toMatchObject({ id: userId, issuer: 'auth-js', email, issuedAt: null })
      expect(principal.sessionId).toMatch(/^\d+$/)
      expect(principal.claims).toEqual({
        session: { expires: expect.any(String) },
        user: { id: userId, name: null, email, image: null },
      })
      expect(JSON.stringify(principal)).not.toContain(browser.jar.get(name))
    })

    it('is found by the adapter itself', async () => {
      const adapter = PostgresAdapter(pool)
      const sessions = (token: string) => adapter.getSessionAndUser!(token) as never
      expect(await ask(browser, authWith({ version, sessions }))).toBe(`200 ${userId} by auth-js`)
    })

    it('is found in tables of other names', async () => {
      await pool.query(`drop table if exists "Session"; drop table if exists "User";
        create table "Session" as select id::text, "sessionToken", "userId"::text, expires::timestamp(3) from sessions;
        create table "User" as select id::text, name, email, image from users;
        drop table if exists web_session; drop table if exists web_user;
        create table web_session as select "sessionToken" session_token, "userId" user_id, expires from sessions;
        create table web_user as select id, name, email from users`)
      await pool.query(`alter table web_user add column image text`)
      const prisma = authJsSessions(query, { tables: { session: 'Session', user: 'User' }, sessionIds: true })
      expect(await ask(browser, authWith({ version, sessions: prisma }))).toBe(`200 ${userId} by auth-js`)
      const tables = { session: 'public.web_session', user: 'public.web_user' }
      const snake = authJsSessions(query, { tables, columns: 'snake_case' })
      await expect(Promise.resolve(snake.ready?.())).resolves.toBeDefined()
      expect(await ask(browser, authWith({ version, sessions: snake }))).toBe(`200 ${userId} by auth-js`)
    })

    it('expires, and is revoked by its id and by its token', async () => {
      expect(await ask(browser, authWith({ version }, 31 * DAY))).toBe('401 credential_expired')
      const auth = authWith({ version, sessions: authJsSessions(query, { sessionIds: true }) })
      const { rows } = await pool.query<{ id: number }>('select id from sessions where "sessionToken" = $1', [
        browser.jar.get(name),
      ])
      await auth.revoke({ session: String(rows[0]!.id), verifier: 'auth-js' })
      expect(await ask(browser, auth)).toBe('401 credential_revoked')
      const other = authWith({ version })
      await other.revoke({ credential: browser.jar.get(name)! })
      expect(await ask(browser, other)).toBe('401 credential_revoked')
    })

    it('is remembered only as long as asked, and never past the app’s own answer', async () => {
      let lookUps = 0
      const sessions = Object.assign((token: string) => (lookUps++, authJsSessions(query)(token)), {})
      const gone = new Set<string>()
      const isRevoked = ({ subject }: { subject: string }) => gone.has(subject)
      const auth = authWith({ version, sessions, rememberMs: 60_000, isRevoked })
      for (let i = 0; i < 3; i++) expect(await ask(browser, auth)).toBe(`200 ${userId} by auth-js`)
      expect(lookUps).toBe(1)
      gone.add(userId)
      expect(await ask(browser, auth)).toBe('401 credential_revoked')
      const fresh = authWith({ version, sessions })
      for (let i = 0; i < 2; i++) await ask(browser, fresh)
      expect(lookUps).toBe(3)
    })

    it('ends with the sign-out, and with its user', async () => {
      const auth = authWith({ version })
      const before = browser.jar.get(name)!
      await browser.signOut()
      expect(browser.jar.has(name)).toBe(false)
      expect(await outcome(auth, cookies([name, before]))).toBe('401 credential_revoked')
      await browser.signInByLink(email)
      expect(await ask(browser, auth)).toBe(`200 ${userId} by auth-js`)
      await pool.query('delete from users where id = $1', [userId])
      expect(await ask(browser, auth)).toBe('401 credential_revoked')
    })
  })

  it('a token is known in its one spelling only, so that a revoked one does not come back in another', async () => {
    await pool.query(`create table by_uuid ("sessionToken" uuid primary key, "userId" integer, expires timestamptz);
      create table of_uuid as select 1 as id, null as name, null as email, null as image`)
    const token = randomUUID()
    await pool.query("insert into by_uuid values ($1, 1, now() + interval '1 day')", [token])
    const auth = authWith({ sessions: authJsSessions(query, { tables: { session: 'by_uuid', user: 'of_uuid' } }) })
    const sent = (value: string) => outcome(auth, cookies(['authjs.session-token', value]))
    expect(await sent(token)).toBe('200 1 by auth-js')
    await auth.revoke({ credential: token })
    for (const spelled of [token, token.toUpperCase(), `{${token}}`, token.replaceAll('-', '')])
      expect(await sent(spelled)).toBe('401 credential_revoked')
  })

  it('answers 503 while the database cannot be asked, and 401 to junk', async () => {
    const broken = authJsSessions(async () => Promise.reject(new Error('connection lost')))
    expect(await outcome(authWith({ sessions: broken }), cookies(['authjs.session-token', 'x']))).toBe(
      '503 verifier_unavailable',
    )
    for (const junk of ['x', "' or 1=1 --", '%00', 'eyJhbGciOiJkaXIifQ..a.b.c', 'a'.repeat(600), '%F0%9F%98%80'])
      expect(await outcome(authWith(), cookies(['authjs.session-token', junk]))).toMatch(/^401 credential_/)
  })
})

describe('database sessions', () => {
  const answer = (found: unknown) =>
    outcome(
      createDualAuth({ verifiers: [authJs({ name: 'a', sessions: () => found as never })] }),
      cookies(['authjs.session-token', 't']),
    )
  const expires = new Date(Date.now() + DAY)

  it.each<[string, unknown, string]>([
    ['a session and its user', { session: { userId: 7, expires }, user: { id: '7' } }, '200 7 by a'],
    ['a big number', { session: { userId: 7n, expires }, user: { id: 7n } }, '200 7 by a'],
    ['nothing', null, '401 credential_revoked'],
    ['no user', { session: { userId: 7, expires }, user: null }, '401 credential_revoked'],
    ['another user', { session: { userId: 7, expires }, user: { id: 8 } }, '401 credential_revoked'],
    [
      'an end that has passed',
      { session: { userId: 7, expires: new Date(0) }, user: { id: 7 } },
      '401 credential_expired',
    ],
    ['its own token', { session: { userId: 7, expires, sessionToken: 't' }, user: { id: 7 } }, '200 7 by a'],
    [
      'its token in another spelling',
      { session: { userId: 7, expires, sessionToken: 'T' }, user: { id: 7 } },
      '401 credential_revoked',
    ],
    [
      'an end that passed long ago, in milliseconds',
      { session: { userId: 7, expires: new Date(50_000_000_000) }, user: { id: 7 } },
      '401 credential_expired',
    ],
    ['no end', { session: { userId: 7 }, user: { id: 7 } }, '503 verifier_unavailable'],
    [
      'an end that is no date',
      { session: { userId: 7, expires: 'soon' }, user: { id: 7 } },
      '503 verifier_unavailable',
    ],
    ['no session', { user: { id: 7 } }, '503 verifier_unavailable'],
    [
      'a column of another name for the subject',
      { session: { userId: 7, expires }, user: { id: 7, sub: 'eve' } },
      '200 7 by a',
    ],
  ])('with %s', async (_, found, expected) => {
    expect(await answer(found)).toBe(expected)
  })

  it('are given up as "cannot tell" when their store does not answer in time', async () => {
    const events: AuthEvent[] = []
    const auth = createDualAuth({
      verifiers: [authJs({ name: 'a', sessions: () => new Promise<never>(() => {}), timeoutMs: 20 })],
      onEvent: (event) => void events.push(event),
    })
    expect(await outcome(auth, cookies(['authjs.session-token', 't']))).toBe('503 verifier_unavailable')
    expect(events.find(({ type }) => type === 'unavailable')).toMatchObject({
      error: { message: 'authJs(a).sessions: no answer within 20 ms' },
    })
  })

  it('name the member that keeps an answer from being a session, and no value', async () => {
    const events: AuthEvent[] = []
    const found = { session: { userId: 7, expires: 'hunter2' }, user: { id: 7 } }
    const auth = createDualAuth({
      verifiers: [authJs({ name: 'a', sessions: () => found })],
      onEvent: (event) => void events.push(event),
    })
    expect(await outcome(auth, cookies(['authjs.session-token', 't']))).toBe('503 verifier_unavailable')
    expect(events.find(({ type }) => type === 'unavailable')).toMatchObject({
      error: { message: 'authJs(a).sessions: `session.expires` of what was found is missing or wrong' },
    })
    expect(JSON.stringify(events)).not.toContain('hunter2')
  })

  it('are looked up once for requests that come at the same time', async () => {
    let answer: (found: null) => void = () => {}
    const pending = new Promise<null>((resolve) => void (answer = resolve))
    const asked: string[] = []
    const sessions = (token: string) => (asked.push(token), token === 't' ? pending : null)
    const auth = createDualAuth({ verifiers: [authJs({ name: 'a', sessions })] })
    const ask = (token: string) => outcome(auth, cookies(['authjs.session-token', token]))
    const sent = Promise.all(Array.from({ length: 5 }, () => ask('t')))
    // Each of these takes as many steps as those before it, which have arrived when the last one is answered.
    for (let turn = 0; turn < 20; turn++) await ask(`other-${turn}`)
    answer(null)
    expect(new Set(await sent)).toEqual(new Set(['401 credential_revoked']))
    expect(asked.filter((token) => token === 't')).toHaveLength(1)
  })

  it('type their claims, and JWT sessions theirs', () => {
    const stored = authJs({ name: 'stored', sessions: () => null })
    const sealed = authJs({ name: 'sealed', secrets: [randomBytes(32)] })
    expectTypeOf<ReturnType<typeof stored.open>>().toEqualTypeOf<
      import('../../../src/index.js').OpenVerifier<AuthJsSessionClaims>
    >()
    expectTypeOf(stored.name).toEqualTypeOf<'stored'>()
    expectTypeOf(sealed.name).toEqualTypeOf<'sealed'>()
  })

  it.each<[object, string]>([
    [{ sessions: 'table' }, 'authJs(a).sessions'],
    [{ sessions: () => null, secrets: [randomBytes(32)] }, 'authJs(a).secrets'],
    [{ sessions: () => null, bearer: true }, 'authJs(a).bearer'],
    [{ sessions: () => null, claims: { subject: 'role' } }, 'authJs(a).claims.subject'],
    [{ sessions: () => null, rememberMs: -1 }, 'authJs(a).rememberMs'],
    [{ sessions: () => null, timeoutMs: 0 }, 'authJs(a).timeoutMs'],
    [{ sessions: () => null, timeoutMs: 30_001 }, 'authJs(a).timeoutMs'],
    [{ sessions: () => null, cookie: ['a', 'a'] }, 'authJs(a).cookie[1]'],
  ])('refuse %o, by name', (options, path) => {
    expect(wrongOption(() => authJs({ name: 'a', ...options } as never))).toBe(path)
  })

  it('refuse a name that is no SQL identifier', () => {
    const query: Query = async () => []
    expect(wrongOption(() => authJsSessions(query, { tables: { user: 'users; drop' } }))).toBe(
      'authJsSessions.tables.user',
    )
    expect(wrongOption(() => authJsSessions('query' as never))).toBe('authJsSessions.query')
  })
})
