import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import {
  createApiKey,
  createDualAuth,
  customPolicy,
  legacyJwt,
  type Carriers,
  type Diagnosis,
  type Verifier,
} from '../../src/index.js'
import { onlyIn } from '../../src/route/carriers.js'
import { readJwt } from '../../src/route/jwt.js'
import { jwtProblem } from '../../src/diagnose/jwt-problem.js'
import { createClock, seconds } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { createMove, newCookie, oldToken } from '../support/migration.js'
import { pathOf } from '../support/outcome.js'
import { found, sessionToken, signedValue } from '../support/sessions.js'
import { legacyClaims, mint, OTHER_SECRET, segment } from '../support/tokens.js'
import { createWorld, type World } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
beforeEach(() => world.down.clear())
afterAll(() => world.close())

const steps = ({ steps }: Diagnosis) => steps.map(({ step, ok }) => `${step} ${ok ? 'ok' : 'failed'}`)
const last = ({ steps }: Diagnosis) => steps.at(-1)?.findings.join('; ') ?? ''
const first = ({ steps }: Diagnosis) => steps[0]?.findings.join('; ') ?? ''

describe('diagnose', () => {
  it('goes through every step of a credential that is accepted', async () => {
    const diagnosis = await world.auth.diagnose(`Bearer ${mint()}`)
    expect(steps(diagnosis)).toEqual(['extract ok', 'route ok', 'verify ok', 'link ok', 'admit ok'])
    expect(diagnosis).toMatchObject({ accepted: true, code: null, verifier: 'legacy' })
    expect(diagnosis.principalId).toEqual(expect.any(String))
    expect(first(diagnosis)).toContain('HS256')
    expect(first(diagnosis)).toContain('`userId`')
  })

  it.each([
    ['a signature of another secret', () => mint({ key: OTHER_SECRET }), 'credential_invalid', 'signature'],
    ['a refresh token', () => mint({ claims: legacyClaims({ type: 'refresh' }) }), 'credential_invalid', 'purpose'],
    [
      'a token that is over',
      () => mint({ claims: legacyClaims({ exp: seconds(-60) }) }),
      'credential_expired',
      'expired',
    ],
  ])('names the step and the reason of %s', async (_, token, code, reason) => {
    const diagnosis = await world.auth.diagnose(token())
    expect(diagnosis).toMatchObject({ accepted: false, code, reason, verifier: 'legacy', principalId: null })
    expect(steps(diagnosis)).toEqual(['extract ok', 'route ok', 'verify failed'])
    expect(last(diagnosis)).toContain(reason)
  })

  it.each([
    ['maps it to none', null, 'acts for no organization here'],
    ['maps it', 'our-acme', 'maps to one of this application'],
    ['says nothing of it', undefined, 'the id of the provider counts'],
  ])('says what became of an organization of the provider where link %s', async (_name, organization, finding) => {
    const auth = createDualAuth({
      verifiers: [legacyJwt({ ...legacyOptions(), claims: { subject: 'userId', organization: 'org' } })],
      now: createClock().now,
      link: ({ subject }) => ({ id: subject, ...(organization !== undefined && { organization }) }),
    })
    const { accepted, steps: all } = await auth.diagnose(mint({ claims: legacyClaims({ org: 'org_of_the_provider' }) }))
    const link = all.find(({ step }) => step === 'link')
    expect([accepted, link?.ok]).toEqual([true, true])
    expect(link?.findings.join('; ')).toContain(finding)
    expect(JSON.stringify(all)).not.toContain('org_of_the_provider')
    const none = await auth.diagnose(mint())
    expect(JSON.stringify(none.steps)).not.toContain('names an organization')
  })

  it('names what a row says in members that nothing reads', async () => {
    const diagnose = async (row: object) => {
      const auth = createDualAuth({
        verifiers: [legacyJwt(legacyOptions())],
        now: createClock().now,
        link: ({ subject }) => ({ id: subject, ...row }),
      })
      const { steps: all } = await auth.diagnose(mint())
      return all.find(({ step }) => step === 'link')?.findings.slice(1)
    }
    expect(await diagnose({ role: 'admin', is_active: false, email: 'ada@x.test' })).toEqual([
      'the account has `role`, which is not read: return a list `roles` if it means that',
      'the account has `is_active`, which is not read: return it as `active` if it means that',
    ])
    expect(await diagnose({ banned: true, orgId: 'acme' })).toEqual([
      'the account has `banned`, which is not read: return `active: false` where it is true if it means that',
      'the account has `orgId`, which is not read: return it as `organization` if it means that',
    ])
    expect(await diagnose({ role: 'admin', roles: [], active: true, is_active: true })).toEqual([])
  })

  it('says how long ago a token ended', async () => {
    const diagnosis = await world.auth.diagnose(mint({ claims: legacyClaims({ exp: seconds(-60) }) }))
    expect(first(diagnosis)).toContain('`exp` lies 60 s back')
  })

  it('says why no verifier takes it', async () => {
    const foreign = await world.auth.diagnose(mint({ claims: { iss: 'https://elsewhere.example' } }))
    expect(steps(foreign)).toEqual(['extract ok', 'route failed'])
    expect(foreign.code).toBe('credential_unsupported')
    expect(last(foreign)).toContain('`iss`')
  })

  it('says what it does not look at, and what is too long or malformed', async () => {
    for (const where of [{ header: 'x-other' }, { cookie: 'other' }, { scheme: 'Token' }])
      expect((await world.auth.diagnose({ ...where, value: 'v' })).code).toBe('credential_missing')
    expect((await world.auth.diagnose('a'.repeat(9_000))).code).toBe('credential_too_large')
    expect((await world.auth.diagnose({ header: 'x-api-key', value: 'a,b' })).code).toBe('credential_malformed')
  })

  it('takes the whole field Authorization, with whichever scheme, as it was copied', async () => {
    const ask = (value: string) => world.auth.diagnose({ header: 'Authorization', value })
    expect(await ask(`bearer ${mint()}`)).toMatchObject({ accepted: true, verifier: 'legacy' })
    const other = await ask(`Token ${mint()}`)
    expect(other.code).toBe('credential_missing')
    expect(last(other)).toContain('no verifier looks at the scheme "token"')
    expect(last(await ask(mint()))).toContain('a token without a scheme')
  })

  it('takes the whole field Cookie as it was copied, and judges the one that a verifier looks at', async () => {
    const ask = (value: string) => world.auth.diagnose({ header: 'Cookie', value })
    expect(await ask(`theme=dark; legacy_token=${mint()}; lang=en`)).toMatchObject({
      accepted: true,
      verifier: 'legacy',
    })
    const other = await ask(`theme=${mint()}`)
    expect(other.code).toBe('credential_missing')
    expect(last(other)).toContain('no verifier looks at any cookie in this field')
    expect(last(other)).toContain('"legacy_token"')
    expect((await ask(`legacy_token=${'a'.repeat(9_000)}`)).code).toBe('credential_too_large')
    const both = ask(`legacy_token=${mint()}; legacy_token=${mint({ key: OTHER_SECRET })}`)
    expect(pathOf(await both.catch((error: unknown) => error))).toBe('diagnose.value')
    expect(world.auth.explain({ header: 'cookie', value: `legacy_token=${mint()}` }).verifiers).toEqual(['legacy'])
  })

  it('brings the cookies along that stand beside one', async () => {
    const { now } = createClock()
    const seen: (readonly string[] | undefined)[] = []
    const verifier: Verifier = {
      name: 'beside',
      shapes: [{ kind: 'cookie', carriage: onlyIn({ cookies: ['session'] }), companions: ['cache'] }],
      open: () => ({
        verify: ({ companions }) => {
          seen.push(companions?.get('cache'))
          return { outcome: 'rejected', code: 'credential_invalid', reason: 'signature' }
        },
        ready: async () => {},
        close: () => {},
      }),
    }
    await createDualAuth({ verifiers: [verifier], now }).diagnose({ header: 'cookie', value: 'session=s; cache=c' })
    expect(seen).toEqual([['c']])
  })

  it('names the verifier that reads another scheme, where the token is given as a string', async () => {
    const { now } = createClock()
    const reading = (carriers: Carriers) => createDualAuth({ verifiers: [legacyJwt(legacyOptions({ carriers }))], now })
    const other = await reading([{ scheme: 'Token' }]).diagnose(mint())
    expect(other.code).toBe('credential_missing')
    expect(last(other)).toContain(`legacy looks at the scheme "Token": give { scheme: 'Token', value }`)
    expect(await reading([{ scheme: 'Token' }]).diagnose({ scheme: 'Token', value: mint() })).toMatchObject({
      accepted: true,
    })
    expect(last(await reading(['bare']).diagnose(mint()))).toContain(`give { header: 'authorization', value }`)
    const header = await reading([{ header: 'x-token' }]).diagnose(mint())
    expect(header.steps[0]?.findings.at(-1)).toBe('no verifier looks at the bearer')
  })

  it('says that dates are in milliseconds, and of correct ones how far they lie', async () => {
    const claims = legacyClaims({ exp: seconds(600) * 1000, iat: seconds(-60) })
    const findings = first(await world.auth.diagnose(mint({ claims })))
    expect(findings).toContain('`exp` seems to be in milliseconds')
    expect(findings).toContain('`iat` lies 60 s back')
  })

  it.each([
    [`${segment({ alg: 'HS256' })}=.${segment({})}.AAAA`, 'padded'],
    [`${segment({ alg: 'none' })}.${segment({})}.AAAA`, 'unsigned'],
    [`${segment({ alg: 'HS256', crit: ['x'] })}.${segment({})}.AAAA`, '`crit`'],
    [`${segment({ alg: 'HS256' })}.${segment({})}.AA.AA.AA`, 'JWE'],
    [`${segment({ alg: 'HS256' })}.${segment({})}.AAA+`, 'base64, not base64url'],
    [`${segment({ alg: 'HS256' })}.${segment({})}.`, 'no signature'],
    [`${segment([])}.${segment({})}.AAAA`, 'not a JSON object'],
  ])('says why a token is no JWT here: %#', async (token, words) => {
    expect(first(await world.auth.diagnose({ cookie: 'legacy_token', value: token }))).toContain(words)
  })

  it('tells an outage from a refusal, and names what could not answer', async () => {
    world.down.add('sessions')
    const diagnosis = await world.auth.diagnose(signedValue(sessionToken('z')))
    expect(diagnosis).toMatchObject({ accepted: false, code: 'verifier_unavailable', verifier: 'better-auth' })
    expect(last(diagnosis)).toContain('sessions is down')
    world.down.add('link')
    expect((await world.auth.diagnose(mint())).code).toBe('account_unavailable')
  })

  it('finds a revocation in this process', async () => {
    const token = sessionToken('r')
    world.sessions.set(token, found(token))
    await world.auth.revoke({ credential: signedValue(token) })
    const diagnosis = await world.auth.diagnose(signedValue(token))
    expect(steps(diagnosis).at(-1)).toBe('admit failed')
    expect(diagnosis.code).toBe('credential_revoked')
  })

  it('emits no event and repeats nothing of the credential', async () => {
    const before = world.events.length
    const { key } = await createApiKey({ prefix: 'sk_live_', owner: { kind: 'user', id: 'u' }, scopes: [] })
    for (const [credential, secrets] of [
      [mint({ claims: legacyClaims({ userId: 'u-private', email: 'ada@example.com' }) }), ['u-private', 'ada@example']],
      [key, [key.slice(10)]],
      ['eyJ.sec.ret', ['sec.ret']],
    ] as const) {
      const text = JSON.stringify((await world.auth.diagnose(credential)).steps)
      for (const secret of [credential, ...secrets]) expect(text).not.toContain(secret)
    }
    expect(world.events.length).toBe(before)
  })

  it('refuses what is no credential', async () => {
    for (const input of [undefined, null, 7, {}])
      expect(pathOf(await world.auth.diagnose(input as never).catch((error: unknown) => error))).toBe('diagnose')
  })
})

