import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createDualAuth,
  legacyJwt,
  oidc,
  type AuthEvent,
  type DualAuth,
  type FindIssuer,
  type IssuerKeys,
  type LegacyJwtOptions,
} from '../../../src/index.js'
import { createClock, seconds, type Clock } from '../../support/clock.js'
import { startKeySetServer, type KeySetServer } from '../../support/key-set-server.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { mint, OTHER_SECRET, rsaPair, SECRET } from '../../support/tokens.js'

const ACME = 'https://acme.example'
const LATE = 'https://late.example'
const INVALID = '401 credential_invalid'
const pair = rsaPair()

let table: Map<string, IssuerKeys>
let asked: string[]
let clock: Clock
let events: AuthEvent[]

beforeEach(() => {
  table = new Map([[ACME, { secrets: [SECRET] }]])
  asked = []
  events = []
  clock = createClock()
})

const find: FindIssuer = async (issuer) => {
  asked.push(issuer)
  return table.get(issuer) ?? null
}

function tenants(options: Partial<LegacyJwtOptions<'tenants', never>> = {}): DualAuth {
  const base = { name: 'tenants', algorithms: ['HS256'], issuers: find, purpose: 'only-access-tokens' } as const
  return createDualAuth({
    verifiers: [legacyJwt({ ...base, ...options })],
    link: ({ issuer, subject }) => ({ id: `${issuer}|${subject}` }),
    now: clock.now,
    onEvent: (event) => events.push(event),
  }) as unknown as DualAuth
}

const token = (iss: unknown, key = SECRET, jti = ''): string =>
  mint({ key, claims: { iss, sub: 'u', jti, iat: seconds(-10), exp: seconds(86_400) } })

