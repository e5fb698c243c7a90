import type { FakeWorkos } from '@dualauth/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDualAuth, workos, workosConnect, workosM2m, type WorkosConnectOptions } from '../../../src/index.js'
import { createClock, seconds } from '../../support/clock.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { UNREADABLE_TEXTS } from '../../support/unreadable.js'
import { accessTokenOf, startWorkos, WORKOS_CLIENT_ID } from '../../support/workos-sessions.js'

let server: FakeWorkos
beforeAll(async () => {
  server = await startWorkos(createClock())
})
afterAll(() => server.close())

/** One environment whose AuthKit domain is also its authentication domain: all three share an issuer. */
function authWith(options: Partial<WorkosConnectOptions> = {}) {
  const common = { authKitUrl: server.origin, clientId: WORKOS_CLIENT_ID, ...options }
  return createDualAuth({
    verifiers: [
      workos({ name: 'authkit', clientId: WORKOS_CLIENT_ID, apiUrl: server.origin }),
      workosConnect({ name: 'connect', ...common }),
      workosM2m({ name: 'm2m', ...common }),
    ],
    precedence: ['connect', 'm2m', 'authkit'],
    link: ({ subject }) => ({ id: subject }),
    now: createClock().now,
  })
}

const ofUser = (claims: Record<string, unknown> = {}) =>
  accessTokenOf(server, {
    iss: server.origin,
    aud: WORKOS_CLIENT_ID,
    sid: 'app_consent_01',
    client_id: 'client_app',
    org_id: 'org_1',
    scope: 'openid things:read',
    ...claims,
  })
const ofApplication = (claims: Record<string, unknown> = {}) => ofUser({ sub: 'client_app', sid: undefined, ...claims })
const judged = (token: string, options: Partial<WorkosConnectOptions> = {}) => outcome(authWith(options), bearer(token))

async function principalOf(token: string, options: Partial<WorkosConnectOptions> = {}) {
  const result = await authWith(options).authenticate(bearer(token))
  if (!result.ok) throw result.error
  return result.principal
}

describe('a Connect token', () => {
  it('of a user is judged by workosConnect, of an application by workosM2m, of a session by workos', async () => {
    expect(await judged(ofUser())).toBe('200 user_01 by connect')
    expect(await judged(ofApplication())).toBe('200 client_app by m2m')
    expect(await judged(accessTokenOf(server, { iss: server.origin }))).toBe('200 user_01 by authkit')
  })

  it('of a user is limited to its scopes', async () => {
    expect(await principalOf(ofUser())).toMatchObject({
      kind: 'user',
      issuer: server.origin,
      organization: 'org_1',
      permissions: [],
      scopes: ['openid', 'things:read'],
      sessionId: 'app_consent_01',
      expiresAt: seconds(290),
      claims: { client_id: 'client_app' },
    })
    expect(await principalOf(ofUser(), { scope: 'ignore' })).toMatchObject({ scopes: null, permissions: [] })
    expect(await principalOf(ofUser({ scope: undefined }))).toMatchObject({ scopes: [] })
  })

  it('of an application is a service with its scopes', async () => {
    expect(await principalOf(ofApplication())).toMatchObject({
      kind: 'service',
      organization: 'org_1',
      permissions: ['openid', 'things:read'],
      scopes: null,
      sessionId: null,
    })
  })

  it('may be meant for a resource', async () => {
    const audience = 'https://mcp.example.com'
    expect(await judged(ofUser({ aud: audience }), { audience })).toBe('200 user_01 by connect')
    expect(await judged(ofUser({ aud: [audience, 'other'] }), { audience: [audience] })).toBe('200 user_01 by connect')
  })

  it('is over after its end', async () => {
    expect(await judged(ofUser({ exp: seconds(-10) }))).toBe('401 credential_expired')
    expect(await judged(ofUser({ exp: undefined }))).toBe('401 credential_invalid')
  })

  it.each<[string, () => string]>([
    ['a session’s token with the audience', () => ofUser({ sid: 'session_01' })],
    ['an application with a consent', () => ofApplication({ sid: 'app_consent_01' })],
    ['a user without a consent', () => ofUser({ sid: undefined })],
    ['a consent that is no text', () => ofUser({ sid: 7 })],
    ['an application in the name of another', () => ofApplication({ client_id: 'client_other' })],
    ['no subject', () => ofUser({ sub: undefined })],
    ['an id token', () => ofUser({ nonce: 'n' })],
    ['a token bound to a key', () => ofUser({ cnf: { jkt: 'x' } })],
    ['an unknown key', () => accessTokenOf(server, { iss: server.origin, aud: WORKOS_CLIENT_ID }, { kid: 'x' })],
  ])('is refused: %s', async (_what, make) => {
    expect(await judged(make())).toBe('401 credential_invalid')
  })

  it.each(UNREADABLE_TEXTS)(
    'is refused where its organization is %j, and acts for none where it has none',
    async (id) => {
      for (const make of [ofUser, ofApplication]) {
        expect(await judged(make({ org_id: id }))).toBe('401 credential_invalid')
        expect(await principalOf(make({ org_id: null }))).toMatchObject({ organization: null })
      }
    },
  )

  it('of another issuer or audience has no owner here', async () => {
    const alone = createDualAuth({
      verifiers: [workosConnect({ name: 'connect', authKitUrl: server.origin, clientId: WORKOS_CLIENT_ID })],
      now: createClock().now,
    })
    for (const claims of [
      { iss: `${server.origin}/` },
      { aud: 'client_other' },
      { aud: undefined },
      { sid: undefined },
    ])
      expect(await outcome(alone, bearer(ofUser(claims)))).toBe('401 credential_unsupported')
  })
})

describe('workosConnect and workosM2m', () => {
  it('stand side by side without a precedence', () => {
    const common = { authKitUrl: 'https://example.authkit.app', clientId: WORKOS_CLIENT_ID }
    const verifiers = [workosConnect({ name: 'connect', ...common }), workosM2m({ name: 'm2m', ...common })] as const
    expect(() => createDualAuth({ verifiers, link: ({ subject }) => ({ id: subject }) })).not.toThrow()
  })

  it.each<[string, object]>([
    ['authKitUrl', { authKitUrl: 'http://example.authkit.app' }],
    ['authKitUrl', { authKitUrl: 'example.authkit.app' }],
    ['clientId', { clientId: 'app_1' }],
    ['audience', { audience: [] }],
    ['scope', { scope: 'narrow' }],
    ['issuer', { issuer: 'https://example.authkit.app' }],
  ])('name a wrong option: %s', (path, options) => {
    const all = { name: 'c', authKitUrl: 'https://example.authkit.app', clientId: WORKOS_CLIENT_ID, ...options }
    expect(wrongOption(() => workosConnect(all as WorkosConnectOptions))).toBe(`workosConnect(c).${path}`)
    expect(wrongOption(() => workosM2m(all as WorkosConnectOptions))).toBe(`workosM2m(c).${path}`)
  })
})
