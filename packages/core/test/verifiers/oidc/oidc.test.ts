import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDualAuth, oidc, type OidcOptions } from '../../../src/index.js'
import { createClock, seconds } from '../../support/clock.js'
import { startKeySetServer, type KeySetServer } from '../../support/key-set-server.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer, cookies } from '../../support/requests.js'
import { UNREADABLE_IDS } from '../../support/unreadable.js'
import { mint, rsaPair, SECRET } from '../../support/tokens.js'

const ISSUER = 'https://id.example/realms/main'
const AUDIENCE = 'https://api.example'
const OK = '200 user-7 by idp'
const INVALID = '401 credential_invalid'
const UNSUPPORTED = '401 credential_unsupported'
const pair = rsaPair()

let keySet: KeySetServer
beforeAll(async () => {
  keySet = await startKeySetServer([{ ...pair.jwk, kid: 'a', alg: 'RS256', use: 'sig' }])
})
afterAll(() => keySet.close())

function authWith(options: Partial<OidcOptions> = {}) {
  const verifier = oidc({ name: 'idp', issuer: ISSUER, audience: AUDIENCE, keySetUrl: keySet.url, ...options })
  return createDualAuth({ verifiers: [verifier], now: createClock().now })
}

function token(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
  const typed = { alg: 'RS256', kid: 'a', typ: 'at+jwt', ...header }
  return mint({ algorithm: 'RS256', key: pair.privateKey, header: typed, claims: { ...STANDARD, ...claims } })
}

const STANDARD = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'user-7',
  client_id: 'web',
  jti: 'j1',
  iat: seconds(-10),
  exp: seconds(290),
}
const judged = (claims: Record<string, unknown>, options: Partial<OidcOptions> = {}, header = {}) =>
  outcome(authWith(options), bearer(token(claims, header)))

async function principalOf(claims: Record<string, unknown>, options: Partial<OidcOptions> = {}) {
  const result = await authWith(options).authenticate(bearer(token(claims)))
  if (!result.ok) throw result.error
  return result.principal
}

describe('an access token of RFC 9068', () => {
  it('needs its type and its claims', async () => {
    expect(await judged({})).toBe(OK)
    expect(await judged({}, {}, { typ: 'application/AT+JWT' })).toBe(OK)
    for (const typ of ['JWT', undefined, 'logout+jwt', 'at+jwt2', ''])
      expect(await judged({}, {}, { typ })).toBe(INVALID)
    for (const name of ['sub', 'client_id', 'jti', 'iat', 'exp'])
      for (const value of [undefined, null, '', {}, ['x']]) expect(await judged({ [name]: value })).toBe(INVALID)
  })

  it('is for this API, of this issuer, current', async () => {
    expect(await judged({ aud: ['https://other.example', AUDIENCE] })).toBe(OK)
    for (const aud of [undefined, 'https://other.example', `${AUDIENCE}/`, [], [[AUDIENCE]], { 0: AUDIENCE }])
      expect(await judged({ aud })).toBe(UNSUPPORTED)
    for (const iss of [undefined, `${ISSUER}/`, ISSUER.toUpperCase(), [ISSUER], 'https://id.example'])
      expect(await judged({ iss })).toBe(UNSUPPORTED)
    expect(await judged({ exp: seconds(-6) })).toBe('401 credential_expired')
    expect(await judged({ nbf: seconds(6) })).toBe(INVALID)
    expect(await judged({ nbf: seconds(6) }, { clockToleranceSeconds: 10 })).toBe(OK)
  })

  it('is signed with a pinned algorithm by a published key', async () => {
    expect(await judged({}, { algorithms: ['ES256'] })).toBe(UNSUPPORTED)
    expect(await judged({}, {}, { kid: 'b' })).toBe(INVALID)
    const header = { alg: 'RS256', kid: 'a', typ: 'at+jwt' }
    const forged = mint({ algorithm: 'RS256', key: rsaPair().privateKey, header, claims: STANDARD })
    expect(await outcome(authWith(), bearer(forged))).toBe(INVALID)
    expect(await outcome(authWith(), bearer(mint({ key: SECRET, claims: STANDARD })))).toBe(UNSUPPORTED)
    expect(await outcome(authWith(), cookies(['token', token()]))).toBe('401 credential_missing')
  })

  it('is no id, refresh or logout token, whatever its type says', async () => {
    for (const mark of [{ nonce: 'n' }, { at_hash: 'x' }, { token_use: 'id' }, { events: {} }, { cnf: { jkt: 'x' } }])
      expect(await judged(mark)).toBe(INVALID)
  })
})