describe('issuers that a table of the app knows', () => {
  it('are each judged by their own secrets, also one that came later', async () => {
    const auth = tenants()
    expect(await outcome(auth, bearer(token(ACME)))).toBe(`200 ${ACME}|u by tenants`)
    table.set(LATE, { secrets: [OTHER_SECRET] })
    expect(await outcome(auth, bearer(token(LATE, OTHER_SECRET)))).toBe(`200 ${LATE}|u by tenants`)
    expect(await outcome(auth, bearer(token(ACME, OTHER_SECRET)))).toBe(INVALID)
    expect(await outcome(auth, bearer(token(LATE)))).toBe(INVALID)
  })

  it('are asked for once by callers that come together, and once in five minutes', async () => {
    const auth = tenants()
    await Promise.all(Array.from({ length: 100 }, (_, n) => outcome(auth, bearer(token(ACME, SECRET, `${n}`)))))
    clock.advance(299_999)
    expect(await outcome(auth, bearer(token(ACME)))).toMatch(/^200/)
    expect(asked).toEqual([ACME])
    clock.advance(1)
    expect(await outcome(auth, bearer(token(ACME, SECRET, 'later')))).toMatch(/^200/)
    expect(asked).toEqual([ACME, ACME])
  })

  it('end when the table no longer has them, also for tokens that are remembered', async () => {
    const auth = tenants({ issuersMaxAgeMs: 60_000 })
    expect(await outcome(auth, bearer(token(ACME)))).toMatch(/^200/)
    table.delete(ACME)
    clock.advance(59_999)
    expect(await outcome(auth, bearer(token(ACME)))).toMatch(/^200/)
    clock.advance(1)
    expect(await outcome(auth, bearer(token(ACME)))).toBe(INVALID)
  })

  it('change their secrets with the next look', async () => {
    const auth = tenants({ issuersMaxAgeMs: 60_000 })
    expect(await outcome(auth, bearer(token(ACME)))).toMatch(/^200/)
    table.set(ACME, { secrets: [OTHER_SECRET] })
    clock.advance(60_000)
    expect(await outcome(auth, bearer(token(ACME)))).toBe(INVALID)
    expect(await outcome(auth, bearer(token(ACME, OTHER_SECRET)))).toMatch(/^200/)
  })

  it('are asked for by nothing but their name: a token without one is not owned', async () => {
    const auth = tenants()
    for (const iss of [undefined, 7, [ACME], { a: 1 }])
      expect(await outcome(auth, bearer(token(iss)))).toBe('401 credential_unsupported')
    for (const iss of ['', 'x'.repeat(256)]) expect(await outcome(auth, bearer(token(iss)))).toBe(INVALID)
    expect(asked).toEqual([])
  })

  it('are remembered for a short time where they are unknown, and displace none that is known', async () => {
    const auth = tenants()
    expect(await outcome(auth, bearer(token(ACME)))).toMatch(/^200/)
    for (let n = 0; n < 3; n++) expect(await outcome(auth, bearer(token(LATE, SECRET, `${n}`)))).toBe(INVALID)
    expect(asked).toEqual([ACME, LATE])
    table.set(LATE, { secrets: [SECRET] })
    clock.advance(5_000)
    expect(await outcome(auth, bearer(token(LATE)))).toMatch(/^200/)
    for (let n = 0; n < 2_000; n++) await outcome(auth, bearer(token(`https://junk-${n}.example`)))
    const before = asked.length
    expect(await outcome(auth, bearer(token(ACME, SECRET, 'again')))).toMatch(/^200/)
    expect(asked).toHaveLength(before)
  })

  it('are looked up a hundred at a time: what is more cannot be told', async () => {
    let answer = (): void => {}
    const gate = new Promise<void>((resolve) => (answer = resolve))
    let most = 0
    let open = 0
    const auth = tenants({
      issuers: async () => {
        most = Math.max(most, ++open)
        await gate
        open--
        return null
      },
    })
    const flood = Array.from({ length: 150 }, (_, n) => outcome(auth, bearer(token(`https://junk-${n}.example`))))
    await new Promise((resolve) => setImmediate(resolve))
    answer()
    const ended = await Promise.all(flood)
    expect(most).toBe(100)
    expect(ended.filter((one) => one === INVALID)).toHaveLength(100)
    expect(ended.filter((one) => one === '503 verifier_unavailable')).toHaveLength(50)
  })

  it('are looked up again in a flood of unknown ones, where they were known before', async () => {
    const auth = tenants({ issuers: (issuer) => (issuer === ACME ? find(issuer) : new Promise(() => {})) })
    expect(await outcome(auth, bearer(token(ACME)))).toMatch(/^200/)
    clock.advance(300_001)
    for (let n = 0; n < 150; n++) void outcome(auth, bearer(token(`https://junk-${n}.example`)))
    await new Promise((resolve) => setImmediate(resolve))
    expect(await outcome(auth, bearer(token(ACME)))).toMatch(/^200/)
    expect(asked).toEqual([ACME, ACME])
    await auth.close()
  })

  it.each<[string, FindIssuer]>([
    [
      'a function that throws',
      () => {
        throw new Error('no table')
      },
    ],
    ['a rejection', () => Promise.reject(new Error('no table'))],
    ['a weak secret', () => ({ secrets: ['secret'] })],
    ['a short secret', () => ({ secrets: ['0123456789'] })],
    ['public keys for HMAC', () => ({ keys: [pair.pem] })],
    ['a key set for HMAC', () => ({ keySetUrl: 'https://id.example/keys' })],
    ['two kinds', () => ({ secrets: [SECRET], keySetUrl: 'https://id.example/keys' })],
    ['no secret', () => ({ secrets: [] })],
    ['another type', () => 'secret' as never],
    ['an unknown member', () => ({ secret: SECRET }) as never],
  ])('cannot be told after %s: 503, and no event quotes what was answered', async (_, issuers) => {
    const auth = tenants({ issuers })
    expect(await outcome(auth, bearer(token(ACME)))).toBe('503 verifier_unavailable')
    const told = events.map((event) => ('cause' in event ? String(event.cause) : '')).join()
    expect(told).not.toContain(SECRET)
  })

  it('are named in the cause where the table answers with a weak secret, without the secret', async () => {
    const weak = 'ten bytes!'
    const auth = tenants({ issuers: () => ({ secrets: [weak] }) })
    const long = `https://${'a'.repeat(200)}.example/\n`
    for (const issuer of [ACME, long])
      expect(await outcome(auth, bearer(token(issuer)))).toBe('503 verifier_unavailable')
    const causes = events.flatMap((event) => (event.type === 'unavailable' ? [String(event.cause)] : []))
    expect(causes).toHaveLength(2)
    expect(causes[0]).toContain(`legacyJwt(tenants).issuers(${ACME}).secrets[0]`)
    expect(causes[1]).toContain(long.slice(0, 120))
    expect(causes[1]).not.toContain(long.slice(0, 121))
    // The option would admit the weak secrets of every issuer.
    expect(causes.join()).not.toMatch(/acceptWeakSecret|ten bytes|\n/)
  })

  it('are asked for again after a failure', async () => {
    let fails = true
    const auth = tenants({
      issuers: (issuer) => {
        if (fails) throw new Error('no table')
        return find(issuer)
      },
    })
    expect(await outcome(auth, bearer(token(ACME)))).toBe('503 verifier_unavailable')
    fails = false
    expect(await outcome(auth, bearer(token(ACME)))).toMatch(/^200/)
  })

  it('may have weak secrets only where that is accepted', async () => {
    const acceptWeakSecret = { until: '2099-01-01', reason: 'inherited' }
    const auth = tenants({ issuers: () => ({ secrets: ['fifteen bytes!!'] }), acceptWeakSecret })
    expect(await outcome(auth, bearer(token(ACME, 'fifteen bytes!!')))).toMatch(/^200/)
    expect(events).toContainEqual({
      type: 'weak_secret',
      at: clock.now(),
      verifier: 'tenants',
      issuer: ACME,
      ...acceptWeakSecret,
    })
  })
})

