import { beforeEach, describe, expect, it } from 'vitest'
import {
  createDualAuth,
  keySetAt,
  legacyJwt,
  type AuthEvent,
  type DualAuth,
  type LegacyJwtOptions,
} from '../../../src/index.js'
import { createClock, seconds, type Clock } from '../../support/clock.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import {
  ARN,
  balancerPair,
  ISSUER,
  KID,
  mintPadded,
  OIDC_DATA,
  pemServer,
  type PaddedMint,
} from '../../support/padded.js'
import { ecPair, mint, rsaPair, SECRET } from '../../support/tokens.js'

const OK = '200 u9 by lb'
const INVALID = '401 credential_invalid'
const UNSUPPORTED = '401 credential_unsupported'
const UNAVAILABLE = '503 verifier_unavailable'
const OTHER_ARN = ARN.replace('app/web', 'app/other')
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

let clock: Clock
let events: AuthEvent[]
let answer: (url: string) => Response | Promise<Response>
let asked: string[]

beforeEach(() => {
  clock = createClock()
  events = []
  asked = []
  answer = (url) => (url.endsWith(KID) ? new Response(balancerPair.pem) : new Response('', { status: 404 }))
})

type Options = Partial<LegacyJwtOptions<'lb', never>>

function options(other: Options = {}): LegacyJwtOptions<'lb', never> {
  const server = pemServer((url) => answer(url))
  asked = server.asked
  return {
    name: 'lb',
    algorithms: ['ES256'],
    loadBalancer: { signer: ARN },
    issuer: ISSUER,
    purpose: 'only-access-tokens',
    keySetOptions: { fetch: server.fetch },
    ...other,
  }
}

function balanced(other: Options = {}): DualAuth {
  return createDualAuth({
    verifiers: [legacyJwt(options(other))],
    now: clock.now,
    onEvent: (event) => events.push(event),
  }) as unknown as DualAuth
}

const presented = (token: string, name = OIDC_DATA) => ({ method: 'GET', headers: { [name]: token } })
const judged = (minted: PaddedMint, other: Options = {}) => outcome(balanced(other), presented(mintPadded(minted)))
const lastReason = () => {
  const refused = events.findLast((event) => event.type === 'refused')
  return refused?.type === 'refused' ? [refused.reason, refused.claim] : null
}

