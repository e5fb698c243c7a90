import { createEmbedded } from '@dualauth/servers'
import { PGlite } from '@electric-sql/pglite'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { betterAuthApiKeys, createDualAuth, type BetterAuthApiKeysOptions, type Query } from '../../../src/index.js'
import { apiKey, bearer } from '../../support/requests.js'
import {
  signUpAt,
  VERSIONS,
  type BetterAuthServer,
  type Person,
  type Version,
} from '../../support/better-auth-servers.js'
import { startOnPostgres, startOnSqlite } from '../../support/better-auth-sql.js'

const DAY = 86_400_000
const snake = (...fields: string[]) =>
  Object.fromEntries(fields.map((field) => [field, field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]))
const FIELDS = snake(
  'referenceId',
  'configId',
  'refillInterval',
  'refillAmount',
  'lastRefillAt',
  'rateLimitEnabled',
  'rateLimitTimeWindow',
  'rateLimitMax',
  'requestCount',
  'lastRequest',
  'expiresAt',
  'createdAt',
  'updatedAt',
)

let pg: PGlite
beforeAll(async () => {
  pg = await createEmbedded((from) => PGlite.create(from))
})
afterAll(() => pg.close())

interface Database {
  readonly server: BetterAuthServer
  readonly query: Query
}

const databases: [string, Version, () => Promise<Database>, Partial<BetterAuthApiKeysOptions>][] = [
  ['1.7 on Postgres', '1.7', () => startOnPostgres('1.7', pg, options('1.7')), {}],
  ['1.7 on SQLite', '1.7', () => startOnSqlite('1.7', options('1.7')), {}],
  [
    '1.7 on Postgres, snake_case and renamed',
    '1.7',
    () => startOnPostgres('1.7', pg, options('1.7', true)),
    { columns: 'snake_case', tables: { apikey: 'api_keys', user: 'public.people' } },
  ],
  ['1.4 on SQLite', '1.4', () => startOnSqlite('1.4', options('1.4')), { ownerField: 'userId' }],
]

function options(version: Version, renamed = false): object {
  const { admin, apiKey: plugin } = VERSIONS[version].plugins
  const keys = {
    enableMetadata: true,
    keyExpiration: { minExpiresIn: 0 },
    rateLimit: { enabled: true, maxRequests: 100 },
  }
  const schema = renamed ? { apikey: { modelName: 'api_keys', fields: FIELDS } } : undefined
  const names = renamed
    ? {
        user: { modelName: 'people', fields: snake('emailVerified', 'createdAt', 'updatedAt') },
        session: { modelName: 'people_sessions' },
        account: { modelName: 'people_accounts' },
      }
    : {}
  const adminSchema = renamed ? { schema: { user: { fields: snake('banned', 'banReason', 'banExpires') } } } : {}
  return {
    ...names,
    secret: randomBytes(32).toString('hex'),
    plugins: [admin!(adminSchema), schema === undefined ? plugin!(keys) : (plugin as never as Plug)(keys, { schema })],
  }
}
type Plug = (configuration: object, options: object) => { id: string }

