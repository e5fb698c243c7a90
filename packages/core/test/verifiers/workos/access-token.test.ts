import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDualAuth, workos, type AuthEvent, type WorkosOptions } from '../../../src/index.js'
import { createClock, seconds } from '../../support/clock.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer, cookies, request } from '../../support/requests.js'
import { mint, rsaPair, SECRET } from '../../support/tokens.js'
import { UNREADABLE_TEXTS } from '../../support/unreadable.js'
import { CLIENT_ID, createWorld, type World } from '../../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

function authWith(options: Partial<WorkosOptions> = {}) {
  const verifier = workos({ name: 'workos', clientId: CLIENT_ID, apiUrl: world.keySet.origin, ...options })
  return createDualAuth({ verifiers: [verifier], now: createClock().now })
}
const judged = (claims: Record<string, unknown>, options: Partial<WorkosOptions> = {}, header = {}) =>
  outcome(authWith(options), bearer(world.workosToken(claims, header)))

async function principalOf(claims: Record<string, unknown>) {
  const result = await authWith().authenticate(bearer(world.workosToken(claims)))
  if (!result.ok) throw result.error
  return result.principal
}

const OK = '200 user_01-7 by workos'
const INVALID = '401 credential_invalid'

describe('claims of a JWT template', () => {
  const claims = {
    org: { id: 'org_9' },
    app: { 'my.roles': ['editor'], grants: ['a:b'] },
    contact: { email: 'a@example.com' },
  }
  const principal = async (names: WorkosOptions['claims']) => {
    const result = await authWith(names === undefined ? {} : { claims: names }).authenticate(
      bearer(world.workosToken(claims)),
    )
    if (!result.ok) throw result.error
    return result.principal
  }

  it('are read by path, as a list, with dots, or by a function', async () => {
    const names = {
      organization: 'org.id',
      roles: ['app', 'my.roles'],
      permissions: (own: object) => (own as typeof claims).app.grants,
      email: 'contact.email',
    } as const
    expect(await principal(names)).toMatchObject({
      organization: 'org_9',
      roles: ['editor'],
      permissions: ['a:b'],
      email: 'a@example.com',
    })
  })

  it('that are not there grant nothing', async () => {
    expect(
      await principal({ organization: 'org.name', roles: 'app.my.roles', permissions: ['app', 'grant'] }),
    ).toMatchObject({
      organization: null,
      roles: [],
      permissions: [],
    })
  })

  it.each(UNREADABLE_TEXTS)(
    'that name the organization as %j are refused, and the event names the claim',
    async (id) => {
      const events: AuthEvent[] = []
      const judgedBy = (names: WorkosOptions['claims'], sent: object) => {
        const verifier = workos({
          name: 'workos',
          clientId: CLIENT_ID,
          apiUrl: world.keySet.origin,
          claims: names ?? {},
        })
        const onEvent = (event: AuthEvent) => void events.push(event)
        const auth = createDualAuth({ verifiers: [verifier], now: createClock().now, onEvent })
        return outcome(auth, bearer(world.workosToken({ ...sent, role: 'admin' })))
      }
      expect(await judgedBy({}, { org_id: id })).toBe(INVALID)
      expect(await judgedBy({ organization: 'org.id' }, { org: { id } })).toBe(INVALID)
      const refusals = events.filter(({ type }) => type === 'refused')
      expect(refusals).toMatchObject([
        { reason: 'claims', claim: 'org_id' },
        { reason: 'claims', claim: 'org.id' },
      ])
      expect(await judgedBy({ organization: 'tenant' }, { org_id: id })).toBe(OK)
      expect(await judgedBy({}, { org_id: null })).toBe(OK)
    },
  )

  it('are refused at construction where the spelling would match nothing', () => {
    expect(wrongOption(() => authWith({ claims: { roles: '$.app.roles' } }))).toBe('workos(workos).claims.roles')
  })
})

