import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  betterAuth,
  createDualAuth,
  httpSessions,
  instanceSessions,
  redisSessions,
  sqlMembers,
  type AuthRequest,
  type BetterAuthInstance,
  type FindMember,
  type FindSession,
  type Query,
} from '../../../src/index.js'
import { cookiesOf, signUpAt, VERSIONS, type BetterAuthServer, type Person } from '../../support/better-auth-servers.js'
import { startOnSqlite } from '../../support/better-auth-sql.js'
import { outcome, wrongOption } from '../../support/outcome.js'

const SECRET = randomBytes(32).toString('hex')
const URL_OF_SESSION = 'http://localhost/api/auth/get-session'

let server: BetterAuthServer
let query: Query
let ada: Person
let acme: string
const storage = new Map<string, string>()

beforeAll(async () => {
  const { organization } = VERSIONS['1.7'].plugins
  const secondaryStorage = {
    get: (key: string) => storage.get(key) ?? null,
    set: (key: string, value: string) => void storage.set(key, value),
    delete: (key: string) => void storage.delete(key),
  }
  const options = { secret: SECRET, secondaryStorage, plugins: [organization!()] }
  ;({ server, query } = await startOnSqlite('1.7', options))
  ada = await signUpAt(server)
  const made = await server.call('POST', '/organization/create', ada.jar, { name: 'Acme', slug: 'acme' })
  acme = ((await made.json()) as { id: string }).id
  await server.call('POST', '/organization/set-active', ada.jar, { organizationId: acme })
})
afterAll(() => storage.clear())

type Source = (members?: FindMember) => FindSession
const instance = () => server.instance as never as BetterAuthInstance & { handler(request: Request): Promise<Response> }
const SOURCES: readonly (readonly [string, Source])[] = [
  [
    'redisSessions',
    (members) => redisSessions((key) => storage.get(key) ?? null, { prefix: '', ...(members && { members }) }),
  ],
  [
    'httpSessions',
    (members) =>
      httpSessions({
        url: URL_OF_SESSION,
        cacheMs: 0,
        fetch: (input, init) => instance().handler(new Request(input as string, init as RequestInit)),
        ...(members && { members }),
      }),
  ],
  ['instanceSessions', (members) => instanceSessions(instance(), members && { members })],
]

const authOf = (sessions: FindSession) =>
  createDualAuth({ verifiers: [betterAuth({ name: 'ba', secrets: [SECRET], sessions })] })

async function actingFor(sessions: FindSession, sent: AuthRequest) {
  const result = await authOf(sessions).authenticate(sent)
  if (!result.ok) throw result.error
  return {
    organization: result.principal.organization,
    roles: result.principal.roles.filter((role) => role.includes(':')),
  }
}

const NOBODY = { organization: null, roles: [] }

describe.each(SOURCES)('%s of a real Better Auth with organizations', (_, source) => {
  it('acts for the active organization while the user is a member, and for none afterwards', async () => {
    const sent = cookiesOf(ada.jar)
    const owner = { organization: acme, roles: ['organization:owner'] }
    expect(await actingFor(source(sqlMembers(query)), sent)).toEqual(owner)
    const [row] = await query('SELECT * FROM "member" WHERE "userId" = $1', [ada.id])
    await query('UPDATE "member" SET "role" = $1 WHERE "userId" = $2', ['admin, billing', ada.id])
    expect(await actingFor(source(sqlMembers(query)), sent)).toEqual({
      organization: acme,
      roles: ['organization:admin', 'organization:billing'],
    })
    await query('DELETE FROM "member" WHERE "userId" = $1', [ada.id])
    expect(await actingFor(source(sqlMembers(query)), sent)).toEqual(NOBODY)
    const columns = Object.keys(row!)
    const places = columns.map((__, place) => `$${place + 1}`).join(', ')
    const names = columns.map((name) => `"${name}"`).join(', ')
    await query(
      `INSERT INTO "member" (${names}) VALUES (${places})`,
      columns.map((name) => row![name]),
    )
    expect(await actingFor(source(sqlMembers(query)), sent)).toEqual(owner)
  })

  it('acts for none without a way to look membership up', async () => {
    expect(await actingFor(source(), cookiesOf(ada.jar))).toEqual(NOBODY)
  })

  it('asks a function of the app by the ids of user and organization, and believes nothing else', async () => {
    const members = vi.fn<FindMember>(async () => ({ roles: ['guest'] }))
    expect(await actingFor(source(members), cookiesOf(ada.jar))).toEqual({
      organization: acme,
      roles: ['organization:guest'],
    })
    expect(members).toHaveBeenCalledExactlyOnceWith(ada.id, acme)
    expect(
      await actingFor(
        source(async () => null),
        cookiesOf(ada.jar),
      ),
    ).toEqual(NOBODY)
    expect(
      await actingFor(
        source(() => ({})),
        cookiesOf(ada.jar),
      ),
    ).toEqual({ organization: acme, roles: [] })
    for (const answer of [true, { roles: 'owner' }, { roles: [7] }])
      expect(await outcome(authOf(source((() => answer) as never)), cookiesOf(ada.jar))).toBe(
        '503 verifier_unavailable',
      )
    const down = () => Promise.reject(new Error('down'))
    expect(await outcome(authOf(source(down)), cookiesOf(ada.jar))).toBe('503 verifier_unavailable')
  })

  it('refuses a cookie cache beside it, which proves no membership', () => {
    const cached = (sessions: FindSession) => () =>
      betterAuth({ name: 'ba', secrets: [SECRET], sessions, cookieCacheMaxAgeMs: 60_000 })
    expect(wrongOption(cached(source(sqlMembers(query))))).toBe('betterAuth(ba).cookieCacheMaxAgeMs')
    expect(cached(source())).not.toThrow()
  })
})
