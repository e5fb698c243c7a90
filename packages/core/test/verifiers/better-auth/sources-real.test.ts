import { createServer, type IncomingMessage, type Server } from 'node:http'
import { randomBytes } from 'node:crypto'
import { createEmbedded } from '@dualauth/servers'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  betterAuth,
  createDualAuth,
  httpSessions,
  sqlSessions,
  sqlUsers,
  type AuthEvent,
  type AuthRequest,
  type BetterAuthOptions,
} from '../../../src/index.js'
import {
  cookiesOf,
  signUpAt,
  startBetterAuth,
  VERSIONS,
  type BetterAuthServer,
  type Person,
} from '../../support/better-auth-servers.js'
import { startOnPostgres, startOnSqlite, type SqlServer } from '../../support/better-auth-sql.js'
import { bearer } from '../../support/requests.js'

const SECRET = randomBytes(32).toString('hex')
const OLD_SECRET = randomBytes(32).toString('hex')
const DAY = 86_400_000
const COOKIE = 'better-auth.session_token'

function authOf(sessions: BetterAuthOptions['sessions'], options: Partial<BetterAuthOptions> = {}, offset = 0) {
  const events: AuthEvent[] = []
  const auth = createDualAuth({
    verifiers: [betterAuth({ name: 'ba', secrets: [SECRET], sessions, ...options })],
    now: () => Date.now() + offset,
    onEvent: (event) => events.push(event),
  })
  return { auth, events }
}

async function judge(
  sessions: BetterAuthOptions['sessions'],
  sent: AuthRequest,
  options: Partial<BetterAuthOptions> = {},
  offset = 0,
) {
  const result = await authOf(sessions, options, offset).auth.authenticate(sent, { refresh: true })
  if (!result.ok) return `${result.error.status} ${result.error.code}`
  const { id, organization, roles } = result.principal
  return [`200 ${id}`, organization ?? '', ...roles.filter((role) => role.startsWith('organization:'))].join(' ').trim()
}

let pg: PGlite
beforeAll(async () => {
  pg = await createEmbedded((from) => PGlite.create(from))
})
afterAll(() => pg.close())

