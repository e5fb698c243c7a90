import { describe, expect, it } from 'vitest'
import { createDualAuth, legacyJwt, type Account, type AuthEvent, type DualAuthOptions } from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { bearer } from '../support/requests.js'
import { legacyClaims, mint, SECRET } from '../support/tokens.js'

const clock = createClock()

const ADA: Account = {
  id: 'ada',
  organization: null,
  roles: ['person'],
  memberships: [
    'umbrella',
    { organization: 'acme', roles: ['admin'] },
    { organization: 'globex', permissions: ['things:read'] },
  ],
}

function open(options: Partial<DualAuthOptions> = {}) {
  return createDualAuth({
    verifiers: [legacyJwt(legacyOptions({ claims: { subject: 'userId', organization: 'org', roles: 'roles' } }))],
    link: () => ADA,
    organization: (request) => request.header('X-Organization') ?? undefined,
    access: { roles: { admin: ['*'], person: ['profile:read'] } },
    now: clock.now,
    ...options,
  } as DualAuthOptions)
}

const token = (claims: object = {}) => mint({ claims: legacyClaims({ ...claims }) })
const naming = (organization: string | null, credential = token()) =>
  bearer(credential, organization === null ? {} : { 'x-organization': organization })

async function acting(auth: ReturnType<typeof open>, request: ReturnType<typeof naming>) {
  const result = await auth.authenticate(request)
  if (!result.ok) return result.error.code
  const { organization, roles, permissions } = result.principal
  return { organization, roles, permissions }
}

describe('the organization that a request names', () => {
  it.each([
    ['acme', { organization: 'acme', roles: ['person', 'admin'], permissions: [] }],
    ['globex', { organization: 'globex', roles: ['person'], permissions: ['things:read'] }],
    ['umbrella', { organization: 'umbrella', roles: ['person'], permissions: [] }],
    [null, { organization: null, roles: ['person'], permissions: [] }],
    ['initech', 'organization_mismatch'],
    ['', 'organization_mismatch'],
    ['constructor', 'organization_mismatch'],
  ])('%s: acts for it with what is granted there, or is refused', async (named, expected) => {
    expect(await acting(open(), naming(named))).toEqual(expected)
  })

  it('is chosen for each of the requests that share one credential, its verification and an answer of link', async () => {
    let asked = 0
    const auth = open({
      remember: { linkMaxAgeMs: 60_000 },
      link: async () => {
        asked++
        return ADA
      },
    })
    const shared = token()
    const organizations = ['acme', 'globex', 'initech', 'acme', null]
    const answers = await Promise.all(organizations.map((named) => acting(auth, naming(named, shared))))
    expect(answers.map((one) => (typeof one === 'string' ? one : one.organization))).toEqual([
      'acme',
      'globex',
      'organization_mismatch',
      'acme',
      null,
    ])
    const before = asked
    expect(await acting(auth, naming('globex', shared))).toMatchObject({ organization: 'globex' })
    expect(await acting(auth, naming('initech', shared))).toBe('organization_mismatch')
    expect(asked).toBe(before)
  })

  it('lets a guard of this instance know the principal of each of them', async () => {
    const auth = open()
    const result = await auth.authenticate(naming('acme'))
    if (!result.ok) throw result.error
    expect(await auth.authorize(result.principal, 'things:write')).toEqual({ ok: true })
  })

  it('counts the organizations that grants of link name as memberships', async () => {
    const link = () => ({ id: 'ada', organization: null, roles: [{ role: 'admin', organization: 'acme' }] })
    expect(await acting(open({ link }), naming('acme'))).toMatchObject({ organization: 'acme', roles: ['admin'] })
    expect(await acting(open({ link }), naming('globex'))).toBe('organization_mismatch')
  })

  it('leaves roles that the credential brought behind in the organization of the credential', async () => {
    const link = () => ({ id: 'ada', memberships: ['acme', 'provider-org'] })
    const credential = token({ org: 'provider-org', roles: ['owner'] })
    expect(await acting(open({ link }), naming(null, credential))).toMatchObject({ roles: ['owner'] })
    expect(await acting(open({ link }), naming('acme', credential))).toMatchObject({ organization: 'acme', roles: [] })
  })

  it('may be read from the host or the path', async () => {
    const request = {
      ...bearer(token(), { host: 'acme.app.example' }),
      url: '/orgs/globex/things?organization=initech',
    }
    const byHost = open({ organization: (naming) => naming.target().host?.split('.')[0] })
    expect(await acting(byHost, request)).toMatchObject({ organization: 'acme' })
    const byPath = open({ organization: (naming) => /^\/orgs\/([^/]+)/.exec(naming.target().pathname ?? '')?.[1] })
    expect(await acting(byPath, request)).toMatchObject({ organization: 'globex' })
  })

  it('may be none by name', async () => {
    const auth = open({ link: () => ({ ...ADA, organization: 'acme' }), organization: () => null })
    expect(await acting(auth, naming('acme'))).toEqual({ organization: null, roles: ['person'], permissions: [] })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('lost')
      },
    ],
    ['rejects', () => Promise.reject(new Error('lost'))],
    ['returns a number', () => 7 as never],
  ])('cannot be told where the option %s: 503, not another tenant', async (_, organization) => {
    const events: AuthEvent[] = []
    const auth = open({ organization, onEvent: (event) => void events.push(event) })
    expect(await acting(auth, naming('acme'))).toBe('account_unavailable')
    expect(events).toContainEqual(expect.objectContaining({ type: 'unavailable', source: 'link' }))
  })

  it.each([
    ['a string', 'acme'],
    ['a number inside', [7]],
    ['roles that are no list', [{ organization: 'acme', roles: 'admin' }]],
  ])('does not believe memberships that are %s', async (_, memberships) => {
    const auth = open({ link: () => ({ id: 'ada', memberships }) as never })
    expect(await acting(auth, naming('acme'))).toBe('account_unavailable')
  })
})