describe.each(databases)('API keys of Better Auth %s', (_, version, start, given) => {
  let database: Database
  let owner: Person
  let offset = 0

  beforeAll(async () => {
    database = await start()
    owner = await signUpAt(database.server)
  })

  const create = async (body: object, userId = owner.id) =>
    (await database.server.instance.api['createApiKey']!({ body: { userId, ...body } })) as { id: string; key: string }
  const authOf = (more: Partial<BetterAuthApiKeysOptions> = {}) =>
    createDualAuth({
      verifiers: [betterAuthApiKeys({ name: 'keys', query: database.query, ...given, ...more })],
      now: () => Date.now() + offset,
    })
  const judge = async (key: string, more: Partial<BetterAuthApiKeysOptions> = {}) => {
    const result = await authOf(more).authenticate(apiKey(key))
    if (result.ok) return `200 ${result.principal.id}`
    const { status, code, retryAfterSeconds } = result.error
    return `${status} ${code}${retryAfterSeconds === null ? '' : ` ${retryAfterSeconds}`}`
  }
  const verified = async (key: string) =>
    (await database.server.instance.api['verifyApiKey']!({ body: { key } })) as {
      valid: boolean
      key: Record<string, unknown>
    }

  it('are accepted for their owner, with their permissions as scopes', async () => {
    const { key, id } = await create({
      name: 'export',
      permissions: { files: ['read', 'write'], '*': ['read'], a: ['*'] },
    })
    const result = await authOf().authenticate(apiKey(key))
    if (!result.ok) throw result.error
    expect(result.principal).toMatchObject({
      id: owner.id,
      kind: 'user',
      scopes: ['files:read', 'files:write'],
      claims: { keyId: id, name: 'export', configId: 'default' },
      roles: ['user'],
      email: owner.email,
    })
    expect(JSON.stringify(result)).not.toContain(key)
  })

  it('with a prefix of their own are accepted too, and as a bearer where that is allowed', async () => {
    const { key } = await create({ prefix: 'sk_live_' })
    expect(await judge(key)).toBe(`200 ${owner.id}`)
    const strict = { prefix: 'sk_live_', bearer: true }
    expect(await judge(key, strict)).toBe(`200 ${owner.id}`)
    expect(await authOf(strict).authenticate(bearer(key))).toMatchObject({ ok: true })
    expect(await authOf().authenticate(bearer(key))).toMatchObject({ ok: false })
  })

  it('without permissions may do nothing, unless the app says everything', async () => {
    const { key } = await create({})
    expect(await authOf().authenticate(apiKey(key))).toMatchObject({ ok: true, principal: { scopes: [] } })
    const everything = { withoutPermissions: 'everything' } as const
    expect(await authOf(everything).authenticate(apiKey(key))).toMatchObject({ principal: { scopes: ['*'] } })
  })

  it('that are unknown, altered, or a stored hash are refused', async () => {
    const { key, id } = await create({})
    const [row] = await database.query(`SELECT "key" FROM "${given.tables?.apikey ?? 'apikey'}" WHERE "id" = $1`, [id])
    const invalid = '401 credential_invalid'
    expect(await judge('A'.repeat(64))).toBe(invalid)
    expect(await judge(key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')))).toBe(invalid)
    expect(await judge(row!['key'] as string)).toBe('401 credential_unsupported')
    expect(await judge(row!['key'] as string, { minLength: 20 })).toBe(invalid)
  })

  it('that are disabled or have expired are refused', async () => {
    const { key, id } = await create({ expiresIn: 3600 })
    offset = 2 * 3_600_000
    expect(await judge(key)).toBe('401 credential_expired')
    offset = 0
    await database.server.instance.api['updateApiKey']!({ body: { keyId: id, userId: owner.id, enabled: false } })
    expect(await judge(key)).toBe('401 credential_revoked')
  })

  it('of another configuration are unknown here', async () => {
    if (version === '1.4') return
    const { key } = await create({})
    expect(await judge(key, { configId: 'partners' })).toBe('401 credential_invalid')
  })

  it('of a banned or deleted owner are refused, as Better Auth itself does not', async () => {
    const banned = await signUpAt(database.server)
    const { key } = await create({}, banned.id)
    const user = given.tables?.user?.replace('public.', '') ?? 'user'
    const on = user === 'user' && _.includes('SQLite') ? 1 : true
    await database.query(`UPDATE "${user}" SET "banned" = $1 WHERE "id" = $2`, [on, banned.id])
    expect((await verified(key)).valid).toBe(true)
    expect(await judge(key)).toBe('403 account_banned')
    await database.query(`DELETE FROM "${user}" WHERE "id" = $1`, [banned.id])
    expect(await judge(key)).toMatch(/^401 credential_(revoked|invalid)$/)
  })

  it('are counted together with the plugin, and limited with the time to wait', async () => {
    const { key } = await create({ rateLimitMax: 4, rateLimitTimeWindow: DAY, rateLimitEnabled: true })
    expect(await judge(key)).toBe(`200 ${owner.id}`)
    expect((await verified(key)).key).toMatchObject({ requestCount: 2 })
    expect(await judge(key)).toBe(`200 ${owner.id}`)
    expect((await verified(key)).valid).toBe(true)
    expect((await verified(key)).valid).toBe(false)
    expect(await judge(key)).toMatch(/^429 rate_limited (86400|86399|8639\d)$/)
    expect(await judge(key, { countUsage: false })).toBe(`200 ${owner.id}`)
    offset = DAY + 1000
    expect(await judge(key)).toBe(`200 ${owner.id}`)
    offset = 0
  })

  it('that arrive at once never pass their limit', async () => {
    const { key } = await create({ rateLimitMax: 5, rateLimitTimeWindow: DAY, rateLimitEnabled: true, remaining: 7 })
    const answers = await Promise.all(Array.from({ length: 12 }, () => judge(key)))
    expect(answers.filter((answer) => answer.startsWith('200')).length).toBe(5)
    expect((await verified(key)).valid).toBe(false)
  })

  it('with a number of uses left are counted down and then refused', async () => {
    const { key } = await create({ remaining: 3, rateLimitEnabled: false })
    expect(await judge(key)).toBe(`200 ${owner.id}`)
    expect((await verified(key)).key).toMatchObject({ remaining: 1 })
    expect(await judge(key)).toBe(`200 ${owner.id}`)
    expect(await judge(key)).toBe('429 rate_limited')
    expect(await judge(key, { countUsage: false })).toBe('429 rate_limited')
  })

  it('that opened a connection are used once, however often it looks again', async () => {
    const { key, id } = await create({ remaining: 1, rateLimitEnabled: false })
    const opened = await authOf().authenticateUpgrade(apiKey(key))
    if (!opened.ok) throw opened.error
    for (let look = 0; look < 3; look++) expect(await opened.revalidate()).toMatchObject({ ok: true })
    // The next connection is another use, and a key that was disabled closes this one.
    expect(await judge(key)).toBe('429 rate_limited')
    await database.server.instance.api['updateApiKey']!({ body: { keyId: id, userId: owner.id, enabled: false } })
    expect(await opened.revalidate()).toMatchObject({ ok: false, error: { code: 'credential_revoked' } })
  })

  it('are refilled once the interval has passed', async () => {
    const refill = { remaining: 1, refillAmount: 2, refillInterval: DAY, rateLimitEnabled: false }
    const { key } = await create(refill)
    expect(await judge(key)).toBe(`200 ${owner.id}`)
    expect(await judge(key)).toMatch(/^429 rate_limited \d+$/)
    offset = DAY + 1000
    const answers = await Promise.all(Array.from({ length: 4 }, () => judge(key)))
    expect(answers.filter((answer) => answer.startsWith('200')).length).toBe(2)
    offset = 0
  })

  it('cannot be judged while the table is not there', async () => {
    expect(await judge('A'.repeat(64), { tables: { apikey: 'nowhere' } })).toMatch(/^503 verifier_unavailable/)
  })
})

describe('API keys of an organization', () => {
  it('act as a service in it while it exists', async () => {
    const { admin, organization, apiKey: plugin } = VERSIONS['1.7'].plugins
    const { server, query } = await startOnSqlite('1.7', {
      secret: randomBytes(32).toString('hex'),
      plugins: [admin!(), organization!(), plugin!({ references: 'organization' })],
    })
    const owner = await signUpAt(server)
    const made = await server.call('POST', '/organization/create', owner.jar, { name: 'Acme', slug: 'acme' })
    const { id } = (await made.json()) as { id: string }
    const { key } = (await server.instance.api['createApiKey']!({
      body: { organizationId: id, userId: owner.id, permissions: { files: ['read'] } },
    })) as { key: string }
    const auth = createDualAuth({ verifiers: [betterAuthApiKeys({ name: 'keys', query, references: 'organization' })] })
    expect(await auth.authenticate(apiKey(key))).toMatchObject({
      ok: true,
      principal: { id, kind: 'service', organization: id, roles: [], scopes: ['files:read'] },
    })
    const asUser = createDualAuth({ verifiers: [betterAuthApiKeys({ name: 'keys', query })] })
    expect(await asUser.authenticate(apiKey(key))).toMatchObject({ error: { code: 'credential_revoked' } })
    await query('DELETE FROM "organization" WHERE "id" = $1', [id])
    expect(await auth.authenticate(apiKey(key))).toMatchObject({ error: { code: 'credential_revoked' } })
  })
})