describe('a token of a provider that sets no type', () => {
  const plain = { profile: 'plain-jwt' } as const
  const judgedPlain = (claims: Record<string, unknown>, typ: unknown = 'JWT') => judged(claims, plain, { typ })

  it.each<[string, Record<string, unknown>]>([
    ['Auth0', { client_id: undefined, azp: 'web', scope: 'openid', jti: undefined }],
    ['Keycloak', { client_id: undefined, azp: 'web', typ: 'Bearer', scope: 'profile' }],
    ['Okta', { client_id: undefined, cid: 'web', scp: ['openid'] }],
    ['Entra ID, delegated, with the API as its own client', { client_id: undefined, azp: AUDIENCE, scp: 'access' }],
    ['Entra ID, version 1', { client_id: undefined, appid: 'web' }],
    ['RFC 9068', {}],
  ])('is accepted: %s', async (_, claims) => {
    expect(await judgedPlain(claims)).toBe(OK)
    expect(await judgedPlain(claims, undefined)).toBe(OK)
  })

  it.each<[string, Record<string, unknown>]>([
    ['an id token, whose audience is the client', { azp: AUDIENCE, client_id: undefined }],
    ['an id token that names no client', { client_id: undefined }],
    ['an id token of Keycloak', { typ: 'ID' }],
    ['a refresh token of Keycloak', { typ: 'Refresh' }],
    ['an id token of Cognito', { token_use: 'id' }],
    ['an id token with a nonce', { nonce: 'n' }],
  ])('is refused: %s', async (_, claims) => {
    expect(await judgedPlain(claims)).toBe(INVALID)
  })

  it('still needs sub, aud and exp', async () => {
    expect(await judgedPlain({ sub: undefined })).toBe(INVALID)
    expect(await judgedPlain({ exp: undefined })).toBe(INVALID)
    expect(await judgedPlain({ aud: undefined })).toBe(UNSUPPORTED)
  })
})

describe('the principal of a token', () => {
  it('acts for no organization only where the token names none', async () => {
    const claims = { organization: 'org' }
    expect(await judged({ org: null, roles: ['admin'] }, { claims })).toBe(OK)
    for (const [org] of UNREADABLE_IDS) expect(await judged({ org, roles: ['admin'] }, { claims })).toBe(INVALID)
  })

  it('has what the claims say, under the names that the provider gave them', async () => {
    const claims = { org: 'acme', 'https://x.example/roles': ['editor'], perms: 'a:b c:*', sid: 's1', mail: 'a@b.c' }
    const names = { organization: 'org', roles: 'https://x.example/roles', permissions: 'perms', email: 'mail' }
    expect(await principalOf(claims, { claims: names })).toMatchObject({
      kind: 'user',
      issuer: ISSUER,
      subject: 'user-7',
      organization: 'acme',
      roles: ['editor'],
      // A pattern of the provider's would grant nothing, and is left out.
      permissions: ['a:b'],
      scopes: null,
      sessionId: 's1',
      email: 'a@b.c',
      expiresAt: seconds(290),
      impersonator: null,
    })
  })

  it('is a service where the client speaks for itself, and shows who acts for whom', async () => {
    expect(await principalOf({ sub: 'web' })).toMatchObject({ kind: 'service' })
    expect(await principalOf({ act: { sub: 'support-1' } })).toMatchObject({ impersonator: 'support-1' })
    expect(await principalOf({ act: 'x' })).toMatchObject({ impersonator: 'unknown' })
  })

  it('holds of a scope what the option says', async () => {
    const claims = { scope: 'openid things:read things:* *', permissions: ['things:read', 'things:write'] }
    expect(await principalOf(claims)).toMatchObject({ permissions: claims.permissions, scopes: null })
    expect(await principalOf(claims, { scope: 'limit' })).toMatchObject({ scopes: ['openid', 'things:read'] })
    expect(await principalOf({ scp: ['a:b'] }, { scope: 'grant' })).toMatchObject({
      permissions: ['a:b'],
      scopes: null,
    })
    const auth = authWith({ scope: 'limit' })
    const result = await auth.authenticate(bearer(token(claims)))
    if (!result.ok) throw result.error
    expect(await auth.authorize(result.principal, 'things:read')).toMatchObject({ ok: true })
    expect(await auth.authorize(result.principal, 'things:write')).toMatchObject({ ok: false })
  })

  it('has frozen claims', async () => {
    const { claims } = await principalOf({ nested: { list: [1] } })
    expect(Object.isFrozen((claims as unknown as { nested: { list: object } }).nested.list)).toBe(true)
  })
})

describe('a wrong option', () => {
  it.each<[string, object]>([
    ['issuer', { issuer: 'http://id.example' }],
    ['issuer', { issuer: 'https://id.example?x=1' }],
    ['issuer', { issuer: 'https://user:pass@id.example' }],
    ['issuer', { issuer: 'id.example' }],
    ['issuer', { issuer: 'https://id.example/*/v2.0' }],
    ['issuer', { issuer: 'https://id.example/.well-known/openid-configuration' }],
    ['issuer', { issuer: 'https://id.example/.well-known/oauth-authorization-server/main' }],
    ['groupsClaim', { groupsClaim: 'groups' }],
    ['audience', { audience: undefined }],
    ['audience', { audience: [] }],
    ['keySetUrl', { keySetUrl: 'ftp://id.example' }],
    ['algorithms[0]', { algorithms: ['HS256'] }],
    ['algorithms[0]', { algorithms: ['none'] }],
    ['profile', { profile: 'any' }],
    ['scope', { scope: 'all' }],
    ['clockToleranceSeconds', { clockToleranceSeconds: 301 }],
    ['groups[0].pattern', { groups: [{ pattern: '{organization}-admins' }] }],
    ['organizationOf', { organizationOf: () => null }],
    ['organizationOf', { organizationOf: () => null, groups: [{ pattern: 'admins', role: 'admin' }] }],
    ['jwksUri', { jwksUri: 'https://id.example' }],
  ])('is named: %s', (path, options) => {
    const construct = () => oidc({ name: 'idp', issuer: ISSUER, audience: AUDIENCE, ...options } as OidcOptions)
    expect(wrongOption(construct)).toBe(`oidc(idp).${path}`)
  })
})
