import fc from 'fast-check'
import { createServer, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDualAuth, introspection, type AuthEvent, type IntrospectionOptions } from '../../../src/index.js'
import { judgeAnswer } from '../../../src/verifiers/introspection/judge-answer.js'
import { claimReader } from '../../../src/settings/claim-source.js'
import { createClock, seconds, START } from '../../support/clock.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { UNREADABLE_IDS } from '../../support/unreadable.js'
import { ecPair } from '../../support/tokens.js'

const ISSUER = 'https://id.example'
const AUDIENCE = 'https://api.example'
const RULES = {
  issuer: ISSUER,
  audiences: [AUDIENCE],
  tokenType: 'required',
  clockToleranceSeconds: 5,
  subject: claimReader('sub', 'claims.subject'),
} as const
const ACTIVE = { active: true, token_type: 'Bearer', sub: 'user-7', aud: AUDIENCE, client_id: 'web', exp: seconds(60) }

const judge = (answer: unknown, rules = {}) => judgeAnswer(answer, { ...RULES, ...rules }, START)
const reasonOf = (answer: unknown, rules = {}) => {
  const judged = judge(answer, rules)
  return judged.outcome === 'rejected' ? `${judged.code} ${judged.reason}` : judged.outcome
}

/** Members that are undefined are gone, as in JSON. */
const withMembers = (fields: object): unknown => JSON.parse(JSON.stringify({ ...ACTIVE, ...fields }))

describe('an answer', () => {
  it('that is active, for this API, an access token is a proof', () => {
    expect(judge(ACTIVE)).toMatchObject({
      outcome: 'proved',
      proved: { issuer: ISSUER, subject: 'user-7', expiresAt: seconds(60) },
    })
  })

  it.each<[string, object, string]>([
    ['inactive', { active: false }, 'credential_invalid inactive'],
    ['of another issuer', { iss: 'https://evil.example' }, 'credential_invalid issuer'],
    ['of no issuer', { iss: null }, 'credential_invalid issuer'],
    ['for another API', { aud: 'https://other.example' }, 'credential_invalid audience'],
    ['for no API', { aud: undefined }, 'credential_invalid audience'],
    ['for an odd audience', { aud: { 0: AUDIENCE } }, 'credential_invalid audience'],
    ['expired', { exp: seconds(-6) }, 'credential_expired expired'],
    ['with an odd end', { exp: '9999999999' }, 'credential_invalid claims'],
    ['not yet valid', { nbf: seconds(60) }, 'credential_invalid not_yet_valid'],
    ['from the future', { iat: seconds(30) }, 'credential_invalid not_yet_valid'],
    ['bound to a key', { cnf: { jkt: 'x' } }, 'credential_invalid bound_to_key'],
    ['bound to no key in particular', { cnf: {} }, 'credential_invalid bound_to_key'],
    ['of a token that needs a proof', { token_type: 'DPoP' }, 'credential_invalid bound_to_key'],
    ['of a MAC token', { token_type: 'mac' }, 'credential_invalid purpose'],
    ['of a token without type', { token_type: undefined }, 'credential_invalid purpose'],
    ['of an odd type', { token_type: ['Bearer'] }, 'credential_invalid purpose'],
    ['of a refresh token of Hydra', { token_use: 'refresh_token' }, 'credential_invalid purpose'],
    ['of an id token', { nonce: 'n' }, 'credential_invalid purpose'],
    ['without subject and client', { sub: undefined, client_id: undefined }, 'credential_invalid claims'],
    ['with an odd subject', { sub: 7.5 }, 'credential_invalid claims'],
    ['with an empty subject', { sub: '' }, 'credential_invalid claims'],
  ])('%s is a refusal', (_, fields, expected) => {
    expect(reasonOf(withMembers(fields))).toBe(expected)
  })

  it.each([null, 7, 'active', [], [ACTIVE], {}, { active: 'true' }, { active: 1 }, { active: null }])(
    'that is none says nothing about the token: %j',
    (answer) => {
      expect(reasonOf(answer)).toBe('unavailable')
    },
  )

  it('may leave out what RFC 7662 leaves open', () => {
    for (const name of ['exp', 'client_id']) expect(reasonOf(withMembers({ [name]: undefined }))).toBe('proved')
    expect(reasonOf({ active: true, sub: 'a' }, { audiences: null, tokenType: 'if-present' })).toBe('proved')
    expect(reasonOf({ ...ACTIVE, token_use: 'access_token', token_type: 'bearer' })).toBe('proved')
  })

  it('of any form never throws, and never proves what it does not say', () => {
    const key = fc.constantFrom('active', 'sub', 'aud', 'exp', 'iss', 'token_type', 'cnf', '__proto__', 'constructor')
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(true, 'Bearer', AUDIENCE, ISSUER, seconds(60)))
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(key, value)), (answer) => {
        const judged = judge(JSON.parse(JSON.stringify(answer)))
        if (judged.outcome !== 'proved') return
        expect(answer).toMatchObject({ active: true })
        expect(JSON.stringify(answer)).toContain(AUDIENCE)
      }),
    )
  })
})