describe('an AuthKit access token', () => {
  it('is judged by the key set of its client', async () => {
    expect(await judged({})).toBe(OK)
    expect(world.keySet.path).toBe(`/sso/jwks/${CLIENT_ID}`)
  })

  it('has one issuer for identity links, however WorkOS spells it', async () => {
    const { origin } = world.keySet
    const canonical = `${origin}/user_management/${CLIENT_ID}`
    for (const iss of [origin, `${origin}/`, canonical, `${canonical}/`])
      expect(await principalOf({ iss })).toMatchObject({ issuer: canonical })
    for (const iss of [`${origin}/user_management/client_02`, 'https://api.workos.com', undefined, [origin]])
      expect(await judged({ iss })).toBe('401 credential_unsupported')
    expect(await judged({ iss: 'https://auth.example' }, { issuers: ['https://auth.example'] })).toBe(OK)
  })

  it('needs a session and a subject', async () => {
    for (const sid of [undefined, '', 'sid_1', 1, null]) expect(await judged({ sid })).toBe(INVALID)
    for (const sub of [undefined, '', 1, null]) expect(await judged({ sub })).toBe(INVALID)
  })

  it('of another client is refused where it says so', async () => {
    expect(await judged({ client_id: CLIENT_ID })).toBe(OK)
    for (const id of ['client_02', null, '']) expect(await judged({ client_id: id })).toBe(INVALID)
  })

  it('needs exp, and expires', async () => {
    expect(await judged({ exp: undefined })).toBe(INVALID)
    expect(await judged({ exp: seconds(-5) })).toBe('401 credential_expired')
  })

  it('has an audience only where one is configured', async () => {
    expect(await judged({ aud: 'api' }, { audience: 'api' })).toBe(OK)
    expect(await judged({}, { audience: ['api'] })).toBe(INVALID)
    expect(await judged({ aud: 'web' }, { audience: 'api' })).toBe(INVALID)
  })

  it('signed by another key, secret or algorithm is refused', async () => {
    const claims = { iss: world.keySet.origin, sub: 'user_1', sid: 'session_1', exp: seconds(60) }
    const stranger = rsaPair()
    const header = { alg: 'RS256', kid: 'k1' }
    const forged = mint({ algorithm: 'RS256', key: stranger.privateKey, header, claims })
    expect(await outcome(authWith(), bearer(forged))).toBe(INVALID)
    expect(await outcome(authWith(), bearer(mint({ key: SECRET, claims })))).toBe('401 credential_unsupported')
    expect(await judged({}, {}, { kid: 'other' })).toBe(INVALID)
    expect(await judged({}, {}, { kid: undefined })).toBe(OK)
  })

  it('travels as a bearer only', async () => {
    const token = world.workosToken()
    expect(await outcome(authWith(), cookies(['wos-session', token]))).toBe('401 credential_missing')
    expect(await outcome(authWith(), request({ 'x-api-key': token }))).toBe('401 credential_missing')
  })
})

describe('the principal of a token', () => {
  it('has its organization, roles and permissions', async () => {
    const claims = { org_id: 'org_1', role: 'member', permissions: ['a:b', 'c:*'], feature_flags: ['f'] }
    expect(await principalOf(claims)).toMatchObject({
      kind: 'user',
      organization: 'org_1',
      roles: ['member'],
      // A pattern of the provider's would grant nothing, and is left out.
      permissions: ['a:b'],
      sessionId: 'session_01',
      expiresAt: seconds(290),
      impersonator: null,
      secretIndex: null,
      claims: { feature_flags: ['f'] },
    })
    expect(await principalOf({ role: 'member', roles: ['x', 'y'] })).toMatchObject({ roles: ['x', 'y'] })
  })

  it('gets no wildcard from a slug that the provider wrote', async () => {
    const auth = authWith()
    const result = await auth.authenticate(bearer(world.workosToken({ permissions: ['*', 'things:*'] })))
    if (!result.ok) throw result.error
    expect(await auth.authorize(result.principal, 'things:read')).toMatchObject({ ok: false })
  })

  it('shows an impersonator, whatever form it has, and may be refused for it', async () => {
    expect(await principalOf({ act: { sub: 'admin@example.com' } })).toMatchObject({
      impersonator: 'admin@example.com',
    })
    for (const act of [null, {}, 'x', { sub: 1 }])
      expect(await principalOf({ act })).toMatchObject({ impersonator: 'unknown' })
    expect(await judged({ act: { sub: 'x' } }, { allowImpersonation: false })).toBe(INVALID)
    expect(await judged({}, { allowImpersonation: false })).toBe(OK)
  })
})

describe('a wrong option', () => {
  it.each<[string, object]>([
    ['clientId', { clientId: 'sk_123' }],
    ['clientId', { clientId: 'client_a/../b' }],
    ['apiUrl', { apiUrl: 'http://api.workos.com' }],
    ['apiUrl', { apiUrl: 'https://api.workos.com/?x=1' }],
    ['apiUrl', { apiUrl: 'https://user:pass@api.workos.com' }],
    ['apiUrl', { apiUrl: 'workos' }],
    ['clockToleranceSeconds', { clockToleranceSeconds: 301 }],
    ['clockToleranceSeconds', { clockToleranceSeconds: Number.NaN }],
    ['audience', { audience: [] }],
    ['jwksUrl', { jwksUrl: 'https://a.example' }],
  ])('is named: %s', (path, options) => {
    const construct = () => workos({ name: 'workos', clientId: CLIENT_ID, ...options } as WorkosOptions)
    expect(wrongOption(construct)).toBe(`workos(workos).${path}`)
  })

  it('in the name is named without it', () => {
    expect(wrongOption(() => workos({ name: 'a b', clientId: CLIENT_ID }))).toBe('workos.name')
  })
})
