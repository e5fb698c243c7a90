import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createApiKey,
  createDualAuth,
  remote,
  serveRemote,
  type AuthEvent,
  type RemoteOptions,
  type ValidateRemote,
} from '../../../src/index.js'
import { createClock, seconds } from '../../support/clock.js'
import { legacyAuth } from '../../support/legacy.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { apiKey, bearer, cookies, request } from '../../support/requests.js'
import { found, sessionToken, signedCookie } from '../../support/sessions.js'
import { legacyClaims, mint } from '../../support/tokens.js'
import { createWorld, type World } from '../../support/world.js'

const SESSION = '__Secure-better-auth.session_token'
const UNAVAILABLE = '503 verifier_unavailable'

/** The service that judges: four credential systems, as in the other tests. */
let service: World
let key: string
const token = sessionToken('remote')
beforeAll(async () => {
  service = await createWorld()
  service.sessions.set(token, found('ba-7'))
  const created = await createApiKey({
    prefix: 'sk_live_',
    owner: { kind: 'user', id: 'o-7' },
    scopes: ['things:read'],
  })
  service.store.add(created.record)
  key = created.key
})
beforeEach(() => service.down.clear())
afterAll(() => service.close())

function api(options: Partial<RemoteOptions> = {}) {
  const events: AuthEvent[] = []
  const auth = createDualAuth({
    verifiers: [
      remote({
        name: 'service',
        credentials: [
          { jwtIssuer: null },
          { jwtIssuer: [service.keySet.origin, `${service.keySet.origin}/user_management/client_01TEST`] },
          { header: 'X-API-Key', prefix: 'sk_live_' },
          { cookie: SESSION },
        ],
        validate: serveRemote(service.auth),
        ...options,
      }),
    ],
    now: createClock().now,
    onEvent: (event) => void events.push(event),
  })
  return { auth, events }
}

