import { apiKeys, betterAuth, createDualAuth, legacyJwt } from '@dualauth/core'
import { expect, it } from 'vitest'
import { createApiKeyIssuer, createBetterAuthIssuer, createLegacyIssuer, tamper, withClaims } from '../src/index.js'

const legacy = createLegacyIssuer()
const server = createBetterAuthIssuer()
const keys = createApiKeyIssuer()
const auth = createDualAuth({
  verifiers: [
    legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [legacy.secret], purpose: 'only-access-tokens' }),
    betterAuth({ name: 'better-auth', secrets: [server.secret], sessions: server.findSession }),
    apiKeys({ name: 'api-key', prefix: keys.prefix, keys: keys.store }),
  ],
  link: ({ subject }) => ({ id: subject }),
})
const ask = async (headers: Record<string, string>): Promise<string> => {
  const result = await auth.authenticate({ method: 'GET', headers })
  return result.ok ? result.principal.id : result.error.code
}
const bearer = (token: string): Promise<string> => ask({ authorization: `Bearer ${token}` })

it('a tampered credential of every kind is refused as forged', async () => {
  for (let i = 0; i < 50; i++) {
    const { token } = server.session()
    const jwt = legacy.sign({ sub: 'a' })
    const { key } = await keys.issue({ owner: 'a' })
    expect(await bearer(jwt)).toBe('a')
    expect(await bearer(tamper(jwt))).toBe('credential_invalid')
    expect(await ask({ cookie: tamper(server.sessionCookie(token)) })).toBe('credential_invalid')
    expect(await bearer(tamper(server.bearer(token)))).toBe('credential_invalid')
    expect(await ask({ 'x-api-key': tamper(key) })).toBe('credential_invalid')
  }
})

it('other claims under a genuine signature are refused', async () => {
  const jwt = legacy.sign({ sub: 'a', role: 'user' })
  expect(await bearer(withClaims(jwt, { role: 'admin' }))).toBe('credential_invalid')
  expect(await bearer(withClaims(jwt, {}))).toBe('a')
})

it('what is too short to be a credential cannot be tampered with', () => {
  expect(() => tamper('')).toThrow(TypeError)
  expect(() => tamper('--------------------')).toThrow(TypeError)
})
