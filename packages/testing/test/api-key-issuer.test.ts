import { apiKeys, createDualAuth } from '@dualauth/core'
import { expect, it } from 'vitest'
import { createApiKeyIssuer, createClock } from '../src/index.js'

const clock = createClock()
const issuer = createApiKeyIssuer()
const auth = createDualAuth({
  verifiers: [apiKeys({ name: 'api-key', prefix: issuer.prefix, keys: issuer.store })],
  now: clock.now,
})
const ask = async (key: string): Promise<string> => {
  const result = await auth.authenticate({ method: 'GET', headers: { 'x-api-key': key } })
  return result.ok ? `${result.principal.kind} ${result.principal.id}` : result.error.code
}

it('issues keys of users and of services', async () => {
  expect(await ask((await issuer.issue({ owner: 'u-1' })).key)).toBe('user u-1')
  expect(await ask((await issuer.issue({ owner: { kind: 'service', id: 's-1' } })).key)).toBe('service s-1')
})

it('issues keys that expire or are revoked', async () => {
  const { key, record } = await issuer.issue({ owner: 'u-1', expiresAt: clock.now() + 1000 })
  clock.advance(1000)
  expect(await ask(key)).toBe('credential_expired')
  issuer.store.revoke(record.id)
  expect(await ask(key)).toBe('credential_revoked')
  const past = await issuer.issue({ owner: 'u-1', expiresAt: clock.now() - 1 })
  expect(await ask(past.key)).toBe('credential_expired')
})
