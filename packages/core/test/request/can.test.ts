import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  apiKeys,
  createApiKey,
  createDualAuth,
  legacyJwt,
  memoryApiKeys,
  type Account,
  type AuthEvent,
  type AuthRequest,
  type DualAuth,
  type DualAuthOptions,
  type PermissionDemand,
  type Principal,
} from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { pathOf } from '../support/outcome.js'
import { apiKey, bearer } from '../support/requests.js'
import { legacyClaims, mint } from '../support/tokens.js'

const ADA: Account = {
  id: 'ada',
  organization: null,
  roles: ['person', 'retired'],
  permissions: ['reports', { permission: 'audit:read', organization: 'acme' }],
  memberships: [
    'umbrella',
    { organization: 'acme', roles: ['editor'] },
    { organization: 'globex', permissions: ['*:read'] },
  ],
}
const PEOPLE: Readonly<Record<string, Account>> = {
  ada: ADA,
  bob: { id: 'bob', active: false, roles: ['person'] },
  cy: { id: 'cy', organization: 'acme', permissions: ['things:read'] },
}
const ROLES = { person: ['profile:read'], editor: ['things:*', 'things:write'] }

function open(options: Partial<DualAuthOptions> = {}): DualAuth {
  return createDualAuth({
    verifiers: [legacyJwt(legacyOptions({ claims: { subject: 'userId', organization: 'org', roles: 'roles' } }))],
    link: ({ subject }: { subject: string }) => PEOPLE[subject] ?? null,
    account: (id: string) => PEOPLE[id] ?? null,
    organization: (named) => named.header('x-organization') ?? undefined,
    access: { roles: ROLES },
    now: createClock().now,
    ...options,
  } as DualAuthOptions)
}

const tokenOf = (subject: string, claims: object = {}) => mint({ claims: legacyClaims({ userId: subject, ...claims }) })

async function principalOf(auth: DualAuth, sent: AuthRequest): Promise<Principal> {
  const result = await auth.authenticate(sent)
  if (!result.ok) throw result.error
  return result.principal
}

