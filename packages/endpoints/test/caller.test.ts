import { apiKeys, createDualAuth, isAuthError, memoryApiKeys, type Principal } from '@dualauth/core'
import { expect, it } from 'vitest'
import { assertMay } from '../src/api-keys/caller.js'
import { parseApiKeyEndpointsOptions } from '../src/api-keys/options.js'
import { createWorld, openDatabase } from './world.js'

const auth = createDualAuth({ verifiers: [apiKeys({ name: 'k', prefix: 'sk_', keys: memoryApiKeys() })] })

it('an impersonator sees the keys of a user, and changes none', async () => {
  const { keys } = await createWorld(await openDatabase())
  const settings = parseApiKeyEndpointsOptions({ auth, keys, prefix: 'sk_' })
  const ada = { id: 'ada', kind: 'user', scopes: null, keyId: null, impersonator: null } as unknown as Principal
  const owner = { kind: 'user', id: 'ada' } as const
  const may = (principal: Principal, right: 'read' | 'write') =>
    assertMay(settings, principal, owner, right).then(
      () => 'may',
      (error: unknown) => (isAuthError(error) ? error.code : error),
    )
  expect([await may(ada, 'read'), await may(ada, 'write')]).toEqual(['may', 'may'])
  const support = { ...ada, impersonator: 'support@example.com' }
  expect([await may(support, 'read'), await may(support, 'write')]).toEqual(['may', 'permission_denied'])
})
