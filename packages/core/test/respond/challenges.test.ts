import { describe, expect, it } from 'vitest'
import {
  apiKeys,
  createDualAuth,
  introspection,
  legacyJwt,
  memoryApiKeys,
  type AuthRequest,
  type Carriers,
  type Verifier,
} from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { request } from '../support/requests.js'
import { legacyClaims, mint, OTHER_SECRET, SECRET } from '../support/tokens.js'

async function challengesOf(verifiers: readonly Verifier[], sent: AuthRequest = request()): Promise<string[]> {
  const auth = createDualAuth({ verifiers, link: () => null })
  const result = await auth.authenticate(sent)
  if (result.ok) throw new Error('nothing was refused')
  return auth
    .respond(result.error)
    .headers.filter(([name]) => name === 'www-authenticate')
    .map(([, value]) => value)
}

const jwts = (carriers: Carriers) =>
  legacyJwt({ name: 'jwts', algorithms: ['HS256'], secrets: [SECRET], purpose: 'only-access-tokens', carriers })
const keys = (header = 'x-api-key', bearer = false) =>
  apiKeys({ name: header, prefix: `sk_${header.length}_`, header, bearer, keys: memoryApiKeys() })

describe('a 401', () => {
  it('names the header of a token and the header of an API key, each as what it is', async () => {
    expect(await challengesOf([jwts([{ header: 'x-access-token' }]), keys()])).toEqual([
      'Token realm="api", header="x-access-token"',
      'ApiKey realm="api", header="x-api-key"',
    ])
  })

  it('names every scheme by its own name, and a token without one by its header', async () => {
    expect(await challengesOf([jwts(['bearer', { scheme: 'JWT' }, { scheme: 'Token' }, 'bare'])])).toEqual([
      'Bearer realm="api"',
      'JWT realm="api"',
      'Token realm="api"',
      'Token realm="api", header="authorization"',
    ])
  })

  it('names every header of API keys, and one that holds either twice', async () => {
    expect(await challengesOf([jwts([{ header: 'x-key' }]), keys('x-key'), keys('x-other-key')])).toEqual([
      'Token realm="api", header="x-key"',
      'ApiKey realm="api", header="x-other-key"',
      'ApiKey realm="api", header="x-key"',
    ])
  })

  it('calls an opaque access token no API key', async () => {
    const opaque = introspection({
      name: 'opaque',
      endpoint: 'https://id.example/introspect',
      issuer: 'https://id.example',
      client: { id: 'api', secret: 's' },
      audience: false,
      token: { prefix: 'oat_' },
      carriers: [{ header: 'x-forwarded-access-token' }],
    })
    expect(await challengesOf([opaque])).toEqual(['Token realm="api", header="x-forwarded-access-token"'])
  })

  it('names cookies where nothing else is taken', async () => {
    expect(await challengesOf([jwts([{ cookie: 'token' }])])).toEqual(['Cookie realm="api"'])
  })

  it.each([
    [{ authorization: 'Bearer eyJ' }, 'Bearer realm="api"'],
    [{ authorization: 'Token eyJ' }, 'Token realm="api"'],
    [{ authorization: 'eyJ.e30.x' }, 'Token realm="api", header="authorization"'],
    [{ 'x-access-token': 'eyJ' }, 'Token realm="api", header="x-access-token"'],
    [{ 'x-api-key': 'sk_9_junk' }, 'ApiKey realm="api", header="x-api-key"'],
  ])('says what was wrong once, on the challenge of the carrier that was presented: %o', async (headers, presented) => {
    const verifiers = [jwts(['bearer', { scheme: 'Token' }, 'bare', { header: 'x-access-token' }]), keys()]
    const refused = await challengesOf(verifiers, request(headers))
    expect(refused).toHaveLength(5)
    expect(refused.filter((challenge) => challenge.includes('error='))).toEqual([`${presented}, error="invalid_token"`])
  })

  it('says on the first challenge what was wrong with a cookie, which has none beside a bearer', async () => {
    const refused = await challengesOf(
      [jwts(['bearer', { cookie: 'token' }]), keys()],
      request({ cookie: `token=${mint({ key: OTHER_SECRET })}` }),
    )
    expect(refused).toEqual(['Bearer realm="api", error="invalid_token"', 'ApiKey realm="api", header="x-api-key"'])
  })
})

it('an error of an older copy of the package, which names no carrier, is told on the first challenge', () => {
  const auth = createDualAuth({ verifiers: [jwts(['bearer', { scheme: 'Token' }])], link: () => null })
  const { headers } = auth.respond({ code: 'credential_invalid', challenge: 'invalid_token', status: 401 } as never)
  expect(headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value)).toEqual([
    'Bearer realm="api", error="invalid_token"',
    'Token realm="api"',
  ])
})

it('a 403 names the one carrier that was presented', async () => {
  const verifiers = [jwts(['bearer', { scheme: 'Token' }])]
  const auth = createDualAuth({ verifiers, now: createClock().now })
  const headers = { authorization: `Token ${mint({ claims: { ...legacyClaims(), sub: 'u' } })}` }
  const denied = async () => {
    const exchange = { request: request(headers), native: null, memo: {}, keep() {} }
    const verdict = await auth.guard(exchange, { kind: 'permission', rule: 'things:write' })
    return verdict.kind === 'refuse' ? verdict.answer.headers : []
  }
  // Judged, then remembered.
  for (const answer of [await denied(), await denied()])
    expect(answer.filter(([name]) => name === 'www-authenticate')).toEqual([
      ['www-authenticate', 'Token realm="api", error="insufficient_scope", scope="things:write"'],
    ])
})

it('a 400 names the header that was sent twice', async () => {
  const refused = await challengesOf([jwts(['bearer']), keys()], {
    ...request({ 'x-api-key': 'sk_9_a' }),
    rawHeaders: ['x-api-key', 'sk_9_a', 'x-api-key', 'sk_9_b'],
  } as AuthRequest)
  expect(refused).toEqual(['ApiKey realm="api", header="x-api-key", error="invalid_request"'])
})

it('a 401 says on the challenge of the one scheme what was wrong, and mentions no bearer', async () => {
  const verifier = jwts([{ scheme: 'Token' }])
  for (const [authorization, challenge] of [
    ['Token eyJ', 'Token realm="api", error="invalid_token"'],
    ['token eyJ', 'Token realm="api", error="invalid_token"'],
    ['Bearer eyJ', 'Token realm="api"'],
  ] as const)
    expect(await challengesOf([verifier], request({ authorization })), authorization).toEqual([challenge])
})

it('a 400 names one scheme', async () => {
  expect(await challengesOf([jwts([{ scheme: 'Token' }]), keys()], request({ authorization: 'Token a b' }))).toEqual([
    'Token realm="api", error="invalid_request"',
  ])
})

it('an answer depends on Authorization where any scheme counts', () => {
  const auth = createDualAuth({ verifiers: [jwts([{ scheme: 'Token' }])] })
  const [answer] = [auth.respond({ challenge: null, status: 403, code: 'permission_denied' } as never)]
  expect(answer?.headers).toContainEqual(['vary', 'Authorization'])
})
