import { beforeAll, beforeEach, expect, it } from 'vitest'
import { createDualAuth, legacyJwt, type DualAuth } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { accounts, installSchema, type AccountsOptions } from '../../src/index.js'
import { describePostgres } from '../support/databases.js'

const ISSUER = 'https://issuer.example.com'

describePostgres("the organization in a person's own row", ({ query, run }) => {
  const legacy = createLegacyIssuer()
  const peopleOf = (more: Partial<AccountsOptions> = {}) =>
    accounts(query, {
      users: { table: 'users', organization: 'tenant_id' },
      verifiers: { legacy: { ownId: 'subject' } },
      ...more,
    })
  const open = (more: Partial<AccountsOptions> = {}): DualAuth => {
    const people = peopleOf(more)
    return createDualAuth({
      verifiers: [
        legacyJwt({
          name: 'legacy',
          issuer: ISSUER,
          algorithms: ['HS256'],
          secrets: [legacy.secret],
          purpose: 'only-access-tokens',
          claims: { organization: 'org', roles: 'roles' },
        }),
      ],
      link: people.link,
      account: people.find,
      organization: (request) => request.header('x-organization') ?? undefined,
      access: { roles: { editor: ['things:write'] } },
    })
  }
  const act = async (auth: DualAuth, { sub = '1', ...claims }: Record<string, unknown> = {}, named?: string) => {
    const result = await auth.authenticate({
      method: 'GET',
      headers: {
        authorization: `Bearer ${legacy.sign({ iss: ISSUER, sub, ...claims })}`,
        ...(named !== undefined && { 'x-organization': named }),
      },
    })
    return result.ok ? result.principal.organization : result.error.code
  }

  beforeAll(async () => {
    await installSchema(query)
    await run(`create table users (id serial primary key, tenant_id int);
      create table tenants (id int primary key, closed_at timestamptz);
      create table members (user_id int, tenant_id int, role text)`)
  })
  beforeEach(() =>
    run(`truncate users, tenants, members, dualauth.organization_map restart identity;
      insert into tenants values (10, null), (20, null), (30, now());
      insert into users (tenant_id) values (10), (null), (30)`),
  )

  it('is the one acted for where nobody names another', async () => {
    expect(await act(open())).toBe('10')
    expect(await act(open(), { sub: '2' })).toBeNull()
  })

  it('is a membership: others are refused', async () => {
    expect(await act(open(), {}, '10')).toBe('10')
    expect(await act(open(), {}, '20')).toBe('organization_mismatch')
    expect(await act(open(), { sub: '2' }, '10')).toBe('organization_mismatch')
  })

  it('is not acted for in place of another one that the credential names', async () => {
    expect(await act(open(), { org: '10' })).toBe('10')
    expect(await act(open(), { org: '20' })).toBeNull()
  })

  it('stands beside the memberships of a table', async () => {
    const memberships = { table: 'members', user: 'user_id', organization: 'tenant_id', role: 'role' }
    await run(`insert into members values (1, 20, 'editor'), (1, 10, 'editor')`)
    const auth = open({ memberships })
    expect(await act(auth)).toBe('10')
    expect(await act(auth, {}, '20')).toBe('20')
    expect((await peopleOf({ memberships }).find('1'))?.memberships).toHaveLength(2)
  })

  it('holds no longer once it is closed', async () => {
    const auth = open({ organizations: { table: 'tenants', deactivated: 'closed_at' } })
    expect(await act(auth)).toBe('10')
    expect(await act(auth, { sub: '3' })).toBeNull()
    expect(await act(auth, { sub: '3' }, '30')).toBe('organization_mismatch')
  })

  it('is what `can` looks at outside of a request', async () => {
    await run(`insert into dualauth.permission_grant (account_id, permission, organization)
      values ('1', 'things:write', '10'), ('1', 'things:read', '20')`)
    const auth = open({ grants: true })
    expect(await auth.can({ user: '1' }, 'things:write')).toBe(true)
    expect(await auth.can({ user: '1' }, 'things:read')).toBe(false)
    expect(await auth.can({ user: '1' }, 'things:read', { organization: '20' })).toBe(false)
  })

  it('steps back where the groups of a provider decide', async () => {
    const groups = open({ verifiers: { legacy: { ownId: 'subject', groups: 'groups' } } })
    expect(await act(groups, { groups: [] })).toBeNull()
    expect(await act(groups, { groups: [] }, '10')).toBe('10')
    const mapped = open({ verifiers: { legacy: { ownId: 'subject', mapped: true } } })
    expect(await act(mapped)).toBe('10')
    expect(await act(mapped, { org: 'org_unknown' })).toBeNull()
  })

  it.each([
    ['nowhere', /accounts\.users\.organization: .*has no column "nowhere"; it has id, tenant_id/],
    ['closed_at', /accounts\.users\.organization: .*ids/],
  ])('is missed at the start, by the name of its option: %s', async (organization, message) => {
    const users = { table: organization === 'nowhere' ? 'users' : 'tenants', organization }
    await expect(peopleOf({ users }).ready()).rejects.toMatchObject({ code: 'configuration_invalid', message })
  })
})
