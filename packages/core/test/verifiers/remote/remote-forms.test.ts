import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  apiKeys,
  betterAuth,
  createApiKey,
  createDualAuth,
  introspection,
  legacyJwt,
  memoryApiKeys,
  oidc,
  remote,
  remoteForms,
  serveRemote,
  workos,
  type ExplainInput,
  type Verifier,
} from '../../../src/index.js'
import { legacyOptions } from '../../support/legacy.js'
import { legacyClaims, mint, rsaPair } from '../../support/tokens.js'

const secret = () => randomBytes(32).toString('base64url')
const SIGNED = `${'a1B2'.repeat(8)}.${'+/a1'.repeat(10)}abc=`

function pair(verifiers: readonly Verifier[]) {
  const service = createDualAuth({ verifiers, link: ({ subject }) => ({ id: subject }) })
  const credentials = remoteForms(service)
  expect(JSON.parse(JSON.stringify(credentials))).toEqual(credentials)
  const api = createDualAuth({
    verifiers: [remote({ name: 'service', credentials, validate: serveRemote(service) })],
  })
  return { service, api, credentials }
}

describe('what a service judges, as data', () => {
  it('names each form once, with what a remote needs of it', () => {
    const keys = memoryApiKeys()
    const { credentials } = pair([
      betterAuth({ name: 'session', secrets: [secret()], sessions: async () => null, bearer: 'signed-or-raw' }),
      legacyJwt(legacyOptions()),
      workos({ name: 'workos', clientId: 'client_01' }),
      apiKeys({
        name: 'live-key',
        prefix: 'sk_live_',
        keys,
        imported: [{ prefix: 'sk_live_', minLength: 20, maxLength: 30 }],
      }),
      apiKeys({ name: 'bearer-key', prefix: 'sk_test_', keys, header: false }),
    ])
    expect(credentials).toEqual(
      expect.arrayContaining([
        { sessionToken: 'signed' },
        { sessionToken: 'raw' },
        { jwtIssuer: null },
        { header: 'x-api-key', prefix: 'sk_live_' },
        { opaque: { prefix: 'sk_live_' } },
        { opaque: { prefix: 'sk_test_' } },
        expect.objectContaining({ cookie: '__Secure-better-auth.session_token', chunked: false }),
        { jwtIssuer: expect.arrayContaining(['https://api.workos.com/user_management/client_01']) as string[] },
      ]),
    )
    expect(credentials.filter((form) => 'header' in form)).toHaveLength(1)
  })

  it.each<[string, Verifier, ExplainInput]>([
    ['a token without an issuer', legacyJwt(legacyOptions()), mint({ claims: legacyClaims() })],
    [
      'a token that travels in a header of its own',
      legacyJwt({ ...legacyOptions(), carriers: [{ header: 'x-auth' }, { scheme: 'JWT' }, { cookie: 'jwt' }] }),
      { header: 'x-auth', value: mint() },
    ],
    [
      'a token under another scheme',
      legacyJwt({ ...legacyOptions(), carriers: [{ scheme: 'JWT' }, 'bare'] }),
      { scheme: 'JWT', value: mint() },
    ],
    [
      'a token of one of many tenants',
      oidc({ name: 'entra', issuer: 'https://login.example.com/{tenant}/v2.0', audience: 'api' }),
      mint({
        algorithm: 'RS256',
        key: rsaPair().privateKey,
        claims: legacyClaims({ iss: 'https://login.example.com/t1/v2.0', aud: 'api' }),
      }),
    ],
    [
      'a raw session',
      betterAuth({ name: 's', secrets: [secret()], sessions: async () => null, bearer: 'signed-or-raw' }),
      'a1B2'.repeat(8),
    ],
    ['a signed session', betterAuth({ name: 's', secrets: [secret()], sessions: async () => null }), SIGNED],
    [
      'an opaque token without a prefix',
      introspection({
        name: 'introspected',
        issuer: 'https://idp.example.com',
        audience: 'https://api.example.com',
        endpoint: 'https://idp.example.com/introspect',
        client: { id: 'api', secret: secret() },
        token: { minLength: 20, maxLength: 60 },
      }),
      'x'.repeat(40),
    ],
  ])('owns at the API what is owned at the service: %s', (_, verifier, credential) => {
    const { service, api } = pair([verifier])
    expect([service.explain(credential).outcome, api.explain(credential).outcome]).toEqual(['owned', 'owned'])
  })

  it('owns keys in their header and as bearers, and no others', async () => {
    const { key } = await createApiKey({ prefix: 'sk_live_', owner: { kind: 'user', id: '1' }, scopes: ['*'] })
    const { api } = pair([apiKeys({ name: 'key', prefix: 'sk_live_', keys: memoryApiKeys() })])
    expect(api.explain(key).outcome).toBe('owned')
    expect(api.explain({ header: 'x-api-key', value: key }).outcome).toBe('owned')
    expect(api.explain({ header: 'x-api-key', value: 'pk_live_1' }).outcome).toBe('unsupported')
    expect(api.explain('pk_live_1').outcome).toBe('unsupported')
  })

  it('owns a signed session that is percent-encoded, too', async () => {
    const { service, api } = pair([betterAuth({ name: 's', secrets: [secret()], sessions: async () => null })])
    const request = { method: 'GET', headers: { authorization: `Bearer ${encodeURIComponent(SIGNED)}` } }
    for (const auth of [service, api])
      expect(await auth.authenticate(request)).toMatchObject({ error: { code: 'credential_invalid' } })
  })

  it('holds no secret', () => {
    const hidden = secret()
    const service = createDualAuth({
      verifiers: [legacyJwt({ ...legacyOptions(), secrets: [hidden] })],
    })
    expect(JSON.stringify([service.shapes, remoteForms(service)])).not.toContain(hidden)
  })
})
