import { describe, expect, it } from 'vitest'
import { clientOptions, clientRules } from '../../../src/verify/oauth/client-options.js'
import { createGroupReader } from '../../../src/verify/oauth/groups.js'
import { kindOf } from '../../../src/verify/oauth/kind.js'
import { UNREADABLE_IDS } from '../../support/unreadable.js'
import { createIdentityReader, oauthMapping, type OAuthMapping } from '../../../src/verify/oauth/oauth-identity.js'
import { clientOf, wrongClientClaim } from '../../../src/verify/oauth/oauth-client.js'
import { opaqueForm, opaqueShape, type OpaqueForm } from '../../../src/verify/opaque-form.js'
import { BEARER_ONLY } from '../../../src/route/carriers.js'
import { wrongOption } from '../../support/outcome.js'

describe('whom a token speaks for', () => {
  it.each<[string, object, string, 'user' | 'service']>([
    ['a person', { sub: 'u', client_id: 'web' }, 'u', 'user'],
    ['a person whose issuer names no client', { sub: 'u' }, 'u', 'user'],
    ['a client that is its own subject', { sub: 'c', client_id: 'c' }, 'c', 'service'],
    ['a client under azp', { sub: 'c', azp: 'c' }, 'c', 'service'],
    ['a client under cid', { sub: 'c', cid: 'c' }, 'c', 'service'],
    ['a client under appid', { sub: 'c', appid: 'c' }, 'c', 'service'],
    ['a client without sub', { client_id: 'c' }, 'c', 'service'],
    ['a person whose other claim is the subject', { sub: 'u', client_id: 'c' }, 'c', 'user'],
    ['a machine of Auth0', { sub: 'x@clients', gty: 'client-credentials' }, 'x@clients', 'service'],
    ['another grant of Auth0', { sub: 'x', gty: 'password' }, 'x', 'user'],
    ['an app of Entra', { sub: 'x', idtyp: 'app' }, 'x', 'service'],
    ['a user of Entra', { sub: 'x', idtyp: 'user' }, 'x', 'user'],
    ['an app of Entra that does not say so', { sub: 'o', oid: 'o', tid: 't' }, 'o', 'service'],
    ['the same with delegated scopes', { sub: 'o', oid: 'o', tid: 't', scp: 'read' }, 'o', 'user'],
    ['the same outside a tenant', { sub: 'o', oid: 'o' }, 'o', 'user'],
    ['another subject than the object', { sub: 'p', oid: 'o', tid: 't' }, 'p', 'user'],
    [
      'a service account of Keycloak',
      { sub: 's', client_id: 'C', preferred_username: 'service-account-c' },
      's',
      'service',
    ],
    ['one of an older Keycloak', { sub: 's', clientId: 'c', preferred_username: 'service-account-c' }, 's', 'service'],
    [
      'the account of another client',
      { sub: 's', client_id: 'd', preferred_username: 'service-account-c' },
      's',
      'user',
    ],
    ['a person with such a name', { sub: 's', preferred_username: 'service-account-c' }, 's', 'user'],
    ['a person who chose the name of nothing', { sub: 's', preferred_username: 'service-account-' }, 's', 'user'],
  ])('is told for %s', (_, claims, subject, kind) => {
    expect(kindOf(claims as never, subject)).toBe(kind)
  })
})