describe('the token of a load balancer', () => {
  it('is the signed-in user, and its key is fetched once', async () => {
    const auth = balanced()
    expect(await outcome(auth, presented(mintPadded()))).toBe(OK)
    expect(await outcome(auth, presented(mintPadded({ claims: { name: 'x' } })))).toBe(OK)
    expect(asked).toEqual([`https://public-keys.auth.elb.eu-west-1.amazonaws.com/${KID}`])
  })

  it('may state its issuer and its end in the header only', async () => {
    const claims = { iss: undefined, exp: undefined }
    expect(await judged({ claims })).toBe(OK)
    expect(await judged({ claims, header: { exp: seconds(-60) } })).toBe('401 credential_expired')
    expect(await judged({ claims, header: { exp: undefined } })).toBe(INVALID)
    expect(await judged({ claims, header: { exp: 'tomorrow' } })).toBe(INVALID)
    expect(await judged({ header: { exp: seconds(-60) } })).toBe('401 credential_expired')
    expect(await judged({ claims: { exp: seconds(-60) } })).toBe('401 credential_expired')
  })

  it('is taken from one of several load balancers, and each region has its own keys', async () => {
    const us = ARN.replace('eu-west-1', 'us-east-1')
    const auth = balanced({ loadBalancer: { signer: [ARN, us] } })
    expect(await outcome(auth, presented(mintPadded()))).toBe(OK)
    expect(await outcome(auth, presented(mintPadded({ header: { signer: us } })))).toBe(OK)
    expect(asked.map((url) => new URL(url).host)).toEqual([
      'public-keys.auth.elb.eu-west-1.amazonaws.com',
      'public-keys.auth.elb.us-east-1.amazonaws.com',
    ])
  })

  it('of another signer is refused, and nothing is fetched for it', async () => {
    for (const signer of [
      OTHER_ARN,
      `${ARN}0`,
      ARN.slice(0, -1),
      ARN.toUpperCase(),
      '',
      [ARN],
      { arn: ARN },
      null,
      undefined,
    ]) {
      expect(await judged({ header: { signer } })).toBe(INVALID)
      expect(lastReason()).toEqual(['issuer', 'header.signer'])
      expect(asked).toEqual([])
    }
  })

  it('of another issuer or client is refused', async () => {
    const elsewhere = 'https://other.example.com'
    expect(await judged({ header: { iss: elsewhere }, claims: { iss: elsewhere } })).toBe(UNSUPPORTED)
    expect(await judged({ claims: { iss: elsewhere } })).toBe(UNSUPPORTED)
    expect(await judged({}, { clientId: ['web', 'phone'] })).toBe(OK)
    expect(await judged({}, { clientId: 'phone' })).toBe(INVALID)
    expect(lastReason()).toEqual(['audience', 'header.client'])
    expect(await judged({ header: { client: undefined }, claims: { client_id: 'web' } }, { clientId: 'web' })).toBe(
      INVALID,
    )
  })

  it('that somebody changed is refused', async () => {
    const auth = balanced()
    const [header, claims, signature] = mintPadded().split('.') as [string, string, string]
    const [, others] = mintPadded({ claims: { sub: 'root' } }).split('.')
    expect(await outcome(auth, presented(`${header}.${others}.${signature}`))).toBe(INVALID)
    expect(await outcome(auth, presented(mintPadded({}, ecPair().privateKey)))).toBe(INVALID)
    for (const twin of [
      `${header}.${claims}.${signature.replaceAll('=', '')}`,
      `${header}.${claims}.${signature}`.replaceAll('=', ''),
      `${header}.${claims}.${signature}==`,
    ])
      expect(await outcome(auth, presented(twin))).toBe(UNSUPPORTED)
  })

  it('is refused where the option is not given, and anywhere but in its header', async () => {
    const plain = createDualAuth({
      verifiers: [
        legacyJwt({
          name: 'plain',
          algorithms: ['ES256'],
          keys: [balancerPair.pem],
          issuer: ISSUER,
          purpose: 'only-access-tokens',
          carriers: ['bearer', { header: OIDC_DATA }, { cookie: 'token' }],
        }),
      ],
      now: clock.now,
    }) as unknown as DualAuth
    const token = mintPadded()
    expect(await outcome(plain, presented(token))).toBe(UNSUPPORTED)
    expect(await outcome(plain, presented(`Bearer ${token}`, 'authorization'))).toBe('400 credential_malformed')
    expect(await outcome(plain, presented(`token=${token}`, 'cookie'))).toBe('401 credential_missing')
    expect(await outcome(balanced(), presented(`Bearer ${token}`, 'authorization'))).toBe('401 credential_missing')
  })

  it('stands beside tokens without padding of the same issuer, each with its owner', async () => {
    const carriers = [{ header: OIDC_DATA }]
    const plain = { name: 'plain', algorithms: ['ES256'], keys: [balancerPair.pem], issuer: ISSUER, carriers } as const
    const auth = createDualAuth({
      verifiers: [legacyJwt(options()), legacyJwt({ ...plain, purpose: 'only-access-tokens' })],
      link: ({ subject }) => ({ id: subject }),
      now: clock.now,
    }) as unknown as DualAuth
    const claims = { iss: ISSUER, sub: 'u1', exp: seconds(60) }
    const unpadded = mint({ algorithm: 'ES256', key: balancerPair.privateKey, claims })
    expect(await outcome(auth, presented(mintPadded()))).toBe(OK)
    expect(await outcome(auth, presented(unpadded))).toBe('200 u1 by plain')
  })

  it('that was revoked stays out, by its signed text', async () => {
    const auth = balanced()
    const token = mintPadded()
    expect(await outcome(auth, presented(token))).toBe(OK)
    await auth.revoke({ credential: token })
    expect(await outcome(auth, presented(token))).toBe('401 credential_revoked')
    // ECDSA signs the same text in many ways.
    expect(await outcome(auth, presented(mintPadded()))).toBe('401 credential_revoked')
    expect(await outcome(auth, presented(mintPadded({ claims: { name: 'x' } })))).toBe(OK)
  })

  it('is explained and diagnosed without a claim value', async () => {
    const auth = balanced()
    const input = { header: OIDC_DATA, value: mintPadded() }
    expect(auth.explain(input)).toMatchObject({ outcome: 'owned', verifiers: ['lb'] })
    const diagnosis = await auth.diagnose(input)
    expect(diagnosis).toMatchObject({ accepted: true })
    expect(JSON.stringify(diagnosis.steps)).not.toMatch(/u9|id\.example|arn:/)
    const bare = auth.explain({ header: OIDC_DATA, value: mintPadded().replaceAll('=', '') })
    expect(bare).toMatchObject({ outcome: 'unsupported' })
  })
})