describe('can', () => {
  it.each<[string, string, string | null | undefined, boolean]>([
    ['ada', 'profile:read', undefined, true],
    ['ada', 'things:write', undefined, false],
    ['ada', 'things:write', 'acme', true],
    ['ada', 'things:write', 'globex', false],
    ['ada', 'things:read', 'globex', true],
    ['ada', 'reports', 'umbrella', true],
    ['ada', 'audit:read', 'acme', true],
    ['ada', 'audit:read', null, false],
    ['ada', 'profile:read', 'initech', false],
    ['bob', 'profile:read', undefined, false],
    ['cy', 'things:read', undefined, true],
    ['cy', 'things:read', 'acme', true],
    ['cy', 'things:read', 'globex', false],
    ['nobody', 'profile:read', undefined, false],
    ['constructor', 'profile:read', undefined, false],
  ])('says of the account %s, %s in %s: %s', async (user, permission, organization, expected) => {
    const auth = open({ account: (id) => (Object.hasOwn(PEOPLE, id) ? (PEOPLE[id] as Account) : null) })
    expect(await auth.can({ user }, permission, { organization })).toBe(expected)
    expect((await auth.why({ user }, permission, { organization })).allowed).toBe(expected)
  })

  it('answers for a principal in its own organization, or in another one of its account', async () => {
    const auth = open()
    const ada = await principalOf(auth, bearer(tokenOf('ada')))
    expect(await auth.can(ada, 'things:write')).toBe(false)
    expect(await auth.can(ada, 'things:write', { organization: 'acme' })).toBe(true)
    const inAcme = await principalOf(auth, bearer(tokenOf('ada'), { 'x-organization': 'acme' }))
    expect(await auth.can(inAcme, 'things:write')).toBe(true)
    expect(await auth.can(inAcme, 'things:write', { organization: null })).toBe(false)
    expect(await auth.can(inAcme, 'things:write', { organization: 'globex' })).toBe(false)
  })

  it('takes no grant of a credential along into another organization', async () => {
    const memberships = ['acme', 'globex']
    const auth = open({ link: ({ subject }) => ({ id: subject, memberships }) })
    const editor = await principalOf(auth, bearer(tokenOf('eve', { org: 'acme', roles: ['editor'] })))
    expect(await auth.can(editor, 'things:write')).toBe(true)
    expect(await auth.can(editor, 'things:write', { organization: 'globex' })).toBe(false)
    expect(await auth.can(editor, 'things:write', { organization: 'acme' })).toBe(true)
  })

  it('takes { any } and { all } as guards do', async () => {
    const auth = open()
    const can = (rule: PermissionDemand) => auth.can({ user: 'ada' }, rule, { organization: 'acme' })
    expect(await can({ any: ['billing:write', 'things:write'] })).toBe(true)
    expect(await can({ all: ['billing:write', 'things:write'] })).toBe(false)
    expect(await can({ all: ['reports', { any: ['billing:write', 'audit:read'] }] })).toBe(true)
  })

  it('knows principals of its own only', async () => {
    const stranger = await principalOf(open(), bearer(tokenOf('ada')))
    const auth = open()
    expect(await auth.can(stranger, 'profile:read')).toBe(false)
    expect((await auth.why({ ...stranger }, 'profile:read')).because).toEqual([{ code: 'principal_foreign' }])
  })

  it('holds an API key to its scopes and to its organization', async () => {
    const store = memoryApiKeys()
    // Which says nothing of an organization, so that the key's own counts.
    const { organization: _, ...owner } = ADA
    const { key, record } = await createApiKey({
      prefix: 'sk_',
      owner: { kind: 'user', id: 'ada' },
      scopes: ['things:read'],
      organization: 'acme',
    })
    store.add(record)
    const auth = open({
      verifiers: [apiKeys({ name: 'keys', prefix: 'sk_', keys: store })] as never,
      link: () => owner,
    })
    const principal = await principalOf(auth, apiKey(key))
    expect(await auth.can(principal, 'things:read')).toBe(true)
    expect(await auth.can(principal, 'things:write')).toBe(false)
    expect(await auth.can(principal, 'things:read', { organization: 'globex' })).toBe(false)
    expect((await auth.why(principal, 'things:write')).because).toEqual([
      { code: 'granted', permission: 'things:write', role: 'editor', grant: 'things:*', organization: 'acme' },
      { code: 'granted', permission: 'things:write', role: 'editor', grant: 'things:write', organization: 'acme' },
      { code: 'out_of_scope', permission: 'things:write' },
    ])
  })

  it('looks an account up once for questions that are asked together, and again for later ones', async () => {
    const account = vi.fn<(id: string) => Promise<Account | null>>(async (id) => PEOPLE[id] ?? null)
    const auth = open({ account })
    const users = ['ada', 'cy', 'ada', 'ada']
    const answers = await Promise.all(users.map((user) => auth.can({ user }, 'profile:read')))
    expect(answers).toEqual([true, false, true, true])
    expect(account.mock.calls).toEqual([['ada'], ['cy']])
    await auth.can({ user: 'ada' }, 'profile:read')
    expect(account).toHaveBeenCalledTimes(3)
  })

  it.each<[string, () => unknown]>([
    ['fails', () => Promise.reject(new Error('down'))],
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    ['returns another account', () => ({ id: 'bob' })],
    ['returns no account', () => ({ name: 'ada' })],
  ])('cannot tell where the look-up %s: account_unavailable, and an event', async (_, account) => {
    const events: AuthEvent[] = []
    const auth = open({ account: account as never, onEvent: (event) => void events.push(event) })
    for (const ask of [auth.can, auth.why])
      await expect(ask({ user: 'ada' }, 'profile:read')).rejects.toMatchObject({
        code: 'account_unavailable',
        status: 503,
      })
    expect(events.map(({ type }) => type)).toEqual(['unavailable', 'unavailable'])
    expect(events[0]).toMatchObject({ source: 'account', cause: expect.any(Error) })
  })

  it.each<[string, (auth: DualAuth) => Promise<unknown>]>([
    ['can.permission', (auth) => auth.can({ user: 'ada' }, 'things:*')],
    ['can.permission', (auth) => auth.can({ user: 'ada' }, undefined as never)],
    ['why.permission', (auth) => auth.why({ user: 'ada' }, '')],
    ['can.permission', (auth) => auth.can({ user: 'ada' }, { any: [] })],
    ['why.permission.all[1]', (auth) => auth.why({ user: 'ada' }, { all: ['things:read', '*'] })],
    // A callback of a guard is given a request, and here is none.
    ['can.permission', (auth) => auth.can({ user: 'ada' }, (() => true) as never)],
    ['why.permission', (auth) => auth.why({ user: 'ada' }, { any: ['things:read', (() => true) as never] })],
    ['can.subject', (auth) => auth.can({ user: '' }, 'things:read')],
    ['can.subject', (auth) => auth.can(null as never, 'things:read')],
    ['can.subject', (auth) => auth.can('ada' as never, 'things:read')],
    ['why.organization', (auth) => auth.why({ user: 'ada' }, 'things:read', { organization: 7 as never })],
    ['createDualAuth.account', () => open({ account: undefined as never }).can({ user: 'ada' }, 'things:read')],
  ])('names what is wrong with the question: %s', async (path, ask) => {
    expect(pathOf(await ask(open()).catch((error: unknown) => error))).toBe(path)
  })
})