describe('a credential that a service judges', () => {
  it('ends in the account of the service, whichever it is', async () => {
    const { auth } = api()
    const requests = [
      bearer(mint()),
      bearer(service.workosToken()),
      apiKey(key),
      cookies([SESSION, await signedCookie(token)]),
    ]
    for (const request of requests) expect(await outcome(auth, request)).toBe('200 user-7 by service')
  })

  it('keeps what the service knows of it', async () => {
    const { auth } = api()
    expect(await auth.authenticate(bearer(service.workosToken({ org_id: 'org_1', role: 'editor' })))).toMatchObject({
      ok: true,
      principal: {
        id: 'user-7',
        issuer: 'service',
        organization: 'org_1',
        roles: ['editor'],
        sessionId: 'session_01',
        expiresAt: seconds(290),
        claims: { verifier: 'workos', subject: 'user_01-7', claims: { org_id: 'org_1' } },
      },
    })
    expect(await auth.authenticate(apiKey(key))).toMatchObject({ principal: { scopes: ['things:read'] } })
  })

  it('is refused as the service refuses it, with its reason', async () => {
    const { auth, events } = api()
    expect(await outcome(auth, bearer(mint({ claims: legacyClaims({ exp: seconds(-60) }) })))).toBe(
      '401 credential_expired',
    )
    expect(await outcome(auth, bearer(`${mint().slice(0, -4)}AAAA`))).toBe('401 credential_invalid')
    expect(await outcome(auth, bearer(mint({ claims: legacyClaims({ type: 'refresh' }) })))).toBe(
      '401 credential_invalid',
    )
    const reasons = events.flatMap((event) => (event.type === 'refused' ? [event.reason] : []))
    expect(reasons).toEqual(['expired', 'signature', 'purpose'])
    const claims = events.flatMap((event) => (event.type === 'refused' ? [event.claim] : []))
    expect(claims).toEqual(['exp', null, 'type'])
  })

  it('of an account that may not, or is none, is 403 here, too', async () => {
    for (const [account, expected] of [
      [null, '403 identity_unlinked'],
      [{ id: 'a', active: false }, '403 account_deactivated'],
    ] as const) {
      const world = await createWorld({ link: () => account })
      expect(await outcome(api({ validate: serveRemote(world.auth) }).auth, bearer(mint()))).toBe(expected)
      await world.close()
    }
  })

  it('that nobody there owns is not mine', async () => {
    const { auth } = api({ credentials: [{ opaque: { prefix: 'xy_' } }] })
    expect(await outcome(auth, bearer('xy_unknown'))).toBe('401 credential_invalid')
  })

  it('cannot be judged where the service cannot', async () => {
    service.down.add('sessions')
    expect(await outcome(api().auth, cookies([SESSION, await signedCookie(token)]))).toBe(UNAVAILABLE)
    service.down.add('link')
    expect(await outcome(api().auth, bearer(mint()))).toBe(UNAVAILABLE)
  })

  it('is judged anew, past every cache, when a guard asks', async () => {
    const asked: boolean[] = []
    const validate: ValidateRemote = (credential) => {
      asked.push(credential.fresh)
      return serveRemote(service.auth)(credential)
    }
    const { auth } = api({ validate })
    await auth.authenticate(bearer(mint()))
    await auth.authenticate(bearer(mint()), { fresh: true })
    expect(asked).toEqual([false, true])
  })

  it('is one use for several guards and for the looks of a connection', async () => {
    const asked: unknown[] = []
    const validate: ValidateRemote = (credential) => {
      asked.push([credential.fresh, credential.counted ?? false])
      return serveRemote(service.auth)(credential)
    }
    const { auth } = api({ validate })
    const exchange = { request: apiKey(key), native: null, memo: {}, keep: () => {} }
    for (const fresh of [false, true, true])
      expect((await auth.guard(exchange, { kind: 'authenticated', fresh })).kind).toBe('pass')
    const opened = await auth.authenticateUpgrade(apiKey(key))
    expect(opened.ok && (await opened.revalidate()).ok).toBe(true)
    expect(asked).toEqual([
      [false, false],
      [true, true],
      [false, false],
      [true, true],
    ])
  })

  it('travels where its form says, to a service that looks there too', async () => {
    const carriers = [{ scheme: 'Token' }, 'bare', { header: 'x-access-token' }, { cookie: 'token' }] as const
    const judging = legacyAuth({ carriers })
    const { auth } = api({ validate: serveRemote(judging), credentials: [{ jwtIssuer: null, carriers }] })
    const jwt = mint()
    for (const headers of [
      { authorization: `Token ${jwt}` },
      { authorization: jwt },
      { 'x-access-token': jwt },
      { cookie: `token=${jwt}` },
    ])
      expect(await outcome(auth, request(headers))).toBe('200 legacy-7 by service')
    expect(await outcome(auth, bearer(jwt))).toBe('401 credential_missing')
    expect(wrongOption(() => api({ credentials: [{ jwtIssuer: null, carriers: ['cookie'] as never }] }))).toMatch(
      /^remote\(service\)\.credentials\[0\]/,
    )
  })

  it('takes the cookies along that count beside it, and brings those to be written', async () => {
    const seen: unknown[] = []
    const field = 'session=new; Path=/; HttpOnly'
    const validate = (async (credential: { companions: unknown }) => {
      seen.push(credential.companions)
      const answer = (await serveRemote(service.auth)({
        ...(credential as object),
        carrier: 'bearer',
        value: mint(),
      } as never)) as object
      return { ...answer, cookies: [{ name: 'session', field }] }
    }) as never
    const { auth } = api({ validate, credentials: [{ cookie: 'session', companions: ['hint'], chunked: true }] })
    const result = await auth.authenticate(
      cookies(['session.0', 'a'], ['session.1', 'b'], ['hint', 'x'], ['other', 'y']),
    )
    expect(result).toMatchObject({ ok: true, cookies: [{ name: 'session', field }] })
    expect(seen).toEqual([[['hint', 'x']]])
  })

  it('may be a chain: keys that are known here first, the others there', async () => {
    const { apiKeys, memoryApiKeys } = await import('../../../src/index.js')
    const local = memoryApiKeys()
    const here = await createApiKey({ prefix: 'sk_live_', owner: { kind: 'user', id: 'here' }, scopes: ['*'] })
    local.add(here.record)
    const auth = createDualAuth({
      verifiers: [
        apiKeys({ name: 'local', prefix: 'sk_live_', keys: local, bearer: false }),
        remote({
          name: 'service',
          credentials: [{ header: 'x-api-key', prefix: 'sk_live_' }],
          validate: serveRemote(service.auth),
        }),
      ],
      precedence: ['local', 'service'],
      link: ({ subject }) => ({ id: subject }),
    })
    expect(await outcome(auth, apiKey(here.key))).toBe('200 here by local')
    expect(await outcome(auth, apiKey(key))).toBe('200 user-7 by service')
  })
})

