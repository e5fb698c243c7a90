import { beforeAll, beforeEach, expect, it } from 'vitest'
import { accounts, installSchema, type Accounts, type AccountsOptions, type MappedKind } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { identity, PEOPLE } from '../support/people.js'

const ISSUER = 'https://issuer.example.com'
const GROUP_ID = '5a2e3c64-6a3c-4f0e-8d6b-8e1c2f9f4b10'

describeDatabases('the organization map', ({ query, run }) => {
  const verifiers: AccountsOptions['verifiers'] = {
    workos: { ownId: { claim: 'external_id' }, mapped: true },
    idp: { ownId: { claim: 'external_id' }, groups: 'groups' },
  }
  const open = (more: Partial<AccountsOptions> = {}): Accounts =>
    accounts(query, {
      users: { table: 'users' },
      organizations: { table: 'organizations', active: 'is_active' },
      verifiers,
      ...more,
    })
  let people = open()
  let ada: string

  const kindAt = (verifier: string): MappedKind => (verifier === 'idp' ? 'group' : 'organization')
  const set = (
    verifier: string,
    externalId: string,
    organization: string,
    roles: string[] = [],
    kind = kindAt(verifier),
  ) => people.organizations.set({ verifier, issuer: ISSUER, kind, externalId, organization, roles, actor: 'grace' })
  const workos = (organization: string | null, roles: string[] = [], permissions: string[] = []) =>
    identity({ subject: 'user_01', claims: { external_id: ada }, organization, roles, permissions })
  const idp = (groups: unknown) => identity({ verifier: 'idp', subject: 'ada', claims: { external_id: ada, groups } })

  beforeAll(async () => {
    await installSchema(query)
    await run(PEOPLE)
  })
  beforeEach(async () => {
    await run('truncate users cascade; truncate dualauth.identity_link, dualauth.organization_map, dualauth.audit')
    ada = String((await query('insert into users default values returning id::text as id', []))[0]!['id'])
    people = open()
    await set('workos', 'org_01H', 'acme', ['member'])
    await set('idp', GROUP_ID, 'acme', ['admin'])
    await set('idp', 'tenant_globex_users', 'globex')
  })

  it('is ready as it stands', async () => {
    await people.link.ready()
  })

  it("turns a provider's organization into the application's own, and keeps the roles of the token", async () => {
    expect(await people.link(workos('org_01H', ['editor'], ['widgets:users-table:manage']))).toMatchObject({
      organization: 'acme',
      memberships: [{ organization: 'acme', roles: ['member', 'editor'], permissions: ['widgets:users-table:manage'] }],
    })
  })

  it('takes nothing for an organization that is not mapped, not even one of the same name', async () => {
    await set('other', 'org_02', 'globex')
    for (const organization of ['org_02', 'acme', 'globex', null])
      expect(await people.link(workos(organization, ['admin']))).toMatchObject({ organization: null, memberships: [] })
  })

  it.each<[unknown, string | null, string[]]>([
    [[GROUP_ID], 'acme', ['acme']],
    [['tenant_globex_users', 'everybody'], 'globex', ['globex']],
    ['tenant_globex_users', 'globex', ['globex']],
    // Several: the request must choose.
    [[GROUP_ID, 'tenant_globex_users'], null, ['acme', 'globex']],
    [[], null, []],
    [undefined, null, []],
    [[null, 7, '', 'x'.repeat(5000), 'a\0b'], null, []],
  ])('reads groups by id and by name: %#', async (groups, organization, member) => {
    const account = (await people.link(idp(groups))) as unknown as { memberships: { organization: string }[] }
    expect(account).toMatchObject({ organization })
    expect(account.memberships.map((one) => one.organization)).toEqual(member)
  })

  it('gives the roles of all groups of an organization', async () => {
    await set('idp', 'acme_auditors', 'acme', ['auditor'])
    expect(await people.link(idp(['acme_auditors', GROUP_ID]))).toMatchObject({
      organization: 'acme',
      memberships: [{ organization: 'acme', roles: ['auditor', 'admin'] }],
    })
  })

  it('counts for members only, where the application has a table of them', async () => {
    people = open({
      memberships: {
        table: 'organization_memberships',
        user: 'user_id',
        organization: 'organization_id',
        role: 'role',
      },
    })
    expect(await people.link(workos('org_01H', ['editor']))).toMatchObject({ organization: null, memberships: [] })
    await query(`insert into organization_memberships (user_id, organization_id) values ($1::text::uuid, 'acme')`, [
      ada,
    ])
    expect(await people.link(workos('org_01H', ['editor']))).toMatchObject({
      organization: 'acme',
      memberships: [{ organization: 'acme', roles: ['MEMBER', 'member', 'editor'] }],
    })
  })

  it('does not lead into a closed organization', async () => {
    await run(`update organizations set is_active = false where id = 'acme'`)
    expect(await people.link(workos('org_01H'))).toMatchObject({ organization: null, memberships: [] })
    await run(`update organizations set is_active = true`)
  })

  it('is looked up when the application starts, with and without a table of organizations', async () => {
    await people.ready()
    await accounts(query, { users: { table: 'users' }, verifiers }).ready()
  })

  it('is replaced, listed and removed', async () => {
    await set('workos', 'org_01H', 'globex', ['viewer'])
    expect(await people.organizations.list('globex')).toMatchObject([
      { verifier: 'idp', kind: 'group', externalId: 'tenant_globex_users', roles: [] },
      { verifier: 'workos', kind: 'organization', externalId: 'org_01H', roles: ['viewer'] },
    ])
    const entry = {
      verifier: 'workos',
      issuer: ISSUER,
      kind: 'organization',
      externalId: 'org_01H',
      actor: 'grace',
    } as const
    expect(await people.organizations.remove({ ...entry, kind: 'group' })).toBe(false)
    expect(await people.organizations.remove(entry)).toBe(true)
    expect(await people.organizations.remove(entry)).toBe(false)
    expect(await people.organizations.list()).toHaveLength(2)
    await expect(set('workos', '', 'acme')).rejects.toThrowError(/^organizations\.set\.externalId: /)
    await expect(set('workos', 'org_03', 'acme', [], 'team' as MappedKind)).rejects.toThrowError(
      /^organizations\.set\.kind: /,
    )
  })

  it('holds an organization and a group of one name apart, and each of them once', async () => {
    await set('workos', 'org_01H', 'globex', ['viewer'], 'group')
    const sameName = await query(
      `select kind, organization from dualauth.organization_map where external_id = 'org_01H' order by kind`,
      [],
    )
    expect(sameName).toMatchObject([
      { kind: 'group', organization: 'globex' },
      { kind: 'organization', organization: 'acme' },
    ])
    const insert = (kind: string) =>
      run(`insert into dualauth.organization_map (verifier, issuer, kind, external_id, organization)
        values ('workos', '${ISSUER}', '${kind}', 'org_01H', 'initech')`)
    await expect(insert('group')).rejects.toMatchObject({ code: '23505' })
    await expect(insert('team')).rejects.toMatchObject({ code: '23514' })
  })
})