describe('an endpoint', () => {
  let server: Server
  let endpoint: string
  let answer: (response: import('node:http').ServerResponse) => void
  beforeAll(async () => {
    server = createServer((_, response) => answer(response))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}/introspect`
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  })

  const auth = (timeoutMs = 2_000) =>
    createDualAuth({
      verifiers: [introspection({ ...OPTIONS, endpoint, timeoutMs })],
      now: createClock().now,
    })
  const token = 'oat_0123456789'

  it.each<[string, (response: import('node:http').ServerResponse) => unknown]>([
    ['400', (r) => r.writeHead(400).end('{"active":false}')],
    ['401', (r) => r.writeHead(401).end()],
    ['403', (r) => r.writeHead(403).end()],
    ['404', (r) => r.writeHead(404).end()],
    ['429', (r) => r.writeHead(429, { 'retry-after': '7' }).end()],
    ['500', (r) => r.writeHead(500).end('{"active":true}')],
    ['a redirect', (r) => r.writeHead(307, { location: '/elsewhere' }).end()],
    ['no content', (r) => r.writeHead(204).end()],
    ['HTML', (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')],
    ['nothing', (r) => r.writeHead(200).end()],
    ['half', (r) => r.writeHead(200).end('{"active":tr')],
    ['too much', (r) => r.writeHead(200).end(JSON.stringify(ACTIVE).padEnd(70_000, ' '))],
    ['a bomb', (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(' '.repeat(5_000_000)))],
    ['bytes that are no UTF-8', (r) => r.writeHead(200).end(Buffer.from([0x7b, 0xff, 0x7d]))],
    ['a reset', (r) => r.destroy()],
  ])('that answers %s tells nothing: 503', async (_, given) => {
    answer = given as never
    expect(await outcome(auth(), bearer(token))).toBe('503 verifier_unavailable')
  })

  it.each(UNREADABLE_IDS)('that names the organization as %j refuses the token, as with its subject', async (org) => {
    answer = (r) => r.writeHead(200).end(JSON.stringify(withMembers({ org, roles: ['admin'] })))
    const verifier = introspection({ ...OPTIONS, endpoint, claims: { organization: 'org' } })
    const events: AuthEvent[] = []
    const onEvent = (event: AuthEvent) => void events.push(event)
    const by = createDualAuth({ verifiers: [verifier], now: createClock().now, onEvent })
    expect(await outcome(by, bearer(token))).toBe('401 credential_invalid')
    expect(events).toContainEqual(expect.objectContaining({ type: 'refused', reason: 'claims', claim: 'org' }))
  })

  it('that never answers tells nothing: 503', async () => {
    answer = () => {}
    expect(await outcome(auth(50), bearer(token))).toBe('503 verifier_unavailable')
  })

  it('may say when to ask again', async () => {
    answer = (response) => response.writeHead(503, { 'retry-after': '7' }).end()
    const result = await auth().authenticate(bearer(token))
    expect(result).toMatchObject({ error: { retryAfterSeconds: 7 } })
  })
})

const OPTIONS: IntrospectionOptions<'opaque'> = {
  name: 'opaque',
  endpoint: 'https://id.example/introspect',
  issuer: ISSUER,
  client: { id: 'api', secret: 'made at run time' },
  audience: AUDIENCE,
  token: { prefix: 'oat_' },
}

it('an endpoint over http is asked where its host is named', () => {
  const inCluster = { endpoint: 'http://keycloak:8080/introspect', allowInsecureHost: 'keycloak:8080' }
  expect(introspection({ ...OPTIONS, ...inCluster }).name).toBe('opaque')
})

describe('a wrong option', () => {
  const jwk = ecPair().jwk
  it.each<[string, object]>([
    ['.endpoint', { endpoint: 'http://id.example/introspect' }],
    ['.endpoint', { endpoint: 'http://id.example/introspect', allowInsecureHost: 'keycloak' }],
    ['.allowInsecureHost', { allowInsecureHost: 'http://id.example' }],
    ['.issuer', { issuer: '' }],
    ['.audience', { audience: undefined }],
    ['.audience', { audience: true }],
    ['.client.secret', { client: { id: 'api' } }],
    ['.client.secret', { client: { id: 'api', secret: '' } }],
    ['.client.secret', { client: { id: 'api', secret: 'x', key: 'y', algorithm: 'ES256' } }],
    ['.client.algorithm', { client: { id: 'api', key: 'y', algorithm: 'HS256' } }],
    ['.client.key', { client: { id: 'api', key: 'y', algorithm: 'ES256' } }],
    ['.client.key', { client: { id: 'api', key: ecPair().pem, algorithm: 'ES256' } }],
    ['.client.key', { client: { id: 'api', key: jwk, algorithm: 'ES256' } }],
    ['', { token: undefined }],
    ['.client', { client: undefined }],
    ['.token.minLength', { token: {} }],
    ['.token.minLength', { token: { minLength: 8 } }],
    ['.token.maxLength', { token: { minLength: 43, maxLength: 42 } }],
    ['.token.prefix', { token: { prefix: 'eyJ' } }],
    ['.token.prefix', { token: { prefix: '' } }],
    ['.cacheMs', { cacheMs: -1 }],
    ['.cacheMs', { cacheMs: Number.POSITIVE_INFINITY }],
    ['.negativeCacheMs', { negativeCacheMs: 60_001 }],
    ['.maxEntries', { maxEntries: 0 }],
    ['.timeoutMs', { timeoutMs: 0 }],
    ['.groups[0].pattern', { groups: [{ pattern: 'a-{organization}' }] }],
    ['.secret', { secret: 'x' }],
  ])('is named: %s', (path, options) => {
    const construct = () => introspection({ ...OPTIONS, ...options } as IntrospectionOptions)
    expect(wrongOption(construct)).toBe(`introspection(opaque)${path}`)
  })
})
