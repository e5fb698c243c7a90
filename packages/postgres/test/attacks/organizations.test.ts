import { beforeAll, beforeEach, expect, it } from 'vitest'
import { createDualAuth, legacyJwt, type DualAuth } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { accounts, installSchema, type AccountsOptions } from '../../src/index.js'
import { describePostgres } from '../support/databases.js'

const ISSUER = 'https://issuer.example.com'

describePostgres(
  'organizations that somebody may not act for',
  ({ query, run }) => {
    const legacy = createLegacyIssuer()
    const open = (more: Partial<AccountsOptions>): DualAuth => {
      const people = accounts(query, {
        users: { table: 'users' },
        verifiers: { legacy: { ownId: 'subject' } },
        ...more,
      })
      return createDualAuth({
        verifiers: [
          legacyJwt({
            name: 'legacy',
            issuer: ISSUER,
            algorithms: ['HS256'],
            secrets: [legacy.secret],
            purpose: 'only-access-tokens',
            claims: { organization: 'org', roles: 'roles', permissions: 'permissions' },
          }),
        ],
        link: people.link,
        account: people.find,
        organization: (request) => request.header('x-organization') ?? undefined,
        access: { roles: { admin: ['*'] } },
      })
    }
    const act = async (auth: DualAuth, claims: object, organization?: string) => {
      const token = legacy.sign({ iss: ISSUER, sub: '1', ...claims })
      const result = await auth.authenticate({
        method: 'GET',
        headers: {
          authorization: `Bearer ${token}`,
          ...(organization !== undefined && { 'x-organization': organization }),
        },
      })
      if (!result.ok) return result.error.code
      const { principal } = result
      return { organization: principal.organization, roles: principal.roles, permissions: principal.permissions }
    }

    beforeAll(async () => {
      await installSchema(query)
      await run(`create table users (id serial primary key); insert into users default values;
        create table orgs (id text primary key, closed_at timestamptz);
        create table members (user_id int, org text, role text, left_at timestamptz);
        create table roles (user_id int, org text, role text)`)
    })
    beforeEach(() =>
      run(`truncate orgs, members, roles, dualauth.permission_grant, dualauth.organization_map;
        insert into orgs values ('acme', null), ('globex', null), ('closed', now())`),
    )
    const organizations = { table: 'orgs', deactivated: 'closed_at' } as const
    const memberships = {
      table: 'members',
      user: 'user_id',
      organization: 'org',
      role: 'role',
      deactivated: 'left_at',
    } as const
    const roles = { table: 'roles', user: 'user_id', role: 'role', organization: 'org' } as const

    it('is closed also where no table of members stands beside it', async () => {
      const auth = open({ organizations })
      expect(await act(auth, { org: 'acme', roles: ['admin'] })).toMatchObject({
        organization: 'acme',
        roles: ['admin'],
      })
      for (const org of ['closed', 'nowhere', "' or true --"])
        expect(await act(auth, { org, roles: ['admin'] })).toEqual({ organization: null, roles: [], permissions: [] })
    })

    it('is closed for those who have a role or a grant there', async () => {
      await run(`insert into roles values (1, 'closed', 'admin'), (1, 'acme', 'admin'), (1, null, 'viewer');
        insert into dualauth.permission_grant (account_id, permission, organization) values ('1', 'things:read', 'closed'), ('1', 'x:y', '')`)
      const auth = open({ organizations, roles, grants: true })
      expect(await act(auth, {}, 'closed')).toBe('organization_mismatch')
      expect(await act(auth, { org: 'closed' })).toMatchObject({
        organization: null,
        roles: ['viewer'],
        permissions: ['x:y'],
      })
      expect(await act(auth, {}, 'acme')).toMatchObject({ organization: 'acme', roles: ['admin', 'viewer'] })
      expect(await auth.can({ user: '1' }, 'things:read', { organization: 'closed' })).toBe(false)
    })

    it('is left by a member whose roles and grants were forgotten', async () => {
      await run(`insert into members values (1, 'acme', 'viewer', now()), (1, 'globex', 'viewer', null);
        insert into roles values (1, 'acme', 'admin'), (1, 'globex', 'admin');
        insert into dualauth.permission_grant (account_id, permission, organization) values ('1', '*', 'acme')`)
      const auth = open({ memberships, roles, grants: true })
      expect(await act(auth, {}, 'acme')).toBe('organization_mismatch')
      expect(await auth.can({ user: '1' }, 'things:read', { organization: 'acme' })).toBe(false)
      expect(await act(auth, {}, 'globex')).toMatchObject({ organization: 'globex', roles: ['admin', 'viewer'] })
    })

    it("gets no role of the token because the provider's id of another one reads the same", async () => {
      await run(`insert into members values (1, 'acme', null, null), (1, 'globex', null, null);
        insert into dualauth.organization_map (verifier, issuer, kind, external_id, organization) values ('legacy', '${ISSUER}', 'organization', 'globex', 'acme')`)
      const auth = open({ memberships, verifiers: { legacy: { ownId: 'subject', mapped: true } } })
      const token = { org: 'globex', roles: ['admin'], permissions: ['things:write'] }
      expect(await act(auth, token)).toEqual({ organization: 'acme', roles: ['admin'], permissions: ['things:write'] })
      expect(await act(auth, token, 'globex')).toEqual({ organization: 'globex', roles: [], permissions: [] })
    })

    it('gets no wildcard from a token, whichever way its permissions take', async () => {
      await run(
        `insert into dualauth.organization_map (verifier, issuer, kind, external_id, organization) values ('legacy', '${ISSUER}', 'organization', 'org_1', 'acme')`,
      )
      const auth = open({ verifiers: { legacy: { ownId: 'subject', mapped: true } } })
      expect(await act(auth, { org: 'org_1', permissions: ['*', 'things:*', 'x:y'] })).toMatchObject({
        permissions: ['x:y'],
      })
    })

    it('lets nobody in by a group that is named like a mapped organization', async () => {
      await run(`insert into dualauth.organization_map (verifier, issuer, kind, external_id, organization, roles) values
        ('legacy', '${ISSUER}', 'organization', 'org_1', 'acme', '{admin}'), ('legacy', '${ISSUER}', 'group', 'staff', 'globex', '{viewer}')`)
      const auth = open({ verifiers: { legacy: { ownId: 'subject', mapped: true, groups: 'groups' } } })
      expect(await act(auth, { groups: ['org_1'] })).toEqual({ organization: null, roles: [], permissions: [] })
      expect(await act(auth, { groups: ['org_1'] }, 'acme')).toBe('organization_mismatch')
      expect(await act(auth, { groups: ['org_1', 'staff'] })).toMatchObject({ organization: 'globex' })
      // Nor the other way about: an organization of the provider that is named like a mapped group.
      expect(await act(auth, { org: 'staff', roles: ['admin'] })).toMatchObject({ organization: null, roles: [] })
      expect(await act(auth, { org: 'staff' }, 'globex')).toBe('organization_mismatch')
      expect(await act(auth, { org: 'org_1', groups: ['staff'] })).toMatchObject({
        organization: 'acme',
        roles: ['admin'],
      })
      expect(await act(auth, { org: 'org_1', groups: ['staff'] }, 'globex')).toMatchObject({ roles: ['viewer'] })
    })

    it('reads a claim of groups in any form', async () => {
      await run(
        `insert into dualauth.organization_map (verifier, issuer, kind, external_id, organization) values ('legacy', '${ISSUER}', 'group', 'g', 'acme')`,
      )
      const auth = open({ verifiers: { legacy: { ownId: 'subject', groups: 'groups' } } })
      for (const groups of ['a\0b', '\ud800', 'x'.repeat(2000), { g: true }, [['g']], [{ id: 'g' }], 7, null, true])
        expect(await act(auth, { groups })).toMatchObject({ organization: null })
      expect(await act(auth, { groups: ['g'] })).toMatchObject({ organization: 'acme' })
    })
  },
  ['pg'],
)