describe('why', () => {
  const why = (user: string, permission: PermissionDemand, organization?: string | null) =>
    open().why({ user }, permission, { organization })

  it('names each grant that allows it, with its role, and the organization where that holds', async () => {
    expect(await why('ada', 'things:write', 'acme')).toEqual({
      allowed: true,
      because: [
        { code: 'granted', permission: 'things:write', role: 'editor', grant: 'things:*', organization: 'acme' },
        { code: 'granted', permission: 'things:write', role: 'editor', grant: 'things:write', organization: 'acme' },
      ],
      roles: ['person', 'retired', 'editor'],
    })
    expect((await why('ada', 'profile:read', 'acme')).because).toEqual([
      { code: 'granted', permission: 'profile:read', role: 'person', grant: 'profile:read', organization: null },
    ])
    expect((await why('ada', 'audit:read', 'acme')).because).toEqual([
      { code: 'granted', permission: 'audit:read', role: null, grant: 'audit:read', organization: 'acme' },
    ])
    expect((await why('ada', 'reports', 'acme')).because).toEqual([
      { code: 'granted', permission: 'reports', role: null, grant: 'reports', organization: null },
    ])
    expect((await why('ada', 'things:read', 'globex')).because).toEqual([
      { code: 'granted', permission: 'things:read', role: null, grant: '*:read', organization: 'globex' },
    ])
  })

  it('says what is missing', async () => {
    expect((await why('nobody', 'things:read')).because).toEqual([{ code: 'account_unknown' }])
    expect((await why('bob', 'things:read')).because).toEqual([{ code: 'account_deactivated' }])
    expect((await why('ada', 'things:read', 'initech')).because).toEqual([
      { code: 'not_a_member', organization: 'initech' },
    ])
    expect((await why('ada', 'billing:write', 'acme')).because).toEqual([
      { code: 'role_unknown', role: 'retired' },
      { code: 'not_granted', permission: 'billing:write', organization: 'acme' },
    ])
    const refusing = open({ account: () => ({ refuse: 'account_refused', reason: 'under-age' }) })
    expect((await refusing.why({ user: 'ada' }, 'things:read')).because).toEqual([
      { code: 'account_refused', reason: 'under-age' },
    ])
  })

  it('lists the roles that are held there, whatever the answer is', async () => {
    expect((await why('ada', 'billing:write')).roles).toEqual(['person', 'retired'])
    expect((await why('ada', 'reports', 'acme')).roles).toEqual(['person', 'retired', 'editor'])
    expect((await why('ada', 'reports', 'initech')).roles).toEqual([])
    expect((await why('nobody', 'reports')).roles).toEqual([])
  })

  it('explains { any } by what is held, and { all } by each of them', async () => {
    const profile = {
      code: 'granted',
      permission: 'profile:read',
      role: 'person',
      grant: 'profile:read',
      organization: null,
    }
    const unheld = { code: 'not_granted', permission: 'billing:write', organization: null }
    const any = await why('ada', { any: ['billing:write', 'profile:read', 'profile:read'] })
    expect(any).toMatchObject({ allowed: true, because: [profile] })
    const all = await why('ada', { all: ['profile:read', { any: ['billing:write', 'things:write'] }] })
    expect(all).toMatchObject({
      allowed: false,
      because: [{ code: 'role_unknown', role: 'retired' }, profile, unheld, { ...unheld, permission: 'things:write' }],
    })
  })

  it('is frozen, also inside', async () => {
    const explanation = await why('ada', 'things:write', 'acme')
    expect(
      [explanation, explanation.because, explanation.roles, ...explanation.because].every((one) =>
        Object.isFrozen(one),
      ),
    ).toBe(true)
  })
})

