import { describe, expect, it } from 'vitest'
import { apiKeys, createApiKey, createDualAuth, memoryApiKeys, type Account } from '../../src/index.js'
import { apiKey } from '../support/requests.js'

/** What somebody with this account and these scopes may hand on. */
async function world(account: Omit<Account, 'id'>, scopes: readonly string[] = ['*']) {
  const { key, record } = await createApiKey({ prefix: 'sk_', owner: { kind: 'user', id: 'ada' }, scopes })
  const auth = createDualAuth({
    verifiers: [apiKeys({ name: 'key', prefix: 'sk_', keys: memoryApiKeys([record]) })],
    link: ({ subject }) => ({ id: subject, ...account }),
    access: { roles: { editor: ['things:*', '*:read'], admin: ['*'] } },
  })
  const result = await auth.authenticate(apiKey(key))
  if (!result.ok) throw result.error
  return { auth, principal: result.principal, may: (grant: string) => auth.mayGrant(result.principal, grant) }
}

describe('auth.mayGrant', () => {
  it('lets a principal hand on what it holds, wildcards as a whole', async () => {
    const { may } = await world({ roles: ['editor'] })
    for (const grant of ['things:write', 'things:*', '*:read', 'users:read'])
      expect([grant, await may(grant)]).toEqual([grant, true])
    for (const grant of ['*', 'users:write', 'users:*', '*:write', 'a:b:c', ''])
      expect([grant, await may(grant)]).toEqual([grant, false])
    const admin = await world({ roles: ['admin'] })
    for (const grant of ['*', 'users:*', '*:write', 'a:b:c'])
      expect([grant, await admin.may(grant)]).toEqual([grant, true])
  })

  it('lets an API key hand on no more than its scopes', async () => {
    const { may } = await world({ roles: ['admin'] }, ['things:*'])
    expect([await may('things:write'), await may('things:*'), await may('*'), await may('users:read')]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('knows nobody of another instance', async () => {
    const [one, other] = [await world({ roles: ['admin'] }), await world({ roles: ['admin'] })]
    expect(await one.auth.mayGrant(other.principal, 'things:read')).toBe(false)
  })
})