const ACCEPTED = {
  version: 2,
  outcome: 'accepted',
  cookies: [],
  identity: {
    id: 'user-7',
    kind: 'user',
    organization: null,
    roles: [],
    permissions: [],
    scopes: null,
    sessionId: null,
    keyId: null,
    email: null,
    expiresAt: null,
    issuedAt: null,
    impersonator: null,
    origin: { verifier: 'v', issuer: 'i', subject: 's', claims: {} },
  },
}
const answering = (answer: unknown) => outcome(api({ validate: (async () => answer) as never }).auth, bearer(mint()))

describe('an answer of a broken or hostile service', () => {
  const { identity } = ACCEPTED
  const cyclic: Record<string, unknown> = { ...ACCEPTED }
  cyclic['self'] = cyclic

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'accepted'],
    ['true', true],
    ['no outcome', { version: 2 }],
    ['an outcome that is none', { version: 2, outcome: 'ok' }],
    ['another version', { ...ACCEPTED, version: 1 }],
    ['no identity', { ...ACCEPTED, identity: null }],
    ['an empty id', { ...ACCEPTED, identity: { ...identity, id: '' } }],
    ['an id that is no text', { ...ACCEPTED, identity: { ...identity, id: { toString: () => 'user-7' } } }],
    ['roles that are no list', { ...ACCEPTED, identity: { ...identity, roles: 'admin' } }],
    ['unknown members', { ...ACCEPTED, identity: { ...identity, admin: true } }],
    ['a date that is none', { ...ACCEPTED, identity: { ...identity, expiresAt: '2030' } }],
    ['a cookie that splits the header', { ...ACCEPTED, cookies: [{ name: 'a', field: 'a=b\r\nset-cookie: c=d' }] }],
    ['a cookie that no header can carry', { ...ACCEPTED, cookies: [{ name: 'a', field: 'a=\u2713' }] }],
    ['a cookie of another name', { ...ACCEPTED, cookies: [{ name: 'a', field: 'b=c' }] }],
    [
      'a code that no verifier gives',
      { version: 2, outcome: 'rejected', code: 'x', reason: null, retryAfterSeconds: null, cookies: [] },
    ],
    [
      'a reason of link that is no slug',
      {
        version: 3,
        outcome: 'rejected',
        code: 'account_refused',
        reason: null,
        linkReason: 'ada@example.com',
        retryAfterSeconds: null,
        cookies: [],
      },
    ],
    [
      'a reason that is a sentence',
      {
        version: 2,
        outcome: 'rejected',
        code: 'credential_invalid',
        reason: 'a b',
        retryAfterSeconds: null,
        cookies: [],
      },
    ],
    ['a cycle', cyclic],
    ['a function', () => ACCEPTED],
    [
      'a trap',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('trap')
          },
        },
      ),
    ],
    ['a big integer', 1n],
  ])('tells nothing: %s', async (_, answer) => {
    expect(await answering(answer)).toBe(UNAVAILABLE)
  })

  it('may be complete, expired, or ask to wait', async () => {
    expect(await answering(ACCEPTED)).toBe('200 user-7 by service')
    expect(await answering({ ...ACCEPTED, identity: { ...identity, expiresAt: seconds(-300) } })).toBe(
      '401 credential_expired',
    )
    const limited = {
      version: 2,
      outcome: 'rejected',
      code: 'rate_limited',
      reason: null,
      retryAfterSeconds: 9,
      cookies: [],
    }
    const result = await api({ validate: (async () => limited) as never }).auth.authenticate(bearer(mint()))
    expect(result).toMatchObject({ error: { code: 'rate_limited', retryAfterSeconds: 9 }, reason: 'remote' })
  })

  it('of any form is accepted or tells nothing', async () => {
    const member = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(1, 'accepted', 'rejected', identity, [], null))
    const fields = fc.record(
      {
        version: fc.constantFrom<unknown>(1, 2, 3),
        outcome: member,
        identity: member,
        cookies: member,
        code: member,
        reason: member,
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), fields), async (answer) => {
        expect(['200 user-7 by service', UNAVAILABLE, '401 credential_invalid']).toContain(await answering(answer))
      }),
    )
  })

  it('that throws, rejects or never comes tells nothing', async () => {
    const failing = [
      () => {
        throw new Error('down')
      },
      () => Promise.reject(new Error('down')),
      () => new Promise(() => {}),
    ]
    for (const validate of failing)
      expect(await outcome(api({ validate: validate as never, timeoutMs: 20 }).auth, bearer(mint()))).toBe(UNAVAILABLE)
  })
})

