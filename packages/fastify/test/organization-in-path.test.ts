import { send } from '@dualauth/conformance'
import { apiKeys, createApiKey, createDualAuth, memoryApiKeys } from '@dualauth/core'
import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { dualAuth, getPrincipal, requireAuth } from '../src/index.js'

it.each([
  ['/orgs/ours', [200, 'ours']],
  ['/orgs/theirs', [403, null]],
  ['/orgs/theirs/../ours', [403, null]],
  ['/orgs/theirs/%2e%2e/ours', [403, null]],
  ['/orgs/theirs\\..\\ours', [403, null]],
])('acts for the organization that the route of %s names, or for none', async (path, expected) => {
  const { key, record } = await createApiKey({
    prefix: 'sk_test_',
    owner: { kind: 'user', id: 'u' },
    scopes: ['things:read'],
  })
  const auth = createDualAuth({
    verifiers: [apiKeys({ name: 'api-key', prefix: 'sk_test_', keys: memoryApiKeys([record]) })],
    link: () => ({ id: 'u', memberships: ['ours'] }),
    organization: (request) => request.target().pathname?.split('/')[2],
  })
  const app = Fastify()
  await app.register(dualAuth, { auth })
  for (const url of ['/orgs/:id', '/orgs/:id/*'])
    app.get<{ Params: { id: string } }>(url, { onRequest: requireAuth() }, async (request) => ({
      route: request.params.id,
      acting: getPrincipal(request).organization,
    }))
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const reply = await send(origin, { path, headers: { 'x-api-key': key } })
  await app.close()
  const { route = null, acting = null } = reply.json()
  expect([reply.status, route]).toEqual(expected)
  expect(acting).toBe(route)
})
