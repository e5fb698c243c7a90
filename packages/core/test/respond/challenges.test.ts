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
import { request } from '../support/requests.js'
import { SECRET } from '../support/tokens.js'

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

  it('says what was wrong once', async () => {
    const refused = await challengesOf(
      [jwts(['bearer', { scheme: 'Token' }]), keys()],
      request({ authorization: 'Token eyJ' }),
    )
    expect(refused.map((challenge) => challenge.includes('error="invalid_token"'))).toEqual([true, false, false])
  })
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
