import { describe, expect, it } from 'vitest'
import { apiKeys, createApiKey, createDualAuth, legacyJwt, type ApiKeyRecord } from '../../src/index.js'
import { seconds, createClock } from '../support/clock.js'
import { outcome, wrongOption } from '../support/outcome.js'
import { apiKey, bearer } from '../support/requests.js'
import { mint, SECRET } from '../support/tokens.js'

const claims = { sub: 's-1', exp: seconds(60), roles: ['admin'], permissions: ['users:delete'], org: 'org_b' }
const base = { name: 'legacy', algorithms: ['HS256'], secrets: [SECRET], purpose: 'only-access-tokens' } as const

async function principalWith(account: object) {
  const verifier = legacyJwt({ ...base, claims: { organization: 'org' } })
  const auth = createDualAuth({ verifiers: [verifier], link: () => ({ id: 'a', ...account }), now: createClock().now })
  const result = await auth.authenticate(bearer(mint({ claims })))
  if (!result.ok) throw result.error
  return result.principal
}

describe('grants of a provider', () => {
  it('hold in the organization that it names, and in no other that link names', async () => {
    expect((await principalWith({})).roles).toEqual(['admin'])
    expect((await principalWith({ organization: 'org_b' })).roles).toEqual(['admin'])
    const moved = await principalWith({ organization: 'acme' })
    expect([moved.roles, moved.permissions]).toEqual([[], []])
    expect((await principalWith({ organization: 'acme', roles: ['editor'] })).roles).toEqual(['editor'])
  })

  it.each([[[null]], [[5]], ['admin']])('are refused as an outage where link spoils them: %j', async (roles) => {
    await expect(principalWith({ roles })).rejects.toMatchObject({ status: 503, code: 'account_unavailable' })
  })
})

it('asks for link where one verifier has several issuers: a subject is unique within one', () => {
  const several = () =>
    createDualAuth({ verifiers: [legacyJwt({ ...base, issuer: ['https://a.example', 'https://b.example'] })] })
  expect(wrongOption(several)).toBe('createDualAuth.link')
})

describe('an API key', () => {
  const present = async (change: (record: ApiKeyRecord) => unknown, account: object = {}) => {
    const { key, record } = await createApiKey({
      prefix: 'sk_live_',
      owner: { kind: 'user', id: 'u' },
      scopes: ['reports:*'],
      organization: 'org_a',
    })
    const verifier = apiKeys({
      name: 'api-key',
      prefix: 'sk_live_',
      keys: { findByHash: () => change(record) as never },
    })
    return outcome(createDualAuth({ verifiers: [verifier], link: () => ({ id: 'u', ...account }) }), apiKey(key))
  }

  it('of one organization acts in no other', async () => {
    expect(await present((record) => record)).toBe('200 u by api-key')
    expect(await present((record) => record, { organization: 'org_a' })).toBe('200 u by api-key')
    expect(await present((record) => record, { organization: 'org_b' })).toBe('403 identity_unlinked')
  })

  it.each<[string, object]>([
    ['scopes as the text of a JSON column', { scopes: '["*"]' }],
    ['no scopes', { scopes: undefined }],
    ['a misnamed column of revocation', { revokedAt: undefined, revoked_at: 1 }],
    ['an expiry that is a text', { expiresAt: '2020-01-01' }],
    ['an owner of no kind', { owner: { id: 'u' } }],
  ])('is judged by no record that a store spoiled: %s', async (_what, change) => {
    expect(await present((record) => ({ ...record, ...change }))).toBe('503 verifier_unavailable')
  })

  it('that a store does not know may also be undefined', async () => {
    expect(await present(() => undefined)).toBe('401 credential_invalid')
  })
})