describe('issuers with public keys', () => {
  let server: KeySetServer
  beforeEach(async () => {
    server = await startKeySetServer([{ ...pair.jwk, kid: 'a', alg: 'RS256', use: 'sig' }])
    table = new Map<string, IssuerKeys>([
      [ACME, { keySetUrl: server.url }],
      [LATE, { keys: [pair.pem] }],
    ])
  })
  afterEach(() => server.close())

  const signed = (iss: string, jti = ''): string =>
    mint({
      algorithm: 'RS256',
      key: pair.privateKey,
      header: { alg: 'RS256', kid: 'a', typ: 'JWT' },
      claims: { iss, sub: 'u', aud: 'api', azp: 'spa', scope: 'x', jti, iat: seconds(-10), exp: seconds(86_400) },
    })

  it('are fetched from the address that the app names, one key set for the whole time', async () => {
    const auth = tenants({ algorithms: ['RS256'], issuersMaxAgeMs: 1_000 })
    for (let n = 0; n < 5; n++) {
      expect(await outcome(auth, bearer(signed(ACME, `${n}`)))).toMatch(/^200/)
      clock.advance(1_000)
    }
    expect(asked).toHaveLength(5)
    expect(server.fetches).toBe(1)
    expect(await outcome(auth, bearer(signed(LATE)))).toMatch(/^200/)
    expect(await outcome(auth, bearer(signed('https://evil.example')))).toBe(INVALID)
    await auth.close()
  })

  it('are the same for oidc, which discovers nothing for them', async () => {
    const verifier = oidc({ name: 'idp', issuers: find, audience: 'api', profile: 'plain-jwt' })
    const link = ({ issuer, subject }: { issuer: string; subject: string }) => ({ id: `${issuer}|${subject}` })
    const auth = createDualAuth({ verifiers: [verifier], link, now: clock.now }) as unknown as DualAuth
    await auth.ready()
    expect(asked).toEqual([])
    expect(await outcome(auth, bearer(signed(ACME)))).toBe(`200 ${ACME}|u by idp`)
    expect(await outcome(auth, bearer(signed(LATE)))).toBe(`200 ${LATE}|u by idp`)
    expect(await outcome(auth, bearer(signed(server.origin)))).toBe(INVALID)
    expect(server.fetches).toBe(1)
    table.set(ACME, { secrets: [SECRET] })
    clock.advance(300_000)
    expect(await outcome(auth, bearer(signed(ACME, 'new')))).toBe('503 verifier_unavailable')
  })

  it('are fetched over https only, as everywhere', async () => {
    table.set(ACME, { keySetUrl: 'http://keycloak:8080/certs' })
    expect(await outcome(tenants({ algorithms: ['RS256'] }), bearer(signed(ACME)))).toBe('503 verifier_unavailable')
  })
})

it('is told what it may stand beside', () => {
  const jwt = { name: 'v', algorithms: ['HS256'], purpose: 'only-access-tokens' } as const
  expect(wrongOption(() => legacyJwt({ ...jwt, issuers: find, secrets: [SECRET] }))).toBe('legacyJwt(v)')
  expect(wrongOption(() => legacyJwt({ ...jwt, issuers: find, issuer: ACME }))).toBe('legacyJwt(v).issuer')
  expect(wrongOption(() => legacyJwt({ ...jwt, secrets: [SECRET], issuersMaxAgeMs: 5_000 }))).toBe(
    'legacyJwt(v).issuersMaxAgeMs',
  )
  expect(wrongOption(() => legacyJwt({ ...jwt, issuers: 'x' as never }))).toBe('legacyJwt(v).issuers')
  const idp = { name: 'v', audience: 'api' }
  expect(wrongOption(() => oidc(idp))).toBe('oidc(v).issuer')
  expect(wrongOption(() => oidc({ ...idp, issuers: find, issuer: ACME }))).toBe('oidc(v).issuer')
  expect(wrongOption(() => oidc({ ...idp, issuers: find, keySetUrl: ACME }))).toBe('oidc(v).keySetUrl')
  expect(wrongOption(() => oidc({ ...idp, issuers: find, tenants: ['a'] }))).toBe('oidc(v).tenants')
  const verifiers = [legacyJwt({ ...jwt, issuers: find })]
  expect(wrongOption(() => createDualAuth({ verifiers }))).toBe('createDualAuth.link')
})