const NAMES = ['things:read', 'things:write', 'billing:read', 'org:things:read', 'reports']
const GRANTS = [...NAMES, '*', 'things:*', '*:read']
const ORGANIZATIONS = ['acme', 'globex']
const some = <T>(values: readonly T[]) => fc.array(fc.constantFrom(...values), { maxLength: 2 })
const scoped = (name: 'role' | 'permission', values: readonly string[]) =>
  fc.record({ [name]: fc.constantFrom(...values), organization: fc.constantFrom(...ORGANIZATIONS) })
const roleNames = ['editor', 'reader', 'unknown']
const { rule: rules } = fc.letrec<{ rule: PermissionDemand }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...NAMES),
    fc.record({ any: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ all: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
  ),
}))
const accounts = fc.record(
  {
    id: fc.constant('ada'),
    active: fc.boolean(),
    organization: fc.constantFrom(null, ...ORGANIZATIONS),
    roles: fc.array(fc.oneof(fc.constantFrom(...roleNames), scoped('role', roleNames)), { maxLength: 3 }),
    permissions: fc.array(fc.oneof(fc.constantFrom(...GRANTS), scoped('permission', GRANTS)), { maxLength: 3 }),
    memberships: fc.array(
      fc.record({ organization: fc.constantFrom(...ORGANIZATIONS), roles: some(roleNames), permissions: some(GRANTS) }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ['id'] },
) as fc.Arbitrary<Account>
const stated = fc.record({ org: fc.constantFrom(undefined, ...ORGANIZATIONS), roles: some(roleNames) })
const meanings = fc.record({ editor: some(GRANTS), reader: some(GRANTS) })

describe('can, authorize and a guard', () => {
  it('always agree', () =>
    fc.assert(
      fc.asyncProperty(
        accounts,
        meanings,
        stated,
        rules,
        fc.constantFrom(undefined, null, ...ORGANIZATIONS, 'initech'),
        async (account, roles, claims, permission, named) => {
          const auth = open({
            link: () => account,
            account: () => account,
            access: { roles },
            organization: (naming) =>
              naming.header('x-none') === null ? (naming.header('x-organization') ?? undefined) : null,
          })
          const naming = named === undefined ? {} : named === null ? { 'x-none': '1' } : { 'x-organization': named }
          const sent = bearer(tokenOf('ada', claims), naming)
          const verdict = await auth.guard(
            { request: sent, native: undefined, memo: {}, keep() {} },
            { kind: 'permission', rule: permission },
          )
          const passes = verdict.kind === 'pass'
          const base = await auth.authenticate(bearer(tokenOf('ada', claims), {}))
          if (base.ok) {
            expect(await auth.can(base.principal, permission, { organization: named })).toBe(passes)
            expect((await auth.why(base.principal, permission, { organization: named })).allowed).toBe(passes)
          } else expect(passes).toBe(false)
          const acting = await auth.authenticate(sent)
          if (acting.ok) {
            expect((await auth.authorize(acting.principal, permission)).ok).toBe(passes)
            expect(await auth.can(acting.principal, permission)).toBe(passes)
          }
          // Without a credential, nothing that one states counts.
          const bare = await auth.guard(
            { request: bearer(tokenOf('ada'), naming), native: undefined, memo: {}, keep() {} },
            { kind: 'permission', rule: permission },
          )
          expect(await auth.can({ user: 'ada' }, permission, { organization: named })).toBe(bare.kind === 'pass')
          const explained = await auth.why({ user: 'ada' }, permission, { organization: named })
          expect(explained.allowed).toBe(bare.kind === 'pass')
          expect(explained.because.length).toBeGreaterThan(0)
        },
      ),
      { numRuns: 100 },
    ))
})
