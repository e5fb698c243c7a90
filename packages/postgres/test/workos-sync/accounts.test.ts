import type { Account } from '@dualauth/core'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { accounts, installSchema, workosSync, type Accounts, type AccountsOptions } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { identity, PEOPLE } from '../support/people.js'
import { at, emptyTables, event } from './events.js'

const SETTLE = { settle: true }
const ISSUER = 'https://issuer.example.com'
/** A token that was issued so many milliseconds after the first event, in whole seconds as `iat` is. */
const iat = (ms: number): number => Math.floor(Date.parse(at(ms)) / 1000)

describeDatabases('accounts with the events of WorkOS', ({ query, run }) => {
  const sync = workosSync(query)
  const open = (
    rule: NonNullable<AccountsOptions['verifiers']>[string] = {},
    more: Partial<AccountsOptions> = {},
  ): Accounts =>
    accounts(query, {
      users: { table: 'users', email: 'email' },
      verifiers: { workos: { ownId: { claim: 'external_id' }, mapped: true, synced: true, ...rule } },
      ...more,
    })
  let people: Accounts
  let ada: string

  const workos = (
    organization: string | null,
    issuedAt: number | undefined,
    roles: string[] = [],
    permissions: string[] = [],
  ) =>
    identity({
      subject: 'user_01',
      claims: { external_id: ada, ...(issuedAt !== undefined && { iat: issuedAt }) },
      organization,
      roles,
      permissions,
    })
  let ms = 0
  const member = (organization: string, change: string, more: object = {}, id = `om_${organization}`) =>
    sync.apply(
      event(
        `organization_membership.${change}`,
        { id, user_id: 'user_01', organization_id: organization, status: 'active', role: { slug: 'admin' }, ...more },
        (ms += 10_000),
      ),
      SETTLE,
    )
  const membershipsOf = (account: unknown): unknown => (account as Account).memberships

  beforeAll(async () => {
    await installSchema(query)
    await run(PEOPLE)
  })
  beforeEach(async () => {
    ms = 0
    await emptyTables(run)
    await run('truncate users cascade; truncate dualauth.identity_link, dualauth.organization_map, dualauth.audit')
    ada = String((await query('insert into users default values returning id::text as id', []))[0]!['id'])
    people = open()
    for (const [externalId, organization] of [
      ['org_1', 'acme'],
      ['org_2', 'globex'],
    ] as const)
      await people.organizations.set({
        verifier: 'workos',
        issuer: ISSUER,
        kind: 'organization',
        externalId,
        organization,
        roles: ['mapped'],
        actor: 'grace',
      })
  })

  it('are ready as they stand, and say what is missing', async () => {
    await people.ready()
    await open({ synced: 'staging', mapped: false }, { organizations: { table: 'organizations' } }).ready()
    await open(
      { synced: true, mapped: true },
      { organizations: { table: 'organizations', active: 'is_active' } },
    ).ready()
    expect(await people.link(workos('org_1', iat(0)))).toMatchObject({ id: ada })
  })

  it('take the credential where nothing is known yet', async () => {
    expect(await people.link(workos('org_1', iat(0), ['editor'], ['things:read']))).toMatchObject({
      organization: 'acme',
      memberships: [{ organization: 'acme', roles: ['mapped', 'editor'], permissions: ['things:read'] }],
    })
  })

  it('know further memberships, for requests that name an organization', async () => {
    await member('org_1', 'created')
    await member('org_2', 'created', { roles: [{ slug: 'viewer' }, { slug: 'auditor' }] })
    await member('org_3', 'created')
    const account = await people.link(workos('org_1', iat(60_000), ['admin']))
    expect(account).toMatchObject({ organization: 'acme' })
    expect(membershipsOf(account)).toEqual([
      { organization: 'acme', roles: ['mapped', 'admin'], permissions: [] },
      { organization: 'globex', roles: ['mapped', 'auditor', 'viewer'] },
    ])
    expect(await people.link(workos(null, iat(60_000)))).toMatchObject({ organization: null })
  })

  it('demote at once, before the token is refreshed', async () => {
    await member('org_1', 'created')
    const token = workos('org_1', iat(ms), ['admin'], ['org:everything'])
    expect(membershipsOf(await people.link(token))).toEqual([
      { organization: 'acme', roles: ['mapped', 'admin'], permissions: ['org:everything'] },
    ])
    await member('org_1', 'updated', { role: { slug: 'member' } })
    expect(membershipsOf(await people.link(token))).toEqual([
      { organization: 'acme', roles: ['mapped', 'member'], permissions: [] },
    ])
  })

  it('believe a token that is newer than the last event, also where the event is late', async () => {
    await member('org_1', 'created')
    expect(membershipsOf(await people.link(workos('org_1', iat(ms + 1000), ['member'], ['org:read'])))).toEqual([
      { organization: 'acme', roles: ['mapped', 'member'], permissions: ['org:read'] },
    ])
  })

  it('keep the permissions of a token whose roles are still the same', async () => {
    await member('org_1', 'updated', { custom_attributes: { floor: 3 } })
    expect(membershipsOf(await people.link(workos('org_1', iat(0), ['admin'], ['org:read'])))).toEqual([
      { organization: 'acme', roles: ['mapped', 'admin'], permissions: ['org:read'] },
    ])
  })

  it('believe no date that is none', async () => {
    await member('org_1', 'updated', { role: { slug: 'member' } })
    for (const issuedAt of [undefined, Number.NaN, '99999999999' as never, null as never])
      expect(membershipsOf(await people.link(workos('org_1', issuedAt, ['admin'])))).toEqual([
        { organization: 'acme', roles: ['mapped', 'member'], permissions: [] },
      ])
  })

  it.each(['updated', 'deleted'])('act for no organization whose membership ended (%s)', async (change) => {
    await member('org_2', 'created')
    await member('org_1', change, { status: 'inactive' })
    const account = await people.link(workos('org_1', iat(0), ['admin'], ['org:everything']))
    expect(account).toMatchObject({ id: ada, organization: null, roles: [], permissions: [] })
    expect(membershipsOf(account)).toEqual([{ organization: 'globex', roles: ['mapped', 'admin'] }])
  })

  it('let a member in who has joined again', async () => {
    await member('org_1', 'deleted', {}, 'om_old')
    await member('org_1', 'created', {}, 'om_new')
    expect(await people.link(workos('org_1', iat(0), ['admin']))).toMatchObject({ organization: 'acme' })
  })

  it('refuse whoever is deactivated in every organization', async () => {
    await member('org_1', 'updated', { status: 'inactive' })
    await member('org_2', 'deleted')
    for (const token of [workos('org_1', iat(0), ['admin']), workos(null, iat(60_000))])
      expect(await people.link(token)).toEqual({ refuse: 'account_deactivated', reason: 'inactive_at_provider' })
    // Activated again, which the token knows before the event arrives.
    expect(await people.link(workos('org_1', iat(60_000), ['admin']))).toMatchObject({ organization: 'acme' })
  })

  it('refuse a user who was deleted, by every token, and make nobody new', async () => {
    await sync.apply(event('user.deleted', { id: 'user_01' }, 0), SETTLE)
    const refusal = { refuse: 'account_deactivated', reason: 'deleted_at_provider' }
    expect(await people.link(workos('org_1', iat(3_600_000), ['admin']))).toEqual(refusal)
    const stranger = identity({ subject: 'user_01', claims: { email: 'new@example.com', email_verified: true } })
    expect(await open({ provision: 'create' }).link(stranger)).toEqual(refusal)
    expect(await query('select count(*)::text as people from users', [])).toEqual([{ people: '1' }])
    expect(await query('select subject from dualauth.identity_link', [])).toEqual([])
    // Another user is another person.
    expect(await people.link({ ...workos('org_1', iat(0)), subject: 'user_02' })).toMatchObject({ id: ada })
  })

  it('let nobody into an organization that was deleted', async () => {
    await member('org_1', 'created')
    await member('org_2', 'created')
    await sync.apply(event('organization.deleted', { id: 'org_1' }, (ms += 10_000)), SETTLE)
    const account = await people.link(workos('org_1', iat(ms - 5000), ['admin']))
    expect(account).toMatchObject({ organization: null, memberships: [{ organization: 'globex' }] })
  })

  it('join a membership with the user and the organization that arrive after it', async () => {
    await member('org_2', 'created')
    await sync.apply(event('organization.created', { id: 'org_2', name: 'Globex' }, 0), SETTLE)
    await sync.apply(event('user.created', { id: 'user_01', email: 'ada@example.com' }, 0), SETTLE)
    expect(await people.link(workos(null, iat(0)))).toMatchObject({ memberships: [{ organization: 'globex' }] })
  })

  it('count for members only, where the application has a table of them', async () => {
    await member('org_1', 'created')
    await member('org_2', 'created')
    people = open(
      {},
      {
        memberships: {
          table: 'organization_memberships',
          user: 'user_id',
          organization: 'organization_id',
          role: 'role',
        },
      },
    )
    await query(`insert into organization_memberships (user_id, organization_id) values ($1::text::uuid, 'globex')`, [
      ada,
    ])
    const account = await people.link(workos('org_1', iat(60_000), ['admin']))
    expect(account).toMatchObject({ organization: null })
    expect(membershipsOf(account)).toEqual([
      { organization: 'globex', roles: ['MEMBER', 'mapped', 'admin'], permissions: [] },
    ])
  })

  it('do not lead into a closed organization', async () => {
    await member('org_1', 'created')
    await member('org_2', 'created')
    await run(`update organizations set is_active = false where id = 'acme'`)
    people = open({}, { organizations: { table: 'organizations', active: 'is_active' } })
    const account = await people.link(workos('org_1', iat(0), ['admin']))
    await run(`update organizations set is_active = true`)
    expect(account).toMatchObject({ organization: null, memberships: [{ organization: 'globex' }] })
  })

  it("take the provider's ids for the application's own where nothing is mapped", async () => {
    people = open({ mapped: false })
    await member('org_1', 'created')
    await member('org_1', 'updated', { role: { slug: 'member' } })
    await member('org_2', 'created')
    expect(await people.link(workos('org_1', iat(0), ['admin'], ['org:everything']))).toMatchObject({
      organization: 'org_1',
      roles: [],
      permissions: [],
      memberships: [
        { organization: 'org_1', roles: ['member'], permissions: [] },
        { organization: 'org_2', roles: ['admin'] },
      ],
    })
    expect(await people.link(workos('org_3', iat(0), ['admin']))).toMatchObject({ organization: 'org_3' })
  })

  it('state the own id of a user, without a claim in the token', async () => {
    people = open({ ownId: 'synced', provision: 'create' })
    const known = (id: string, external: string | null) =>
      sync.apply(event('user.created', { id, external_id: external }, 0), SETTLE)
    const token = (subject: string) => identity({ subject, claims: { email: `${subject}@example.com` } })
    await known('user_01', ada)
    expect(await people.link(token('user_01'))).toMatchObject({ id: ada })
    // From now on it is a link, whatever else is said.
    await sync.apply(event('user.updated', { id: 'user_01', external_id: null }, 10), SETTLE)
    expect(await people.link(token('user_01'))).toMatchObject({ id: ada })
    await known('user_02', null)
    expect(await people.link(token('user_02'))).toMatchObject({ id: expect.not.stringMatching(ada) })
    for (const [id, external] of [
      ['user_03', globalThis.crypto.randomUUID()],
      ['user_04', `'; drop table users`],
    ] as const) {
      await known(id, external)
      expect(await people.link(token(id))).toEqual({ refuse: 'account_conflict', reason: 'account_unknown' })
    }
    await known('user_05', ada)
    expect(await people.link(token('user_05'))).toEqual({ refuse: 'account_conflict', reason: 'account_linked' })
  })

  it('do not say who a user is whom nothing has named yet: nobody is made, and it can be tried again', async () => {
    people = open({ ownId: 'synced', provision: 'create' })
    const token = identity({ subject: 'user_01', claims: { email: 'ada@example.com' } })
    await member('org_1', 'created')
    await expect(people.link(token)).rejects.toThrow(/has named this user yet/)
    expect(await query('select count(*)::text as people from users', [])).toEqual([{ people: '1' }])
    await sync.keep('user', [{ id: 'user_01', external_id: ada, updated_at: at(0) }], { dryRun: false })
    expect(await people.link(token)).toMatchObject({ id: ada })
  })

  it('do not count for a rule that does not ask, or asks another source', async () => {
    await sync.apply(event('user.deleted', { id: 'user_01' }, 0), SETTLE)
    people = open({ synced: 'staging' })
    expect(await people.link(workos('org_1', iat(0)))).toMatchObject({ id: ada })
  })
})

it('refuse a wrong option by name', () => {
  const options = { users: { table: 'users' }, verifiers: { workos: { synced: false as never } } }
  expect(() => accounts(async () => [], options)).toThrow(/accounts\.verifiers\.workos\.synced/)
  const unsynced = { users: { table: 'users' }, verifiers: { workos: { ownId: 'synced' as const } } }
  expect(() => accounts(async () => [], unsynced)).toThrow(/accounts\.verifiers\.workos\.ownId/)
})