describe('the client of a token', () => {
  it('is named by the first of its names', () => {
    expect(clientOf({ azp: 'b', client_id: 'a' })).toBe('a')
    expect(clientOf({ cid: 'c', appid: 'd' })).toBe('c')
    expect(clientOf({ client_id: 7, azp: '', appid: 'd' })).toBe('d')
    expect(clientOf({})).toBeNull()
  })

  it.each<[string, object, string | null]>([
    ['one of those', { client_id: 'a' }, null],
    ['another of those, under another name', { azp: 'b' }, null],
    ['two of those', { client_id: 'a', azp: 'b' }, null],
    ['none', {}, 'client_id'],
    ['a stranger', { client_id: 'x' }, 'client_id'],
    ['a stranger beside one of those', { client_id: 'a', azp: 'x' }, 'azp'],
    ['a stranger under cid', { cid: 'x' }, 'cid'],
    ['a stranger under appid', { client_id: 'a', appid: 'x' }, 'appid'],
    ['no text', { client_id: ['a'] }, 'client_id'],
    ['null', { azp: null }, 'azp'],
  ])('must be one of two: %s', (_, claims, wrong) => {
    expect(wrongClientClaim(claims as never, clientRules({ clientId: ['a', 'b'] }))).toBe(wrong)
    expect(wrongClientClaim(claims as never, {})).toBeNull()
  })

  it.each<[string, object, string | null, string | null]>([
    ['the party', { azp: 'a' }, null, null],
    ['a stranger', { azp: 'x' }, 'azp', 'azp'],
    ['no text', { azp: ['a'] }, 'azp', 'azp'],
    ['none', {}, 'azp', null],
    ['none, and a client of that name', { client_id: 'a' }, 'azp', null],
  ])('must be the authorized party: %s', (_, claims, required, ifPresent) => {
    expect(wrongClientClaim(claims as never, clientRules({ authorizedParty: 'a' }))).toBe(required)
    expect(
      wrongClientClaim(claims as never, clientRules({ authorizedParty: { value: ['b', 'a'], ifPresent: true } })),
    ).toBe(ifPresent)
  })

  it('is read from options in each form', () => {
    expect(clientRules({})).toEqual({ clients: null, authorizedParty: null })
    expect(clientRules({ clientId: 'a', authorizedParty: ['b', 'c'] })).toEqual({
      clients: ['a'],
      authorizedParty: { values: ['b', 'c'], ifPresent: false },
    })
    const { clientId, authorizedParty } = clientOptions()
    for (const good of ['a', ['a', 'b']]) {
      expect(clientId.safeParse(good).success).toBe(true)
      for (const party of [good, { value: good, ifPresent: true }])
        expect(authorizedParty.safeParse(party).success).toBe(true)
    }
    for (const bad of [
      '',
      [],
      [''],
      7,
      { value: 'a' },
      { value: 'a', ifPresent: false },
      { value: [], ifPresent: true },
    ]) {
      expect(clientId.safeParse(bad).success).toBe(false)
      expect(authorizedParty.safeParse(bad).success).toBe(false)
    }
  })
})

describe('an opaque token', () => {
  it.each<[OpaqueForm, object]>([
    [{ prefix: 'oat_' }, { prefix: 'oat_', minLength: 0, maxLength: Number.POSITIVE_INFINITY }],
    [
      { prefix: 'oat_', minLength: 10, maxLength: 10 },
      { prefix: 'oat_', minLength: 10, maxLength: 10 },
    ],
    [{ minLength: 16 }, { prefix: '', minLength: 16, maxLength: Number.POSITIVE_INFINITY, opaque: true }],
    [
      { minLength: 43, maxLength: 43 },
      { prefix: '', minLength: 43, maxLength: 43, opaque: true },
    ],
  ])('of the form %j is told by it', (form, shape) => {
    expect(opaqueForm.safeParse(form).success).toBe(true)
    expect(opaqueShape(form, BEARER_ONLY, 'token')).toStrictEqual({
      kind: 'prefix',
      token: true,
      carriage: BEARER_ONLY,
      ...shape,
    })
  })

  it.each<[OpaqueForm, string]>([
    [{}, 'minLength'],
    [{ minLength: 15 }, 'minLength'],
    [{ maxLength: 43 }, 'minLength'],
    [{ prefix: 'ey' }, 'prefix'],
    [{ prefix: 'eyJ' }, 'prefix'],
    [{ prefix: 'oat_', minLength: 11, maxLength: 10 }, 'maxLength'],
    [{ minLength: 20, maxLength: 19 }, 'maxLength'],
  ])('of the form %j is refused', (form, option) => {
    expect(wrongOption(() => opaqueShape(form, BEARER_ONLY, 'token'))).toBe(`token.${option}`)
  })

  it.each([{ minLength: 0 }, { maxLength: 15_361 }, { prefix: '' }, { prefix: 'a b' }, { other: 1 }])(
    'has no option %j',
    (form) => {
      expect(opaqueForm.safeParse(form).success).toBe(false)
    },
  )
})

