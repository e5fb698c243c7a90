import { createServer, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDualAuth, introspection, legacyJwt, oidc, workos, type OidcOptions } from '../../../src/index.js'
import { createClock, seconds } from '../../support/clock.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { mint, rsaPair, SECRET } from '../../support/tokens.js'

const [ACME, OTHER] = ['0b1c2d3e-acme', '9f8e7d6c-other']
const pair = rsaPair()
const asked: string[] = []
/** Keys of the common set that state for whom they sign. */
let stated: readonly object[] = []
let server: Server
let origin: string

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const metadata = { issuer: `${origin}/{tenantid}/v2.0`, jwks_uri: `${origin}/common/keys` }
    const keys = { keys: [{ ...pair.jwk, kid: 'a', use: 'sig' }, ...stated] }
    response.end(JSON.stringify(request.url === '/common/keys' ? keys : metadata))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`
})
afterAll(() => new Promise((resolve) => void server.close(resolve)))

const directory = (options: Partial<OidcOptions> = {}) =>
  oidc({ name: 'entra', issuer: `${origin}/{tenantid}/v2.0`, audience: 'api', profile: 'plain-jwt', ...options })

function authWith(options: Partial<OidcOptions> = {}) {
  return createDualAuth({
    verifiers: [directory(options)],
    link: ({ issuer, subject }) => ({ id: `${issuer.slice(origin.length)}|${subject}` }),
    now: createClock().now,
  })
}

function token(claims: Record<string, unknown> = {}): string {
  const standard = { sub: 's1', aud: 'api', azp: 'spa', scp: 'access', iat: seconds(-10), exp: seconds(290) }
  return mint({
    algorithm: 'RS256',
    key: pair.privateKey,
    header: { alg: 'RS256', kid: 'a', typ: 'JWT' },
    claims: { ...standard, iss: `${origin}/${ACME}/v2.0`, tid: ACME, ...claims },
  })
}

const judged = (claims: Record<string, unknown>, options: Partial<OidcOptions> = {}) =>
  outcome(authWith(options), bearer(token(claims)))

describe('a directory of many tenants', () => {
  it('lets in any tenant, whose own issuer the principal has, with one key set', async () => {
    const auth = authWith()
    asked.length = 0
    expect(await outcome(auth, bearer(token()))).toBe(`200 /${ACME}/v2.0|s1 by entra`)
    const other = token({ iss: `${origin}/${OTHER}/v2.0`, tid: OTHER })
    expect(await outcome(auth, bearer(other))).toBe(`200 /${OTHER}/v2.0|s1 by entra`)
    expect(asked).toEqual(['/common/v2.0/.well-known/openid-configuration', '/common/keys'])
  })

  it('refuses a token whose issuer and tenant are not one', async () => {
    for (const tid of [OTHER, undefined, '', null, [ACME], `${ACME} `])
      expect(await judged({ tid })).toBe('401 credential_invalid')
    expect(await judged({ tid: undefined, tenant: ACME }, { tenantClaim: 'tenant' })).toMatch(/^200/)
    expect(await judged({ tenant: OTHER }, { tenantClaim: 'tenant' })).toBe('401 credential_invalid')
    const nested = (id: string) => ({ tid: undefined, org: { id } })
    for (const tenantClaim of [
      'org.id',
      ['org', 'id'],
      (claims: object) => (claims as { org: { id: string } }).org.id,
    ]) {
      expect(await judged(nested(ACME), { tenantClaim })).toMatch(/^200/)
      expect(await judged(nested(OTHER), { tenantClaim })).toBe('401 credential_invalid')
    }
    expect(await judged({ tid: undefined, org: ACME }, { tenantClaim: 'org.id' })).toBe('401 credential_invalid')
    expect(wrongOption(() => directory({ tenantClaim: '$.org.id' }))).toBe('oidc(entra).tenantClaim')
  })

  it.each([
    'https://evil.example/0b1c2d3e-acme/v2.0',
    '/0b1c2d3e-acme/v1.0',
    '/0b1c2d3e-acme/v2.0/',
    '/a/b/v2.0',
    '//v2.0',
    '/v2.0',
    '/../v2.0',
    '/./v2.0',
    '/%61/v2.0',
    '/a?b/v2.0',
    '/a#b/v2.0',
    '/{tenantid}/v2.0',
    '/a b/v2.0',
    '.evil.example/a/v2.0',
  ])('owns no token of the issuer %j', async (issuer) => {
    const iss = issuer.startsWith('https') ? issuer : origin + issuer
    const tid = iss.slice(origin.length + 1, -'/v2.0'.length)
    expect(await judged({ iss, tid })).toBe('401 credential_unsupported')
  })

  it('lets in only those of a list', async () => {
    expect(await judged({}, { tenants: [ACME] })).toMatch(/^200/)
    expect(await judged({}, { tenants: [OTHER] })).toBe('401 credential_invalid')
  })

  it('asks a function on every request, also about what is remembered; a throw is 503', async () => {
    const allowed = new Set([ACME])
    const seen: string[] = []
    const auth = authWith({ tenants: async (tenant) => (seen.push(tenant), allowed.has(tenant)) })
    expect(await outcome(auth, bearer(token()))).toMatch(/^200/)
    expect(await outcome(auth, bearer(token()))).toMatch(/^200/)
    allowed.delete(ACME)
    expect(await outcome(auth, bearer(token()))).toBe('401 credential_revoked')
    expect(await outcome(auth, bearer(token({ jti: 'new' })))).toBe('401 credential_invalid')
    expect(new Set(seen)).toEqual(new Set([ACME]))
    const down = () => {
      throw new Error('no table')
    }
    expect(await judged({}, { tenants: down })).toBe('503 verifier_unavailable')
    expect(await judged({ tid: OTHER }, { tenants: down })).toBe('401 credential_invalid')
  })

  it('needs a link, because a subject is unique within one tenant only', () => {
    expect(wrongOption(() => createDualAuth({ verifiers: [directory()] }))).toBe('createDualAuth.link')
  })

  it('claims what an exact verifier of one tenant claims, unless both are ranked', () => {
    const one = directory({ name: 'one', issuer: `${origin}/${ACME}/v2.0` })
    const both = (precedence: string[]) => () =>
      createDualAuth({ verifiers: [directory(), one], link: () => null, precedence })
    expect(wrongOption(both([]))).toBe('createDualAuth.verifiers')
    expect(both(['one', 'entra'])).not.toThrow()
    const elsewhere = directory({ name: 'two', issuer: `${origin}/${ACME}/v1.0` })
    expect(() => createDualAuth({ verifiers: [directory(), elsewhere], link: () => null })).not.toThrow()
  })
})

describe('braces in an issuer', () => {
  it.each([
    'https://{tenant}.example.com/v2.0',
    'https://id.example/{a}/{b}',
    'https://id.example/x{a}/v2.0',
    'https://id.example/{a',
    'https://id.example/{}/v2.0',
    'https://{tenant}/v2.0',
    'https://id.example/{a}?x',
  ])('are refused where they make no pattern: %j', (issuer) => {
    expect(wrongOption(() => directory({ issuer }))).toBe('oidc(entra).issuer')
  })

  it.each([
    'https://login.microsoftonline.com/common/v2.0',
    'https://login.microsoftonline.com/organizations/v2.0',
    'https://login.microsoftonline.us/common/v2.0',
    'https://sts.windows.net/Common/',
    'https://login.microsoftonline.com/:tenantid/v2.0',
    'https://login.microsoftonline.com/<tenantid>/v2.0',
    'https://login.microsoftonline.com/[tenantid]/v2.0',
    'https://login.microsoftonline.com/%7Btenantid%7D/v2.0',
  ])('are refused where they stand for any tenant in words that no token says: %j', (issuer) => {
    expect(wrongOption(() => directory({ issuer }))).toBe('oidc(entra).issuer')
  })

  it('may be called like one of those elsewhere', () => {
    for (const issuer of ['https://id.example/common/v2.0', 'https://id.example:8443/realms/organizations'])
      expect(() => directory({ issuer })).not.toThrow()
  })

  it('are refused where there are no patterns, instead of matching nothing', () => {
    const issuer = 'https://id.example/{tenantid}/v2.0'
    const jwt = { name: 'v', algorithms: ['HS256'], secrets: [SECRET], purpose: 'only-access-tokens' } as const
    expect(wrongOption(() => legacyJwt({ ...jwt, issuer }))).toBe('legacyJwt(v).issuer')
    expect(wrongOption(() => legacyJwt({ ...jwt, issuer: ['https://id.example', issuer] }))).toMatch(
      /^legacyJwt\(v\)\.issuer/,
    )
    expect(wrongOption(() => workos({ name: 'v', clientId: 'client_1', issuers: [issuer] }))).toBe(
      'workos(v).issuers[0]',
    )
    const client = { id: 'a', secret: 'b' }
    const endpoint = 'https://id.example/introspect'
    expect(wrongOption(() => introspection({ name: 'v', endpoint, issuer, client, audience: false, jwts: true }))).toBe(
      'introspection(v).issuer',
    )
  })

  it('make tenants meaningful, and only they do', () => {
    const exact = { issuer: `${origin}/${ACME}/v2.0` }
    expect(wrongOption(() => directory({ ...exact, tenants: [ACME] }))).toBe('oidc(entra).tenants')
    expect(wrongOption(() => directory({ ...exact, tenantClaim: 'tid' }))).toBe('oidc(entra).tenantClaim')
    expect(wrongOption(() => directory({ tenants: [] }))).toBe('oidc(entra).tenants')
  })
})

/** Of a key that the set publishes with an issuer. */
const own = rsaPair()
const signed = (tenant: string, iss = `${origin}/${tenant}/v2.0`) =>
  mint({
    algorithm: 'RS256',
    key: own.privateKey,
    header: { alg: 'RS256', kid: 'b', typ: 'JWT' },
    claims: {
      sub: 's1',
      aud: 'api',
      azp: 'spa',
      scp: 'access',
      iss,
      tid: tenant,
      iat: seconds(-10),
      exp: seconds(290),
    },
  })

describe('a key of the common set that states an issuer', () => {
  const published = (issuer: unknown) => [{ ...own.jwk, kid: 'b', use: 'sig', issuer }]
  const ended = (tenant: string) => outcome(authWith(), bearer(signed(tenant)))
  afterEach(() => {
    stated = []
  })

  it('of one tenant signs for that one, and for no other', async () => {
    stated = published(`${origin}/${ACME}/v2.0`)
    expect(await ended(ACME)).toMatch(/^200/)
    expect(await ended(OTHER)).toBe('401 credential_invalid')
  })

  it('of every tenant, by its named part, signs for all', async () => {
    stated = published(`${origin}/{tenantid}/v2.0`)
    expect(await ended(ACME)).toMatch(/^200/)
    expect(await ended(OTHER)).toMatch(/^200/)
  })

  it('of somewhere else signs for nobody here', async () => {
    for (const issuer of ['https://elsewhere.example/{tenantid}/v2.0', `${origin}/{tenantid}`, '{tenantid}', '']) {
      stated = published(issuer)
      expect(await ended(ACME)).toBe('401 credential_invalid')
    }
  })

  it('in another form is left out, and spoils no other key', async () => {
    stated = published(['x'])
    expect(await ended(ACME)).toBe('401 credential_invalid')
    expect(await judged({})).toMatch(/^200/)
  })

  it('asks for no fetch by a token of another tenant', async () => {
    stated = published(`${origin}/${ACME}/v2.0`)
    const auth = authWith()
    expect(await outcome(auth, bearer(signed(ACME)))).toMatch(/^200/)
    asked.length = 0
    for (let i = 0; i < 5; i++) expect(await outcome(auth, bearer(signed(OTHER)))).toBe('401 credential_invalid')
    expect(asked).toEqual([])
  })
})

describe('a key that states an issuer, in a set that a table of issuers names for several', () => {
  const url = () => `${origin}/common/keys`
  const issuers = () => ({ keySetUrl: url() })
  const verifiers = {
    oidc: () => oidc({ name: 'table', issuers, audience: 'api', profile: 'plain-jwt' }),
    legacyJwt: () =>
      legacyJwt({ name: 'table', issuers, algorithms: ['RS256'], purpose: 'only-access-tokens', audience: 'api' }),
  }
  afterEach(() => {
    stated = []
  })

  it.each(['oidc', 'legacyJwt'] as const)('signs for that one, and for no other, with %s', async (kind) => {
    const auth = () =>
      createDualAuth({
        verifiers: [verifiers[kind]()],
        link: ({ issuer, subject }) => ({ id: `${issuer} ${subject}` }),
        now: createClock().now,
      })
    stated = [{ ...own.jwk, kid: 'b', use: 'sig', issuer: `${origin}/${ACME}/v2.0` }]
    expect(await outcome(auth(), bearer(signed(ACME)))).toMatch(/^200/)
    expect(await outcome(auth(), bearer(signed(OTHER)))).toBe('401 credential_invalid')
    stated = [{ ...own.jwk, kid: 'b', use: 'sig', issuer: `${origin}/{tenantid}/v2.0` }]
    expect(await outcome(auth(), bearer(signed(OTHER)))).toMatch(/^200/)
  })

  // Issuers of Entra's v1 (sts.windows.net) sign with keys that state the issuer of v2.
  it('signs for another one where the app itself names the issuer and the address of its keys', async () => {
    stated = [{ ...own.jwk, kid: 'b', use: 'sig', issuer: `${origin}/{tenantid}/v2.0` }]
    const issuer = `${origin}/v1/${ACME}/`
    const named = oidc({
      name: 'v1',
      issuer,
      keySetUrl: `${origin}/common/keys`,
      audience: 'api',
      profile: 'plain-jwt',
    })
    const auth = createDualAuth({ verifiers: [named], now: createClock().now })
    expect(await outcome(auth, bearer(signed(ACME, issuer)))).toMatch(/^200/)
    expect(await outcome(auth, bearer(signed(ACME)))).toBe('401 credential_unsupported')
  })
})