describe('events of what was judged and what was recalled', () => {
  it('say which request was verified and which was remembered', async () => {
    const types: string[] = []
    const auth = open({ onEvent: ({ type }) => void types.push(type) })
    const credential = token()
    await auth.authenticate(naming(null, credential))
    await auth.authenticate(naming(null, credential))
    await auth.authenticate(naming(null, credential), { fresh: true })
    expect(types).toEqual(['verified', 'authenticated', 'remembered', 'authenticated', 'verified', 'authenticated'])
  })

  it('say that a revocation took effect', async () => {
    const events: AuthEvent[] = []
    const auth = open({ onEvent: (event) => void events.push(event) })
    await auth.revoke({ principal: 'ada' })
    await auth.revoke({ session: 's1', verifier: 'legacy' })
    expect(events).toEqual([
      { at: clock.now(), type: 'revoked', kind: 'principal', source: 'revoke', verifier: null, principalId: 'ada' },
      { at: clock.now(), type: 'revoked', kind: 'session', source: 'revoke', verifier: 'legacy', principalId: null },
    ])
  })
})

describe('cookies of two accounts, of which one is a member', () => {
  const accounts: Readonly<Record<string, Account>> = {
    ada: { id: 'ada', memberships: ['acme'] },
    bob: { id: 'bob', memberships: ['globex'] },
  }
  const inCookie = (name: string, cookie: string) =>
    legacyJwt(
      legacyOptions({
        name,
        carriers: [{ cookie }],
        secrets: [SECRETS[name as 'old' | 'new']],
        claims: { subject: 'userId' },
      }),
    )
  const SECRETS = { old: SECRET, new: `${SECRET}-of-the-new-side` }
  const of = (side: 'old' | 'new', userId: string) =>
    `${side}=${mint({ key: SECRETS[side], claims: legacyClaims({ userId }) })}`
  const code = async (...cookies: string[]) => {
    const auth = open({
      verifiers: [inCookie('old', 'old'), inCookie('new', 'new')],
      link: ({ subject }) => accounts[subject] ?? null,
    })
    const headers = { cookie: cookies.join('; '), 'x-organization': 'acme' }
    const result = await auth.authenticate({ method: 'GET', headers })
    return result.ok ? result.principal.id : result.error.code
  }

  it.each([
    ['the member alone', [of('old', 'ada')], 'ada'],
    ['the stranger alone', [of('old', 'bob')], 'organization_mismatch'],
    ['both in one name', [of('old', 'ada'), of('old', 'bob')], 'identity_conflict'],
    ['both in one name, the stranger first', [of('old', 'bob'), of('old', 'ada')], 'identity_conflict'],
    ['the member on the new side', [of('new', 'ada'), of('old', 'bob')], 'identity_conflict'],
    ['the stranger on the new side', [of('new', 'bob'), of('old', 'ada')], 'organization_mismatch'],
    ['the member on both sides', [of('new', 'ada'), of('old', 'ada')], 'ada'],
    ['the stranger twice', [of('old', 'bob'), of('new', 'bob')], 'organization_mismatch'],
  ])('end where they are %s', async (_, cookies, expected) => {
    expect(await code(...cookies)).toBe(expected)
  })
})
