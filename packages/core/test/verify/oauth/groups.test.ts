import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimReader } from '../../../src/settings/claim-source.js'
import { createGroupReader, type GroupRule } from '../../../src/verify/oauth/groups.js'
import { placeCaller, type OrganizationOf } from '../../../src/verify/oauth/placement.js'
import { wrongOption } from '../../support/outcome.js'

const RULES: readonly GroupRule[] = [
  { pattern: 'tenant_{organization}_admins', role: 'admin' },
  { pattern: 'tenant_{organization}_users', role: 'member' },
  { pattern: 'tenant_{organization}' },
  { pattern: 'platform_admins', role: 'superadmin' },
]

function place(
  groups: unknown,
  more: { organization?: unknown; organizationOf?: OrganizationOf; roles?: unknown; hint?: unknown } = {},
) {
  const { organizationOf = null, ...claims } = more
  return placeCaller(
    { groups, ...claims },
    {
      readGroups: createGroupReader(RULES, 'groups'),
      organizationsByGroup: true,
      groups: claimReader('groups', 'groups'),
      roles: claimReader('roles', 'roles'),
      organization: claimReader('organization', 'organization'),
      organizationOf,
    },
  )
}
const NOWHERE = { organization: null, roles: [] }

describe('groups', () => {
  it('give an organization and the roles in it', async () => {
    expect(await place(['tenant_acme_admins'])).toEqual({ organization: 'acme', roles: ['admin'] })
    expect(await place(['tenant_acme_users', 'tenant_acme_admins', 'tenant_acme_users'])).toEqual({
      organization: 'acme',
      roles: ['member', 'admin'],
    })
    expect(await place(['tenant_6a7e0c9b-0d5f-4f0e-9d6c-2f6a1a3b4c5d_users'])).toMatchObject({
      organization: '6a7e0c9b-0d5f-4f0e-9d6c-2f6a1a3b4c5d',
    })
  })

  it('may only place the caller, or hold everywhere', async () => {
    expect(await place(['tenant_acme'])).toEqual({ organization: 'acme', roles: [] })
    expect(await place(['platform_admins'])).toEqual({ organization: null, roles: ['superadmin'] })
    expect(await place(['platform_admins', 'tenant_acme_users'])).toEqual({
      organization: 'acme',
      roles: ['superadmin', 'member'],
    })
  })

  it.each([
    'tenant_acme_super_admins',
    'tenant__admins',
    'tenant_ACME_admins',
    'tenant_a.c_admins',
    'tenant_a c_admins',
    'tenant_acme_admins ',
    ' tenant_acme_admins',
    'xtenant_acme_admins',
    'tenant_acme_adminsx',
    'tenant_acme_admins\n',
    'TENANT_acme_admins',
    'tenant_a_users_admins',
    'tenant_{organization}_admins',
    `tenant_${'a'.repeat(129)}_admins`,
    'platform_admins2',
    '',
  ])('grant nothing without a rule: %j', async (group) => {
    expect(await place([group])).toEqual(NOWHERE)
  })

  it.each([undefined, null, {}, 7, [7], ['tenant_acme_admins', 7], [['tenant_acme_admins']], 'a,tenant_acme_admins'])(
    'of another form grant nothing: %j',
    async (groups) => {
      expect(await place(groups)).toEqual(NOWHERE)
    },
  )
})

describe('several organizations', () => {
  const both = ['tenant_acme_admins', 'tenant_globex_users']

  it('need a choice, and without one there is none and no role of either', async () => {
    expect(await place(both)).toEqual(NOWHERE)
    expect(await place(both, { roles: ['support'] })).toEqual({ organization: null, roles: ['support'] })
  })

  it('are chosen from by a claim, and only from those', async () => {
    expect(await place(both, { organization: 'globex' })).toEqual({ organization: 'globex', roles: ['member'] })
    expect(await place(both, { organization: 'initech' })).toEqual(NOWHERE)
    expect(await place(['tenant_acme_admins'], { organization: 'globex' })).toEqual(NOWHERE)
    expect(await place(['tenant_acme_admins'], { organization: 'acme' })).toMatchObject({ organization: 'acme' })
    expect(await place([], { organization: 'acme' })).toEqual(NOWHERE)
  })

  it('are chosen from by a function, and only from those', async () => {
    const choose = (value: unknown): OrganizationOf => (() => Promise.resolve(value)) as never
    expect(await place(both, { organizationOf: choose('acme') })).toEqual({ organization: 'acme', roles: ['admin'] })
    for (const value of ['initech', null, undefined, 7, '', ['acme'], '__proto__'])
      expect(await place(both, { organizationOf: choose(value) })).toEqual(NOWHERE)
    await expect(place(both, { organizationOf: () => Promise.reject(new Error('down')) })).rejects.toThrow('down')
  })

  it('are handed to the function with the claims', async () => {
    const seen: unknown[] = []
    const organizationOf: OrganizationOf = (claims, candidates) => {
      seen.push(claims['hint'], candidates)
      return null
    }
    await place(both, { organizationOf, hint: 'x' })
    expect(seen).toEqual(['x', ['acme', 'globex']])
  })
})

describe('a rule', () => {
  it('that would mean nothing is refused', () => {
    expect(wrongOption(() => createGroupReader([{ pattern: 'staff' }], 'groups'))).toBe('groups[0]')
    expect(() => createGroupReader([{ pattern: 'staff', role: 'staff' }], 'groups')).not.toThrow()
  })
})

describe('a pattern', () => {
  it.each([
    ['{organization}-admins'],
    ['team-{organization}'],
    ['a{organization}_x'],
    ['{organization}_{organization}'],
    ['tenant_{org}_admins'],
    ['tenant_{organization}}'],
  ])('that would read one group in two ways is refused: %s', (pattern) => {
    expect(wrongOption(() => createGroupReader([{ pattern }], 'groups'))).toBe('groups[0].pattern')
  })

  it('is text, not a regular expression', () => {
    const read = createGroupReader([{ pattern: '/t.{organization}.*$', role: 'r' }], 'groups')
    expect(read(['/tx']).organizations.size + read(['/txacmexyz']).organizations.size).toBe(0)
    expect([...read(['/t.acme.*$']).organizations]).toEqual([['acme', ['r']]])
  })

  it('never makes an organization that the group does not spell out, whole', () => {
    const read = createGroupReader(RULES, 'groups')
    const part = fc.constantFrom('tenant_', '_admins', '_users', 'acme', '-', '_', 'A', '{organization}', '/', '\u00e4')
    const group = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(fc.array(group), (groups) => {
        const { organizations } = read(groups)
        for (const [organization, roles] of organizations) {
          expect(organization).toMatch(/^[a-z0-9-]+$/)
          if (roles.includes('admin')) expect(groups).toContain(`tenant_${organization}_admins`)
          if (roles.includes('member')) expect(groups).toContain(`tenant_${organization}_users`)
        }
      }),
    )
  })
})
