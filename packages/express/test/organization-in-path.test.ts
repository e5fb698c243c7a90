import type { AddressInfo } from 'node:net'
import { send } from '@dualauth/conformance'
import { apiKeys, createApiKey, createDualAuth, memoryApiKeys } from '@dualauth/core'
import express from 'express'
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
  const app = express()
  app.use(dualAuth(auth))
  app.get(['/orgs/:id', '/orgs/:id/*rest'], requireAuth(), (req, res) => {
    res.json({ route: req.params['id'], acting: getPrincipal(req).organization })
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const reply = await send(origin, { path, headers: { 'x-api-key': key } })
  await new Promise((resolve) => server.close(resolve))
  const { route = null, acting = null } = reply.json()
  expect([reply.status, route]).toEqual(expected)
  expect(acting).toBe(route)
})