describe('the kid of a load balancer', () => {
  it.each([
    `../${KID}`,
    `..%2f${KID}`,
    `${KID}/../x`,
    `${KID}?x`,
    `${KID}#`,
    `${KID}\n`,
    `\n${KID}`,
    KID.toUpperCase(),
    KID.replaceAll('-', ''),
    `//evil.example/${KID}`,
    '..',
    '',
    undefined,
  ])('that is none by its form (%j) is refused and never asked for', async (kid) => {
    expect(await judged({ header: { kid } })).toBe(INVALID)
    expect(lastReason()).toEqual(['key_unknown', null])
    expect(asked).toEqual([])
  })

  it('that does not exist is refused, and remembered for a while', async () => {
    const auth = balanced()
    for (let i = 0; i < 3; i++)
      expect(await outcome(auth, presented(mintPadded({ header: { kid: uuid(1) } })))).toBe(INVALID)
    expect(asked).toHaveLength(1)
    clock.advance(11_000)
    await outcome(auth, presented(mintPadded({ header: { kid: uuid(1) } })))
    expect(asked).toHaveLength(2)
  })

  it('is asked for once by callers that come together', async () => {
    const auth = balanced()
    const tokens = Array.from({ length: 20 }, (_, i) => presented(mintPadded({ claims: { i } })))
    expect(new Set(await Promise.all(tokens.map((request) => outcome(auth, request))))).toEqual(new Set([OK]))
    expect(asked).toHaveLength(1)
  })

  it('cannot be invented to ask the provider all day, or to displace a known key', async () => {
    const auth = balanced()
    expect(await outcome(auth, presented(mintPadded()))).toBe(OK)
    const outcomes: string[] = []
    for (let i = 0; i < 300; i++)
      outcomes.push(await outcome(auth, presented(mintPadded({ header: { kid: uuid(i) } }))))
    expect(asked.length).toBeLessThanOrEqual(10)
    expect(outcomes.filter((each) => each === UNAVAILABLE).length).toBeGreaterThan(280)
    expect(await outcome(auth, presented(mintPadded({ claims: { again: 1 } })))).toBe(OK)
    clock.advance(1_000)
    const before = asked.length
    for (let i = 300; i < 320; i++) await outcome(auth, presented(mintPadded({ header: { kid: uuid(i) } })))
    expect(asked.length - before).toBe(1)
  })
})

