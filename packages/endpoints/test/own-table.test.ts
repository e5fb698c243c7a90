import { apiKeys, createDualAuth, legacyJwt, type Query } from '@dualauth/core'
import { storedApiKeys, type ApiKeyColumns } from '@dualauth/postgres'
import { createLegacyIssuer } from '@dualauth/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiKeyEndpoints, type ApiKeyEndpointsOptions } from '../src/index.js'
import { openDatabase, type ShownKey } from './world.js'

const COLUMNS: ApiKeyColumns = { id: 'id', ownerId: 'user_id', hash: 'key_hash', revokedAt: 'revoked_at' }
/** For a table without a column for the end. */
const ENDLESS = { defaultLifetimeDays: null, maxLifetimeDays: null } as const
const issuer = createLegacyIssuer()
let query: Query
beforeAll(async () => {
  query = await openDatabase()
  await query(
    `create table api_keys (id bigserial primary key, user_id text not null, key_hash text not null unique,
      expires_at timestamptz, revoked_at timestamptz)`,
    [],
  )
})

/** An application whose table of keys has no column for scopes. */
function appOver(columns: ApiKeyColumns, options: Partial<ApiKeyEndpointsOptions> = {}) {
  const keys = storedApiKeys(query, { table: 'api_keys', columns, hash: 'hex' })
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: [issuer.secret],
        purpose: 'only-access-tokens',
      }),
      apiKeys({ name: 'api-key', prefix: 'sk_live_', keys }),
      apiKeys({ name: 'narrow', prefix: 'sk_narrow_', keys: storedApiKeys(query) }),
    ],
    link: ({ subject }) => ({ id: subject, roles: ['member'] }),
    access: { roles: { member: ['things:read', 'api-keys:write'] } },
  })
  const handle = apiKeyEndpoints({ auth, keys, prefix: 'sk_live_', ofOrganization: false, ...options })
  return {
    async create(headers: Record<string, string>, body: object = {}) {
      const url = 'https://api.example.com/api-keys'
      const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } }
      const response = await handle(new Request(url, { ...init, body: JSON.stringify(body) }))
      const json = (await response.json()) as { key: string; apiKey: ShownKey; code?: string; detail?: string }
      return { status: response.status, ...json }
    },
    async may(key: string, permission: string) {
      const result = await auth.authenticate({ method: 'GET', headers: { 'x-api-key': key } })
      return result.ok && (await auth.authorize(result.principal, permission)).ok
    },
  }
}
const bearer = () => ({ authorization: `Bearer ${issuer.sign({ sub: 'ada' })}` })

describe('over a table without a column for scopes', () => {
  const expiring: ApiKeyColumns = { ...COLUMNS, expiresAt: 'expires_at' }

  it('a person makes a key without naming scopes, and it may do what its owner may', async () => {
    const app = appOver(expiring)
    const made = await app.create(bearer())
    expect(made).toMatchObject({ status: 201, apiKey: { scopes: ['*'] } })
    expect(await app.may(made.key, 'things:read')).toBe(true)
    expect(await app.may(made.key, 'things:write')).toBe(false)
  })

  it('refuses a narrower key, which the table could not hold', async () => {
    expect(await appOver(expiring).create(bearer(), { scopes: ['things:read'] })).toMatchObject({
      status: 400,
      code: 'request_invalid',
    })
  })

  it('gives a caller with scopes no key that may do more', async () => {
    const app = appOver(expiring)
    const owner = { kind: 'user', id: 'ada' } as const
    const narrow = await storedApiKeys(query).create({ owner, prefix: 'sk_narrow_', scopes: ['api-keys:write'] })
    const { key } = await app.create(bearer())
    for (const presented of [narrow.ok ? narrow.key : '', key])
      expect(await app.create({ 'x-api-key': presented })).toMatchObject({ status: 403, code: 'permission_denied' })
  })
})

describe('over a table without a column for an organization', () => {
  it('names the option and the column at the start, and not at the first request of a member', () => {
    expect(() => appOver(COLUMNS, { ...ENDLESS, ofOrganization: true })).toThrow(
      expect.objectContaining({
        code: 'configuration_invalid',
        message: expect.stringMatching(/^apiKeyEndpoints\.ofOrganization: .*columns\.organization/) as string,
      }) as Error,
    )
  })

  it('takes the option for granted where the table has one', async () => {
    await query('alter table api_keys add column if not exists tenant text', [])
    const made = await appOver({ ...COLUMNS, organization: 'tenant' }, { ...ENDLESS, ofOrganization: true }).create(
      bearer(),
    )
    expect(made).toMatchObject({ status: 201, apiKey: { organization: null } })
  })
})

describe('over a table without a column for the end', () => {
  it('names the option that says how long a key may last', () => {
    for (const options of [{}, { maxLifetimeDays: null }, { defaultLifetimeDays: null }])
      expect(() => appOver(COLUMNS, options)).toThrow(
        expect.objectContaining({
          code: 'configuration_invalid',
          message: expect.stringMatching(/LifetimeDays/) as string,
        }) as Error,
      )
  })

  it('makes keys that never end once the options say so', async () => {
    const made = await appOver(COLUMNS, ENDLESS).create(bearer())
    expect(made).toMatchObject({ status: 201, apiKey: { expiresAt: null } })
  })
})
