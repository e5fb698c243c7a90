import { describe, expect, it } from 'vitest'
import { legacyJwt, type LegacyClaimNames } from '../../../src/index.js'
import { judged, legacyAuth, legacyOptions } from '../../support/legacy.js'
import { outcome, wrongOption } from '../../support/outcome.js'
import { bearer } from '../../support/requests.js'
import { legacyClaims, mint } from '../../support/tokens.js'

const INVALID = '401 credential_invalid'
const FIELDS = ['subject', 'roles', 'permissions', 'organization', 'sessionId', 'email'] as const
type Source = LegacyClaimNames['roles']

async function principalOf(claims: Record<string, unknown>, names: LegacyClaimNames) {
  const auth = legacyAuth({ claims: { subject: 'userId', ...names } })
  const result = await auth.authenticate(bearer(mint({ claims: legacyClaims(claims) })))
  if (!result.ok) throw result.error
  return result.principal
}

const rolesBy = async (roles: Source, claims: Record<string, unknown>) =>
  (await principalOf(claims, { roles } as LegacyClaimNames)).roles

describe('a claim by its name', () => {
  it('of dots leads into objects', async () => {
    expect(await rolesBy('realm_access.roles', { realm_access: { roles: ['editor'] } })).toEqual(['editor'])
    expect(await rolesBy('a.b.c', { a: { b: { c: 'editor' } } })).toEqual(['editor'])
  })

  it('that the token has as it stands wins over a path', async () => {
    const claims = { 'app_metadata.roles': ['literal'], app_metadata: { roles: ['nested'] } }
    expect(await rolesBy('app_metadata.roles', claims)).toEqual(['literal'])
    expect(await rolesBy('app_metadata.roles', { ...claims, 'app_metadata.roles': null })).toEqual([])
  })

  it.each(['https://example.com/roles', 'example.com/roles', 'urn:app:v1.2:roles', 'custom:app.roles'])(
    'with a namespace is never split: %s',
    async (name) => {
      expect(await rolesBy(name, { [name]: ['editor'] })).toEqual(['editor'])
      const [first = '', ...rest] = name.split('.')
      expect(await rolesBy(name, { [first]: { [rest.join('.')]: ['editor'] } })).toEqual([])
    },
  )

  it.each([
    'roles[0]',
    'resource_access[web].roles',
    '$.roles',
    '/realm_access/roles',
    'a->b',
    '*.roles',
    '.roles',
    'roles.',
    'a..b',
    'a b',
  ])('in a spelling that would match nothing is refused at construction: %s', (spelling) => {
    for (const field of FIELDS)
      expect(wrongOption(() => legacyJwt(legacyOptions({ claims: { [field]: spelling } })))).toBe(
        `legacyJwt(legacy).claims.${field}`,
      )
    const purpose = { claim: spelling, value: 'access' }
    expect(wrongOption(() => legacyJwt(legacyOptions({ purpose })))).toBe('legacyJwt(legacy).purpose.claim')
  })

  it.each([[], [''], ['a', 1], 7, {}, null, ''])('of no such form is refused: %j', (source) => {
    expect(wrongOption(() => legacyJwt(legacyOptions({ claims: { roles: source as never } })))).toMatch(
      /^legacyJwt\(legacy\)\.claims\.roles/,
    )
  })
})

describe('a claim by its path', () => {
  const access = { 'my.app': { 'roles[]': ['editor'] } }

  it('takes each step literally', async () => {
    expect(await rolesBy(['resource_access', 'my.app', 'roles[]'], { resource_access: access })).toEqual(['editor'])
    expect(await rolesBy(['.odd'], { '.odd': ['editor'] })).toEqual(['editor'])
    expect(await rolesBy(['a', 'b'], { 'a.b': ['editor'] })).toEqual([])
  })

  it('leads nowhere past anything but own members of objects', async () => {
    for (const a of [undefined, null, 'text', 7, ['x'], {}, { constructor: 1 }])
      for (const path of [
        ['a', 'length'],
        ['a', '0'],
        ['a', 'constructor'],
        ['a', '__proto__'],
        ['a', 'toString', 'name'],
      ])
        expect(await rolesBy(path, { a: a as never })).toEqual([])
    expect(await rolesBy(['__proto__', 'toString'], {})).toEqual([])
    expect(await rolesBy('constructor.name', {})).toEqual([])
  })

  it('maps every field, and the purpose', async () => {
    const user = { id: 42, org: 7, session: 'x', mail: 'a@example.com', roles: 'editor', can: 'a:b c:d' }
    const options = {
      purpose: { claim: ['meta', 'use'], value: 'access' },
      claims: {
        subject: ['user', 'id'],
        organization: 'user.org',
        sessionId: ['user', 'session'],
        email: 'user.mail',
        roles: 'user.roles',
        permissions: ['user', 'can'],
      },
    }
    const auth = legacyAuth(options)
    const ask = (meta: object) => bearer(mint({ claims: legacyClaims({ type: undefined, user, meta }) }))
    const result = await auth.authenticate(ask({ use: 'access' }))
    expect(result).toMatchObject({
      principal: {
        subject: '42',
        organization: '7',
        sessionId: 'x',
        email: 'a@example.com',
        roles: ['editor'],
        permissions: ['a:b', 'c:d'],
      },
    })
    expect(await outcome(auth, ask({ use: 'refresh' }))).toBe(INVALID)
    expect(await outcome(auth, ask({}))).toBe(INVALID)
  })

  it('to a subject that is not there refuses, and the event names the path', async () => {
    const claims = { subject: ['user', 'id'] }
    const result = await legacyAuth({ claims }).authenticate(bearer(mint({ claims: legacyClaims({ user: {} }) })))
    expect(result).toMatchObject({
      ok: false,
      reason: 'claims',
      claim: 'user.id',
      error: { code: 'credential_invalid' },
    })
  })
})

describe('a function of the claims', () => {
  it('maps what no path reaches', async () => {
    const project = { project: { editor: { org: 'o' }, viewer: {} } }
    expect(await rolesBy((claims) => Object.keys(claims['project'] as object), project)).toEqual(['editor', 'viewer'])
    expect(
      (await principalOf({ u: 'acme|7' }, { subject: (claims) => String(claims['u']).split('|')[1] })).subject,
    ).toBe('7')
  })

  it('that finds no subject refuses', async () => {
    for (const found of [undefined, null, '', {}, 1.5])
      expect(await judged({}, { claims: { subject: () => found } })).toBe(INVALID)
    const result = await legacyAuth({ claims: { subject: () => null } }).authenticate(bearer(mint()))
    expect(result).toMatchObject({ reason: 'claims', claim: 'claims.subject' })
  })

  it('that throws, or answers with a promise, cannot tell: 503', async () => {
    const broken = () => {
      throw new Error('a bug')
    }
    for (const source of [broken, async () => ['editor'], () => Promise.reject(new Error('down'))])
      for (const field of FIELDS)
        expect(await judged({}, { claims: { subject: 'userId', [field]: source } })).toBe('503 verifier_unavailable')
  })
})

describe('a number', () => {
  it('is the text of an id, in sub as elsewhere', async () => {
    expect(await judged({ sub: 12345 }, { claims: {} })).toBe('200 12345 by legacy')
    for (const sub of [1.5, 2 ** 53, null, true, [1], '']) expect(await judged({ sub }, { claims: {} })).toBe(INVALID)
  })

  it('is no role and no permission', async () => {
    expect(await principalOf({ roles: [1], permissions: 2 }, {})).toMatchObject({ roles: [], permissions: [] })
  })
})