describe.each<[string, () => Promise<SqlServer>]>([
  ['Postgres', () => startOnPostgres('1.7', pg, plugins())],
  ['SQLite', () => startOnSqlite('1.7', plugins())],
])('sqlSessions over the tables of a real Better Auth on %s', (kind, start) => {
  let world: SqlServer
  let person: Person
  const on = kind === 'SQLite' ? 1 : true

  beforeAll(async () => {
    world = await start()
    person = await signUpAt(world.server)
  })

  const endOf = async ({ token }: Person) => {
    const [row] = await world.query('SELECT CAST("expiresAt" AS text) AS at FROM "session" WHERE "token" = $1', [token])
    return Date.parse(String(row!['at']).replace(' ', 'T').replace(/\+00$/, 'Z'))
  }

  it('accepts, expires, bans and forgets', async () => {
    const sessions = sqlSessions(world.query)
    expect(await judge(sessions, cookiesOf(person.jar))).toBe(`200 ${person.id}`)
    expect(await judge(sessions, cookiesOf(person.jar), {}, 8 * DAY)).toBe('401 credential_expired')
    const banned = await signUpAt(world.server)
    const until = new Date(Date.now() + DAY).toISOString()
    await world.query('UPDATE "user" SET "banned" = $1, "banExpires" = $2 WHERE "id" = $3', [on, until, banned.id])
    expect(await judge(sessions, cookiesOf(banned.jar))).toBe('403 account_banned')
    expect(await judge(sessions, cookiesOf(banned.jar), {}, 2 * DAY)).toBe(`200 ${banned.id}`)
    await world.query('DELETE FROM "session" WHERE "userId" = $1', [banned.id])
    expect(await judge(sessions, cookiesOf(banned.jar))).toBe('401 credential_revoked')
  })

  it('counts the active organization only while the user is its member', async () => {
    const sessions = sqlSessions(world.query, { organizations: true })
    const member = await signUpAt(world.server)
    expect(await judge(sessions, cookiesOf(member.jar))).toBe(`200 ${member.id}`)
    const body = { name: 'Acme', slug: `acme-${kind}` }
    const made = await world.server.call('POST', '/organization/create', member.jar, body)
    const { id } = (await made.json()) as { id: string }
    const as = `200 ${member.id} ${id}`
    expect(await judge(sessions, cookiesOf(member.jar))).toBe(`${as} organization:owner`)
    expect(await judge(sqlSessions(world.query), cookiesOf(member.jar))).toBe(`200 ${member.id}`)
    await world.query('UPDATE "member" SET "role" = $1 WHERE "userId" = $2', ['admin, billing', member.id])
    expect(await judge(sessions, cookiesOf(member.jar))).toBe(`${as} organization:admin organization:billing`)
    await world.query('DELETE FROM "member" WHERE "userId" = $1', [member.id])
    expect(await judge(sessions, cookiesOf(member.jar))).toBe(`200 ${member.id}`)
  })

  it('slides a session once, as Better Auth does, and writes the cookie where the app says how', async () => {
    const late = 2 * DAY
    const before = await endOf(person)
    const touch = { cookie: { secure: false } }
    const read = authOf(sqlSessions(world.query), {}, late)
    await read.auth.authenticate(cookiesOf(person.jar))
    expect(await endOf(person)).toBe(before)
    expect(await judge(sqlSessions(world.query), cookiesOf(person.jar), { touch }, DAY / 2)).toBe(`200 ${person.id}`)
    expect(await endOf(person)).toBe(before)
    // Where no cookie can be written, as for a queue or an open socket, it is read only.
    await authOf(sqlSessions(world.query), { touch }, late).auth.authenticate(cookiesOf(person.jar))
    expect(await endOf(person)).toBe(before)
    const results = await Promise.all(
      Array.from({ length: 4 }, () =>
        authOf(sqlSessions(world.query), { touch }, late).auth.authenticate(cookiesOf(person.jar), { refresh: true }),
      ),
    )
    expect(results.every(({ ok }) => ok)).toBe(true)
    const written = results.flatMap(({ cookies }) => cookies)
    expect(written).toHaveLength(1)
    const value = person.jar.get(COOKIE)
    expect(written[0]!.field).toBe(`${COOKIE}=${value}; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax`)
    expect(Math.abs((await endOf(person)) - (Date.now() + late + 7 * DAY))).toBeLessThan(60_000)
    // Better Auth reads what was written.
    const seen = await world.server.call('GET', '/get-session?disableCookieCache=true', person.jar)
    expect(await seen.json()).toMatchObject({ user: { id: person.id } })
  })

  it('slides at every use where `updateAge` is 0', async () => {
    const often = await signUpAt(world.server)
    const touch = { updateAgeSeconds: 0 }
    for (const later of [60_000, 120_000]) {
      const { auth } = authOf(sqlSessions(world.query), { touch }, later)
      expect(await auth.authenticate(cookiesOf(often.jar), { refresh: true })).toMatchObject({ ok: true })
      expect(Math.abs((await endOf(often)) - (Date.now() + later + 7 * DAY))).toBeLessThan(30_000)
    }
  })

  it('leaves alone a session that is not to be remembered, and an impersonation', async () => {
    const passing = await signUpAt(world.server, { rememberMe: false })
    expect([...passing.jar.keys()]).toContain('better-auth.dont_remember')
    const touch = {}
    const before = await endOf(passing)
    expect(await judge(sqlSessions(world.query), cookiesOf(passing.jar), { touch })).toBe(`200 ${passing.id}`)
    expect(await endOf(passing)).toBe(before)
    const disguised = await signUpAt(world.server)
    await world.query('UPDATE "session" SET "impersonatedBy" = $1 WHERE "token" = $2', [person.id, disguised.token])
    await judge(sqlSessions(world.query), cookiesOf(disguised.jar), { touch }, 2 * DAY)
    expect(await endOf(disguised)).toBeLessThan(Date.now() + 8 * DAY)
  })

  it('lets the request in when sliding fails, and says so', async () => {
    const sessions = sqlSessions(async (sql, params) => {
      if (sql.startsWith('UPDATE')) throw new Error('read only')
      return world.query(sql, params)
    })
    const other = await signUpAt(world.server)
    const { auth, events } = authOf(sessions, { touch: {} }, 2 * DAY)
    expect(await auth.authenticate(cookiesOf(other.jar), { refresh: true })).toMatchObject({ ok: true, cookies: [] })
    expect(events.map(({ type }) => type)).toEqual(['touch_failed', 'verified', 'authenticated'])
  })
})

describe('sqlSessions over columns that other schemas have', () => {
  const at = (ms: number) => new Date(ms).toISOString()
  const now = Date.now()
  const signed = (token: string) => bearer(token)

  it.each<[string, string, (ms: number) => unknown]>([
    ['a timestamp without zone, which holds UTC', 'timestamp', (ms) => at(ms).replace('Z', '')],
    ['timestamptz', 'timestamptz', at],
    ['ISO text', 'text', at],
    ['milliseconds', 'bigint', (ms) => ms],
    ['seconds', 'integer', (ms) => Math.floor(ms / 1000)],
  ])('reads and slides %s, wherever the database believes to be', async (type, column, write) => {
    const table = `s_${column}_${type.length}`
    await pg.exec("SET TIME ZONE 'America/New_York'")
    await pg.exec(`CREATE TABLE ${table} (id int, token text, user_id int, expires_at ${column}, created_at ${column},
      updated_at ${column}, impersonated_by text);
      CREATE TABLE u_${table} (id int, email text, banned boolean, ban_expires ${column})`)
    const query = async (sql: string, params: readonly unknown[]) =>
      (await pg.query(sql, [...params])).rows as Record<string, unknown>[]
    const token = 'T'.repeat(32)
    await query(`INSERT INTO ${table} VALUES (1, $1, 7, $2, $3, $3, NULL)`, [token, write(now + DAY), write(now - DAY)])
    await query(`INSERT INTO u_${table} VALUES (7, 'a@example.com', true, $1)`, [write(now + 2 * 3_600_000)])
    const sessions = sqlSessions(query, { tables: { session: table, user: `u_${table}` }, columns: 'snake_case' })
    expect(await judge(sessions, signed(token), {}, 3_600_000)).toBe('403 account_banned')
    expect(await judge(sessions, signed(token), {}, 3 * 3_600_000)).toBe('200 7')
    expect(await judge(sessions, signed(token), {}, DAY - 60_000)).toBe('200 7')
    expect(await judge(sessions, signed(token), {}, DAY + 60_000)).toBe('401 credential_expired')
    expect(await judge(sessions, signed(token), { touch: {} }, DAY - 60_000)).toBe('200 7')
    expect(await judge(sessions, signed(token), {}, 8 * DAY - 120_000)).toBe('200 7')
    expect(await judge(sessions, signed(token), {}, 8 * DAY)).toBe('401 credential_expired')
  })
})