describe('the keys of a load balancer', () => {
  it.each<[string, () => Response]>([
    ['an error', () => new Response('', { status: 500 })],
    ['a refusal, as a proxy gives it', () => new Response('', { status: 403 })],
    ['a redirection', () => new Response('', { status: 302, headers: { location: 'https://evil.example' } })],
    ['a page', () => new Response('<html>')],
    ['a private key', () => new Response(ecPair().privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)],
    ['an RSA key', () => new Response(rsaPair().pem)],
    ['a key set', () => Response.json({ keys: [balancerPair.jwk] })],
    ['two keys', () => new Response(balancerPair.pem + ecPair().pem)],
    ['too much', () => new Response(balancerPair.pem + ' '.repeat(20_000))],
  ])('that cannot be had, because the answer is %s, are an outage', async (_what, wrong) => {
    answer = wrong
    const auth = balanced()
    expect(await outcome(auth, presented(mintPadded()))).toBe(UNAVAILABLE)
    expect(await outcome(auth, presented(mintPadded()))).toBe(UNAVAILABLE)
    expect(asked).toHaveLength(1)
    answer = () => new Response(balancerPair.pem)
    clock.advance(1_001)
    expect(await outcome(auth, presented(mintPadded()))).toBe(OK)
  })

  it('serve on while the provider does not answer, and end when two answers say that they are gone', async () => {
    const auth = balanced()
    const long = { exp: seconds(90_000) }
    const request = () => presented(mintPadded({ header: long, claims: { ...long, jti: asked.length } }))
    expect(await outcome(auth, request())).toBe(OK)
    answer = () => new Response('', { status: 500 })
    clock.advance(700_000)
    expect(await outcome(auth, request())).toBe(OK)
    answer = () => new Response('', { status: 404 })
    for (let i = 0; i < 6; i++) {
      clock.advance(20_000)
      await outcome(auth, request())
    }
    expect(await outcome(auth, request())).toBe(INVALID)
  })
})

describe('the option loadBalancer', () => {
  const path = 'legacyJwt(lb)'
  const gov = 'arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:123456789012:loadbalancer/app/web/0123456789abcdef'

  it('takes another address of the keys', async () => {
    const keysUrl = 'https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1/'
    const auth = balanced({ loadBalancer: { signer: gov, keysUrl } })
    expect(await outcome(auth, presented(mintPadded({ header: { signer: gov } })))).toBe(OK)
    expect(asked).toEqual([`${keysUrl}${KID}`])
  })

  it('asks over http only a host that is named', async () => {
    const loadBalancer = { signer: ARN, keysUrl: 'http://keys.internal:8080' }
    expect(wrongOption(() => balanced({ loadBalancer }))).toBe(`${path}.loadBalancer.keysUrl`)
    const { keySetOptions } = options()
    const named = { ...keySetOptions, allowInsecureHost: 'keys.internal:8080' }
    expect(await outcome(balanced({ loadBalancer, keySetOptions: named }), presented(mintPadded()))).toBe(OK)
  })

  it.each<[string, string, Options]>([
    ['no signer', 'loadBalancer.signer', { loadBalancer: {} as never }],
    ['an empty list', 'loadBalancer.signer', { loadBalancer: { signer: [] } }],
    ['a wildcard', 'loadBalancer.signer', { loadBalancer: { signer: ARN.replace('web', '*') } }],
    ['a network load balancer', 'loadBalancer.signer', { loadBalancer: { signer: ARN.replace('/app/', '/net/') } }],
    ['something else', 'loadBalancer.signer', { loadBalancer: { signer: 'arn:lb/1' } }],
    ['a region with another address', 'loadBalancer.keysUrl', { loadBalancer: { signer: gov } }],
    [
      'an address with a query',
      'loadBalancer.keysUrl',
      { loadBalancer: { signer: ARN, keysUrl: 'https://x.example/?k=' } },
    ],
    ['another algorithm', 'algorithms', { algorithms: ['ES256', 'RS256'] }],
    ['an audience', 'audience', { audience: 'api' }],
    ['an authorized party', 'authorizedParty', { authorizedParty: 'web' }],
    ['bearers', 'carriers', { carriers: ['bearer'] }],
    ['a cookie', 'carriers', { carriers: [{ cookie: 'token' }] }],
  ])('refuses %s', (_what, option, wrong) => {
    expect(wrongOption(() => balanced(wrong)).replace(/\[\d\]$/, '')).toBe(`${path}.${option}`)
  })

  it('refuses to go without an issuer, or beside other keys', () => {
    const { issuer: _, ...noIssuer } = options()
    expect(wrongOption(() => legacyJwt(noIssuer))).toBe(`${path}.issuer`)
    expect(wrongOption(() => balanced({ keys: [balancerPair.pem] }))).toBe(path)
    expect(wrongOption(() => balanced({ keySet: keySetAt('https://keys.example/') }))).toBe(path)
    expect(wrongOption(() => balanced({ secrets: [SECRET] }))).toBe(path)
  })
})