describe('a service', () => {
  const sent = {
    version: 2,
    operation: 'judge',
    carrier: 'bearer',
    name: 'authorization',
    companions: [],
    fresh: false,
    refresh: false,
  } as const

  it('says nothing about what is no credential', async () => {
    const validate = serveRemote(service.auth)
    const values = ['', 7, null]
    for (const value of values)
      expect(await validate({ ...sent, value: value as string })).toMatchObject({ outcome: 'unavailable' })
    const smuggled = [{ value: 'a;session=b' }, { value: 'a', companions: [['a', 'b; c=d'] as [string, string]] }]
    for (const one of smuggled)
      expect(await validate({ ...sent, carrier: 'cookie', name: SESSION, ...one })).toMatchObject({
        outcome: 'unavailable',
      })
    for (const other of [{ operation: 'end' }, { operation: undefined }, { version: 1 }])
      expect(await validate({ ...sent, value: mint(), ...other } as never)).toMatchObject({ outcome: 'unavailable' })
    expect(await validate(null as never)).toMatchObject({ outcome: 'unavailable' })
  })

  it('answers anything without throwing, and never with an account for what it did not judge', async () => {
    const validate = serveRemote(service.auth)
    const carrier = fc.constantFrom('bearer', 'header', 'cookie')
    const name = fc.constantFrom('authorization', 'x-api-key', SESSION, 'cookie', '__proto__')
    const credential = fc.record({ carrier, name, value: fc.string() })
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), credential), async (value) => {
        const answer = await validate({ ...sent, ...(value as object) } as never)
        expect(['unavailable', 'not-mine', 'rejected']).toContain(answer.outcome)
      }),
    )
  })
})

describe('a wrong option', () => {
  it.each<[string, object]>([
    ['.credentials', { credentials: [] }],
    ['.credentials[0]', { credentials: [{}] }],
    ['.credentials[0]', { credentials: [null] }],
    ['.credentials[0].header', { credentials: [{ header: 'Authorization' }] }],
    ['.credentials[0].cookie', { credentials: [{ cookie: 'a b' }] }],
    ['.credentials[0].jwtIssuer', { credentials: [{ jwtIssuer: [] }] }],
    ['.credentials[1].opaque.minLength', { credentials: [{ jwtIssuer: null }, { opaque: {} }] }],
    ['.validate', { validate: undefined }],
    ['.timeoutMs', { timeoutMs: 0 }],
    ['.url', { url: 'x' }],
  ])('is named: %s', (path, options) => {
    expect(wrongOption(() => api(options as never))).toBe(`remote(service)${path}`)
  })
})
