import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createDualAuth,
  keySetAt,
  legacyJwt,
  oidc,
  type LegacyJwtOptions,
  type OidcOptions,
  type Verifier,
} from '../../../src/index.js'
import { createClock, seconds } from '../../support/clock.js'
import { startKeySetServer, type KeySetServer } from '../../support/key-set-server.js'
import { wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { mint, rsaPair } from '../../support/tokens.js'

const ISSUER = 'https://id.example/pool'
const pair = rsaPair()
let keySet: KeySetServer
beforeAll(async () => {
  keySet = await startKeySetServer([{ ...pair.jwk, kid: 'a', alg: 'RS256', use: 'sig' }])
})
afterAll(() => keySet.close())

type Claims = Record<string, unknown>
type Check = Pick<OidcOptions, 'clientId' | 'authorizedParty'>

const byOidc = (options: Partial<OidcOptions>) =>
  oidc({ name: 'idp', issuer: ISSUER, audience: false, profile: 'plain-jwt', keySetUrl: keySet.url, ...options })
const byLegacyJwt = (options: Partial<LegacyJwtOptions<string, never>>) =>
  legacyJwt({
    name: 'idp',
    issuer: ISSUER,
    algorithms: ['RS256'],
    keySet: keySetAt(keySet.url),
    purpose: 'only-access-tokens',
    ...options,
  })

async function judged(verifier: Verifier, claims: Claims) {
  const auth = createDualAuth({ verifiers: [verifier], now: createClock().now })
  const standard = { iss: ISSUER, sub: 'user-7', scope: 'openid', iat: seconds(-10), exp: seconds(290) }
  const header = { alg: 'RS256', kid: 'a' }
  const token = mint({ algorithm: 'RS256', key: pair.privateKey, header, claims: { ...standard, ...claims } })
  return auth.authenticate(bearer(token))
}

async function inOrNot(verifier: Verifier, claims: Claims) {
  const result = await judged(verifier, claims)
  return result.ok ? 'in' : `${result.reason} ${result.claim}`
}

describe.each<[string, (check: Check) => Verifier]>([
  ['oidc', byOidc],
  ['legacyJwt', byLegacyJwt],
])('%s', (_name, verifier) => {
  it('lets in tokens of its own client, under each name that providers use', async () => {
    for (const name of ['client_id', 'azp', 'cid', 'appid'])
      expect(await inOrNot(verifier({ clientId: ['web', 'app'] }), { [name]: 'app' })).toBe('in')
  })

  it("refuses another client's, also beside its own, and one that names none", async () => {
    const own = () => verifier({ clientId: 'web' })
    for (const name of ['client_id', 'azp', 'cid', 'appid']) {
      expect(await inOrNot(own(), { [name]: 'stranger' })).toBe(`audience ${name}`)
      expect(await inOrNot(own(), { client_id: 'web', [name]: 'stranger' })).toBe(`audience ${name}`)
    }
    for (const client_id of [['web'], null, 7, '', { web: 1 }])
      expect(await inOrNot(own(), { client_id })).toBe('audience client_id')
    expect(await inOrNot(own(), {})).toBe('audience client_id')
    expect(await inOrNot(own(), JSON.parse('{"__proto__":{"client_id":"web"}}') as Claims)).toBe('audience client_id')
  })

  it('lets in tokens of an authorized party, and without one only where that is said', async () => {
    const pages = ['https://app.example.com', 'tauri://localhost']
    const strict = () => verifier({ authorizedParty: pages })
    const tolerant = () => verifier({ authorizedParty: { value: pages, ifPresent: true } })
    for (const party of [strict, tolerant]) {
      expect(await inOrNot(party(), { client_id: 'x', azp: pages[1] })).toBe('in')
      for (const azp of ['https://evil.example', '', null, pages])
        expect(await inOrNot(party(), { client_id: 'x', azp })).toBe('audience azp')
    }
    expect(await inOrNot(strict(), { client_id: 'x' })).toBe('audience azp')
    expect(await inOrNot(tolerant(), { client_id: 'x' })).toBe('in')
  })

  it.each<[string, object]>([
    ['clientId', { clientId: [] }],
    ['clientId', { clientId: '' }],
    ['authorizedParty', { authorizedParty: {} }],
    ['authorizedParty', { authorizedParty: { value: 'x', ifPresent: false } }],
  ])('refuses a wrong %s: %j', (option, wrong) => {
    expect(wrongOption(() => verifier(wrong))).toContain(`(idp).${option}`)
  })
})

describe('an audience that the provider does not name', () => {
  it('is left out by saying so, and only beside a check of the client', () => {
    expect(wrongOption(() => byOidc({ audience: undefined as never, clientId: 'web' }))).toBe('oidc(idp).audience')
    expect(wrongOption(() => byOidc({}))).toBe('oidc(idp).audience')
    expect(wrongOption(() => byOidc({ audience: true as never, clientId: 'web' }))).toBe('oidc(idp).audience')
  })

  it('and a purpose that Cognito states are enough for an access token', async () => {
    const cognito = byOidc({ clientId: 'web' })
    const claims = { client_id: 'web', scope: undefined }
    expect(await inOrNot(cognito, { ...claims, token_use: 'access' })).toBe('in')
    expect(await inOrNot(cognito, { ...claims, token_use: 'id', aud: 'web' })).toBe('purpose token_use')
    expect(await inOrNot(cognito, claims)).toBe('purpose aud')
  })
})

describe('the nonce of a sign-in', () => {
  const claims = { azp: 'web', nonce: 'n-1', aud: ['things-api'] }

  it.each<[string, () => Verifier]>([
    ['oidc', () => byOidc({ audience: 'things-api' })],
    ['legacyJwt', () => byLegacyJwt({ purpose: { claim: 'typ', value: 'Bearer' } })],
  ])('is let in where the token says that it is a bearer: %s', async (_name, verifier) => {
    expect(await inOrNot(verifier(), { ...claims, typ: 'Bearer' })).toBe('in')
    expect(await inOrNot(verifier(), { ...claims, nonce: undefined, typ: 'Bearer' })).toBe('in')
    expect(await inOrNot(verifier(), { ...claims })).toBe('purpose nonce')
    for (const typ of ['ID', 'Refresh', 'Offline', 'Logout', ['Bearer'], null])
      expect(await inOrNot(verifier(), { ...claims, typ })).toMatch(/^purpose (?:typ|nonce)$/)
    for (const mark of ['at_hash', 'c_hash', 'events'])
      expect(await inOrNot(verifier(), { ...claims, typ: 'Bearer', [mark]: 'x' })).toBe(`purpose ${mark}`)
  })
})

describe('the kind of caller', () => {
  const kindOf = async (claims: Claims) => {
    const kinds = []
    for (const verifier of [byOidc({ authorizedParty: { value: 'web', ifPresent: true } }), byLegacyJwt({})]) {
      const result = await judged(verifier, { client_id: 'web', ...claims })
      kinds.push(result.ok ? result.principal.kind : result.error.code)
    }
    expect(kinds[0]).toBe(kinds[1])
    return kinds[0]
  }

  it.each<[string, Claims]>([
    ['a client that is its own subject (RFC 9068)', { sub: 'web' }],
    ['Okta', { client_id: undefined, sub: 'web', cid: 'web' }],
    ['Cognito', { sub: 'web', token_use: 'access' }],
    ['Auth0', { client_id: undefined, sub: 'web@clients', azp: 'web', gty: 'client-credentials' }],
    [
      'Entra ID with the optional claim',
      { client_id: undefined, azp: 'web', idtyp: 'app', scope: undefined, aud: 'api' },
    ],
    ['Entra ID without', { client_id: undefined, appid: 'web', tid: 't', oid: 'o', sub: 'o', aud: 'api' }],
    ['Keycloak', { sub: 'f3b1', client_id: 'Web', azp: 'web', preferred_username: 'service-account-web' }],
  ])('is a service for %s', async (_provider, claims) => {
    expect(await kindOf({ ...claims, ...(claims['client_id'] === 'Web' ? { client_id: 'web' } : {}) })).toBe('service')
  })

  it.each<[string, Claims]>([
    ['a person', {}],
    ['a person of Auth0', { gty: 'password', sub: 'auth0|1' }],
    ['a person of Entra ID', { client_id: undefined, azp: 'web', idtyp: 'user', tid: 't', oid: 'o', sub: 'p' }],
    ['a person of Entra ID with a scope', { client_id: undefined, azp: 'web', tid: 't', oid: 'o', sub: 'o', scp: 'x' }],
    [
      'a person with the name of a machine',
      { client_id: undefined, azp: 'web', preferred_username: 'service-account-web' },
    ],
    ['claims of other forms', { gty: ['client-credentials'], idtyp: { app: 1 }, preferred_username: 7 }],
  ])('is a user for %s', async (_who, claims) => {
    expect(await kindOf(claims)).toBe('user')
  })
})

describe('what a provider keeps elsewhere', () => {
  it('is read by name, path or function', async () => {
    const verifier = byOidc({
      clientId: 'web',
      scope: 'grant',
      groupsClaim: ['realm_access', 'groups'],
      groups: [{ pattern: 'staff', role: 'staff' }],
      claims: {
        subject: 'oid',
        roles: ['resource_access', 'my.app', 'roles'],
        organization: 'o.id',
        permissions: (claims) => (claims['perms'] as { name: string }[]).map(({ name }) => name),
        scope: ['ext', 'scopes'],
        sessionId: ['session', 'id'],
        email: 'https://example.com/email',
      },
    })
    const result = await judged(verifier, {
      client_id: 'web',
      oid: 'o-7',
      resource_access: { 'my.app': { roles: ['editor'] } },
      realm_access: { groups: ['staff'] },
      o: { id: 42 },
      perms: [{ name: 'org:things:read' }],
      ext: { scopes: 'a:b c:d' },
      session: { id: 's' },
      'https://example.com/email': 'a@example.com',
    })
    expect(result).toMatchObject({
      principal: {
        subject: 'o-7',
        roles: ['editor', 'staff'],
        organization: '42',
        permissions: ['org:things:read', 'a:b', 'c:d'],
        sessionId: 's',
        email: 'a@example.com',
      },
    })
  })

  it('in a spelling that matches nothing stops the start', () => {
    for (const claim of ['subject', 'roles', 'permissions', 'scope', 'organization', 'sessionId', 'email'])
      expect(wrongOption(() => byOidc({ clientId: 'web', claims: { [claim]: 'a[b]' } }))).toBe(
        `oidc(idp).claims.${claim}`,
      )
    expect(wrongOption(() => byOidc({ clientId: 'web', groupsClaim: 'a..b' }))).toBe('oidc(idp).groupsClaim')
  })
})