describe('the statements of an OAuth issuer', () => {
  const judge = (claims: object, mapping: OAuthMapping = {}) =>
    createIdentityReader(mapping, 'oidc(v)').read({
      issuer: 'i',
      subject: 'u',
      claims: claims as Record<string, unknown>,
      expiresAt: 7,
    })
  const read = async (claims: object, mapping: OAuthMapping = {}) => {
    const judged = await judge(claims, mapping)
    if (judged.outcome !== 'accepted') throw new Error(`${judged.code} ${judged.reason}`)
    return judged.identity
  }

  it('become an identity under the usual names', async () => {
    const claims = {
      sub: 'u',
      roles: ['r'],
      permissions: 'p q',
      scope: 'a b',
      sid: 's',
      email: 'e',
      iat: 5,
      act: { sub: 'agent' },
      groups: ['g'],
    }
    expect(await read(claims)).toEqual({
      issuer: 'i',
      subject: 'u',
      kind: 'user',
      claims,
      organization: null,
      roles: ['r'],
      permissions: ['p', 'q'],
      scopes: null,
      sessionId: 's',
      signInBegunAt: null,
      keyId: null,
      email: 'e',
      expiresAt: 7,
      issuedAt: 5,
      impersonator: 'agent',
      secretIndex: null,
    })
    expect(Object.isFrozen(claims.act)).toBe(true)
  })

  it('become an identity under names of the app', async () => {
    const names = { roles: 'r', permissions: 'p', scope: 's', organization: 'o', sessionId: 'id', email: 'mail' }
    const claims = { sub: 'u', r: 'r1', p: ['p1'], s: ['s1'], o: 42, id: 7, mail: 'e' }
    expect(await read(claims, { claims: names, scope: 'grant' })).toMatchObject({
      organization: '42',
      roles: ['r1'],
      permissions: ['p1', 's1'],
      sessionId: '7',
      email: 'e',
    })
    expect(createIdentityReader({ claims: { subject: 'id' } }, 'v').subject.read({ id: 'x' })).toBe('x')
    expect(createIdentityReader({}, 'v').subject.read({ sub: 'x' })).toBe('x')
  })

  it.each(UNREADABLE_IDS)('that name an organization in no readable form are refused: %j', async (value) => {
    const refusal = { outcome: 'rejected', code: 'credential_invalid', reason: 'claims', claim: 'org.id' }
    const claims = { roles: ['admin'], groups: ['org_a_admins'], org: { id: value } }
    const byPath: OAuthMapping = { claims: { organization: 'org.id' } }
    expect(await judge(claims, byPath)).toEqual(refusal)
    // Also where groups decide, and the claim only picks one of theirs.
    const groups = [{ pattern: 'org_{organization}_admins', role: 'admin' }]
    expect(await judge(claims, { ...byPath, groups })).toEqual(refusal)
    expect(await read(claims)).toMatchObject({ organization: null, roles: ['admin'] })
  })

  it('that name no organization act for none', async () => {
    const names = { claims: { organization: 'org.id' } }
    for (const claims of [{}, { org: null }, { org: {} }, { org: { id: null } }])
      expect(await read({ ...claims, roles: ['admin'] }, names)).toMatchObject({ organization: null, roles: ['admin'] })
  })

  it.each([['acme'], [7], [true], [['acme']], ['']])(
    'whose path to the organization leads into %j are refused',
    async (org) => {
      const names = { organization: 'org.id', roles: 'org.roles' }
      expect(await judge({ org }, { claims: names })).toMatchObject({ outcome: 'rejected', claim: 'org.id' })
      // Roles on such a path grant nothing.
      expect(await read({ org }, { claims: { roles: 'org.roles' } })).toMatchObject({ roles: [] })
    },
  )

  it.each<[unknown, string | null]>([
    [undefined, null],
    [{ sub: 'agent' }, 'agent'],
    [{}, 'unknown'],
    [{ sub: 7 }, 'unknown'],
    [null, 'unknown'],
    ['agent', 'unknown'],
    [['agent'], 'unknown'],
  ])('name who acts in the place of another: act %j is %j', async (act, impersonator) => {
    expect((await read(act === undefined ? {} : { act })).impersonator).toBe(impersonator)
  })

  it.each<[OAuthMapping['scope'], object, object]>([
    ['ignore', { scope: 'a b' }, { permissions: ['p'], scopes: null }],
    ['grant', { scope: 'a  b' }, { permissions: ['p', 'a', 'b'], scopes: null }],
    ['grant', { scp: ['a', 'b'] }, { permissions: ['p', 'a', 'b'], scopes: null }],
    ['grant', { scope: 'a', scp: 'b' }, { permissions: ['p', 'a'], scopes: null }],
    ['limit', { scope: 'a * b:* *:c' }, { permissions: ['p'], scopes: ['a'] }],
    ['limit', {}, { permissions: ['p'], scopes: [] }],
  ])('with scope %s of %j', async (scope, claims, grants) => {
    const found = await read({ permissions: 'p', ...claims }, { scope: scope as 'ignore' })
    expect({ permissions: found.permissions, scopes: found.scopes }).toEqual(grants)
    if (found.scopes !== null) expect(Object.isFrozen(found.scopes)).toBe(true)
  })

  const groups = [
    { pattern: 'org_{organization}_admins', role: 'admin' },
    { pattern: 'org_{organization}_all' },
    { pattern: 'staff', role: 'staff' },
  ]

  it.each<[string, OAuthMapping, object, string | null, string[]]>([
    ['one organization', {}, { groups: ['org_a_admins'] }, 'a', ['admin']],
    ['one without a role', {}, { groups: ['org_a_all'] }, 'a', []],
    ['none', {}, { groups: ['staff', 'other'] }, null, ['staff']],
    ['several, and nobody chooses', {}, { groups: ['org_a_admins', 'org_b_all'] }, null, []],
    [
      'several, and the claim picks',
      { claims: { organization: 'o' } },
      { o: 'b', groups: ['org_a_admins', 'org_b_all'] },
      'b',
      [],
    ],
    [
      'a claim that no group bears out',
      { claims: { organization: 'o' } },
      { o: 'c', groups: ['org_a_admins'] },
      null,
      [],
    ],
    [
      'several, and the app picks',
      { organizationOf: (_, [first]) => first as string },
      { groups: ['org_a_admins', 'org_b_all', 'staff'] },
      'a',
      ['staff', 'admin'],
    ],
    [
      'several, and the app picks a stranger',
      { organizationOf: () => 'c' },
      { groups: ['org_a_admins', 'org_b_all'] },
      null,
      [],
    ],
    [
      'several, and the app picks none',
      { organizationOf: () => null },
      { groups: ['org_a_admins', 'org_b_all'] },
      null,
      [],
    ],
    ['one, and the app is not asked', { organizationOf: () => null }, { groups: ['org_a_admins'] }, 'a', ['admin']],
    [
      'roles beside groups, each once',
      {},
      { roles: ['staff', 'x'], groups: ['staff', 'org_a_admins'] },
      'a',
      ['staff', 'x', 'admin'],
    ],
    ['groups under another name', { groupsClaim: 'g' }, { g: ['org_a_all'], groups: ['staff'] }, 'a', []],
  ])('with groups of %s', async (_, mapping, claims, organization, roles) => {
    const found = await read(claims, { groups, ...mapping })
    expect({ organization: found.organization, roles: found.roles }).toEqual({ organization, roles })
  })

  it('leave the organization to its claim where no group names one', async () => {
    const mapping = { groups: [{ pattern: 'staff', role: 'staff' }], claims: { organization: 'o' } }
    expect(await read({ o: 'a', groups: ['staff'] }, mapping)).toMatchObject({ organization: 'a', roles: ['staff'] })
  })

  it('are mapped by options that fit together', () => {
    const refused = (mapping: OAuthMapping) => wrongOption(() => createIdentityReader(mapping, 'oidc(v)'))
    expect(refused({ organizationOf: () => null })).toBe('oidc(v).organizationOf')
    expect(refused({ organizationOf: () => null, groups: [{ pattern: 'staff', role: 'a' }] })).toBe(
      'oidc(v).organizationOf',
    )
    expect(refused({ groups: [{ pattern: 'staff' }] })).toBe('oidc(v).groups[0]')
    expect(refused({ groupsClaim: '$.groups' })).toBe('oidc(v).groupsClaim')
    for (const name of ['subject', 'roles', 'permissions', 'scope', 'organization', 'sessionId', 'email'])
      expect(refused({ claims: { [name]: 'a..b' } })).toBe(`oidc(v).claims.${name}`)
  })

  it('are mapped by options of the right form', () => {
    const { claims, scope, groups: rules, groupsClaim, organizationOf } = oauthMapping()
    const names = ['subject', 'roles', 'permissions', 'scope', 'organization', 'sessionId', 'email']
    for (const name of names) {
      expect(claims.safeParse({ [name]: ['a', 'b'] }).success).toBe(true)
      expect(claims.safeParse({ [name]: 7 }).success).toBe(false)
    }
    expect(claims.safeParse({ other: 'a' }).success).toBe(false)
    for (const use of ['ignore', 'limit', 'grant']) expect(scope.safeParse(use).success).toBe(true)
    expect(scope.safeParse('all').success).toBe(false)
    expect(rules.safeParse([{ pattern: 'a', role: 'b' }, { pattern: 'c' }]).success).toBe(true)
    for (const bad of [[], [{}], [{ pattern: '' }], [{ pattern: 'a', role: '' }], [{ pattern: 'a', other: 1 }]])
      expect(rules.safeParse(bad).success).toBe(false)
    expect([groupsClaim.safeParse('g').success, groupsClaim.safeParse('').success]).toEqual([true, false])
    expect([organizationOf.safeParse(() => null).success, organizationOf.safeParse('a').success]).toEqual([true, false])
  })
})

it('a group whose two sides overlap names no organization', () => {
  const read = createGroupReader([{ pattern: 'x_{organization}_x', role: 'r' }], 'groups')
  for (const group of ['x_x', 'x_', '_x', 'x__x'])
    expect(read([group])).toEqual({ organizations: new Map(), roles: [] })
  expect(read(['x_a_x']).organizations).toEqual(new Map([['a', ['r']]]))
})
