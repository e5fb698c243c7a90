import { describe, expect, it } from 'vitest'
import { permissionRequirement } from '../../src/adapter/index.js'
import { createApiKey, createDualAuth, legacyJwt, type Account } from '../../src/index.js'
import { createClock } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { wrongOption } from '../support/outcome.js'
import { bearer } from '../support/requests.js'
import { legacyClaims, mint } from '../support/tokens.js'

const NAMES = [
  'users:view',
  'widgets:users-table:manage',
  'org:invoices:create',
  'users-view',
  'billing.read',
  'reports',
  'https://api.example.com/things.read',
  'api://things/Things.Read.All',
]

type Roles = Readonly<Record<string, readonly string[]>>

async function may(permission: string, claims: object, account: Omit<Account, 'id'> = {}, roles: Roles = {}) {
  const auth = createDualAuth({
    verifiers: [legacyJwt(legacyOptions())],
    link: ({ subject }) => ({ id: subject, ...account }),
    access: { roles },
    now: createClock().now,
  })
  const result = await auth.authenticate(bearer(mint({ claims: legacyClaims({ ...claims }) })))
  if (!result.ok) throw result.error
  return (await auth.authorize(result.principal, permission)).ok
}

describe('a permission that a provider named', () => {
  it.each(NAMES)('%s can be asked for as it stands, and granted by a token, by link and by a role', async (name) => {
    expect(permissionRequirement([name])).toEqual({ kind: 'permission', rule: name })
    expect(await may(name, { permissions: [name] })).toBe(true)
    expect(await may(name, {}, { permissions: [name] })).toBe(true)
    expect(await may(name, {}, { roles: ['clerk'] }, { clerk: [name] })).toBe(true)
    expect(await may(name, { permissions: [`${name}x`] }, {}, { clerk: [name] })).toBe(false)
  })

  it('can narrow an API key', async () => {
    const owner = { kind: 'user', id: 'o' } as const
    const { record } = await createApiKey({ prefix: 'sk_live_', owner, scopes: NAMES })
    expect(record.scopes).toEqual(NAMES)
  })
})

describe('what is no name of a permission', () => {
  it.each([
    '',
    '*',
    'things:*',
    '*:read',
    'org:invoices:*',
    'a b',
    'things:read,things:write',
    'a"b',
    'a\\b',
    'ü:ö',
    'a\n',
  ])('is refused where the guard is made: %j', (name) => {
    expect(wrongOption(() => permissionRequirement([name]))).toBe('requirePermission')
  })

  it.each(['**', 'org:invoices:*', 'thing*', '*:*', 'a b', ''])('is refused as a grant of a role: %j', (name) => {
    const construct = () =>
      createDualAuth({ verifiers: [legacyJwt(legacyOptions())], access: { roles: { clerk: ['a:b', name] } } })
    expect(wrongOption(construct)).toBe('createDualAuth.access.roles.clerk[1]')
  })
})