describe('the problem of a JWT', () => {
  it('is there exactly where the strict reading refuses', () => {
    const piece = fc.oneof(
      fc.constantFrom(segment({ alg: 'HS256' }), segment({ alg: 'HS256', zip: 'DEF' }), segment({}), 'AAAA', '', 'A='),
      fc.string({ maxLength: 8 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const token = pieces.join('.')
        expect(jwtProblem(token) === null).toBe(readJwt(token) !== null)
      }),
    )
  })
})

describe('diagnose in a move', () => {
  it.each([
    ['dual', true, null, null],
    ['new-only', false, 'legacy_retired', 'retired'],
  ] as const)('says of a token of the old side what %s made of it', async (stage, accepted, code, reason) => {
    const { auth } = createMove({ stage })
    const diagnosis = await auth.diagnose(oldToken('ada'))
    expect(diagnosis).toMatchObject({ accepted, code, reason, verifier: 'legacy', principalId: 'ada' })
    expect(steps(diagnosis)).toEqual([
      'extract ok',
      'route ok',
      'verify ok',
      'link ok',
      'admit ok',
      `policy ${accepted ? 'ok' : 'failed'}`,
    ])
    expect(last(diagnosis)).toContain(`at ${stage} here, by version 1`)
  })

  it('says which stage of an organization decided', async () => {
    const policy = { version: 4, stage: 'dual', organizations: { acme: { stage: 'new-only' } } } as const
    const { auth } = createMove({ policy, organizations: { ada: 'acme' } })
    expect(await auth.diagnose(oldToken('ada'))).toMatchObject({ accepted: false, code: 'legacy_retired' })
    expect(await auth.diagnose(oldToken('bob'))).toMatchObject({ accepted: true, code: null })
  })

  it('verifies nothing that the policy refuses by its shape, as a request does', async () => {
    const { auth, asked } = createMove({ stage: 'retired' })
    const diagnosis = await auth.diagnose(oldToken('ada'))
    expect(diagnosis).toMatchObject({ accepted: false, code: 'legacy_retired', reason: 'retired', principalId: null })
    expect(steps(diagnosis)).toEqual(['extract ok', 'route ok', 'policy failed'])
    expect(asked).toEqual({ sessions: 0, link: 0 })
    const early = createMove({ stage: 'off' })
    const [cookie, value] = newCookie('ada')
    expect(await early.auth.diagnose({ cookie, value })).toMatchObject({ code: 'credential_not_accepted' })
  })

  it('says that nobody can tell while there is no policy', async () => {
    const { auth } = createMove({ policy: customPolicy(() => null) })
    expect(await auth.diagnose(oldToken('ada'))).toMatchObject({ accepted: false, code: 'policy_unavailable' })
  })
})