describe('httpSessions over a real Better Auth server', () => {
  let served: BetterAuthServer
  let server: Server
  let url: string
  let person: Person
  let mode: 'ok' | 'down' | 'hang' | 'redirect' | 'html' | 'large' | 'odd' | 'limited' = 'ok'
  const seen: IncomingMessage[] = []

  beforeAll(async () => {
    served = startBetterAuth('1.7', plugins())
    person = await signUpAt(served)
    server = createServer((request, response) => {
      seen.push(request)
      const answers: Record<string, () => void> = {
        down: () => response.writeHead(500).end('{"code":"FAILED_TO_GET_SESSION"}'),
        limited: () => response.writeHead(429).end('null'),
        hang: () => {},
        redirect: () => response.writeHead(302, { location: url }).end(),
        html: () => response.end('<html></html>'),
        large: () => response.end(`"${'x'.repeat(300_000)}"`),
        odd: () => response.end('{"roles":["admin"]}'),
      }
      const answer = answers[mode]
      if (answer !== undefined) return answer()
      const { cookie = '' } = request.headers
      void served.instance
        .handler(new Request(`http://localhost:3000${request.url}`, { headers: { cookie } }))
        .then(async (reply) =>
          response.writeHead(reply.status, Object.fromEntries(reply.headers)).end(await reply.text()),
        )
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}/api/auth/get-session`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it('accepts a cookie and a raw bearer, and forwards nothing but the session cookie', async () => {
    const sent = cookiesOf(person.jar, new Map([['other', 'secret']]))
    expect(await judge(httpSessions({ url }), sent)).toBe(`200 ${person.id}`)
    expect(await judge(httpSessions({ url }), bearer(person.token))).toBe(`200 ${person.id}`)
    const { headers, url: path } = seen.at(-2)!
    expect(path).toBe('/api/auth/get-session?disableRefresh=true&disableCookieCache=true')
    expect(headers.authorization).toBeUndefined()
    expect(headers.cookie!.split('; ').map((pair) => pair.split('=')[0])).toEqual([`__Secure-${COOKIE}`, COOKIE])
  })

  it('signs anew what an older secret signed', async () => {
    const before = await signUpAt(startBetterAuth('1.7', { ...plugins(), secret: OLD_SECRET }))
    const found = served.tables['session']!.find(({ token }) => token === person.token)!
    served.tables['session']!.push({ ...found, id: 'moved', token: before.token })
    const secrets = [SECRET, OLD_SECRET]
    expect(await judge(httpSessions({ url }), cookiesOf(before.jar), { secrets })).toBe(`200 ${person.id}`)
  })

  it('refuses a session that was ended, and relays no cookie that clears it', async () => {
    const other = await signUpAt(served)
    const kept = new Map(other.jar)
    await served.call('POST', '/sign-out', other.jar, {})
    const { auth } = authOf(httpSessions({ url }))
    const result = await auth.authenticate(cookiesOf(kept))
    expect(result).toMatchObject({ ok: false, error: { code: 'credential_revoked', status: 401 }, cookies: [] })
  })

  it.each(['down', 'limited', 'hang', 'redirect', 'html', 'large', 'odd'] as const)(
    'cannot tell when the server answers otherwise: %s',
    async (broken) => {
      mode = broken
      const answer = await judge(httpSessions({ url, timeoutMs: 300 }), cookiesOf(person.jar))
      mode = 'ok'
      expect(answer).toBe('503 verifier_unavailable')
    },
  )

  it('cannot tell when nobody listens', async () => {
    const sessions = httpSessions({ url: 'http://127.0.0.1:9/api/auth/get-session' })
    expect(await judge(sessions, cookiesOf(person.jar))).toBe('503 verifier_unavailable')
  })
})

it('sqlUsers finds a user as it is now', async () => {
  const { query, server } = await startOnSqlite('1.7', plugins())
  const person = await signUpAt(server)
  expect(await sqlUsers(query)(person.id)).toMatchObject({ id: person.id, email: person.email })
  expect(await sqlUsers(query)('nobody')).toBeNull()
})

function plugins(): object {
  const { admin, organization } = VERSIONS['1.7'].plugins
  return { secret: SECRET, plugins: [admin!(), organization!()] }
}
