import { createDualAuth, isAuthError, legacyJwt, type Account, type PrincipalOfAuth, type Query } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { accounts, installSchema, type Accounts, type AccountsOptions, type FieldValue } from '../../src/index.js'
import { describeDatabases } from '../support/databases.js'
import { identity } from '../support/people.js'

const NONE: Query = async () => []
const issuer = createLegacyIssuer()

/** Tables of other applications: each `create` with a person whose id is `id`. */
const SHAPES: Record<
  string,
  { create: string; id: string; options: Omit<AccountsOptions, 'verifiers'>; expected: object; fresh?: string }
> = {
  'camelCase, numbers for ids, roles as an array': {
    create: `create table "appUsers" ("userId" serial primary key, "fullName" text, "isActive" boolean, roles text[]);
      insert into "appUsers" ("fullName", "isActive", roles) values ('Ada', true, array['admin', 'editor'])`,
    id: '1',
    options: {
      users: { table: 'appUsers', id: 'userId', active: 'isActive', roles: 'roles', fields: { name: 'fullName' } },
    },
    expected: { id: '1', active: true, name: 'Ada', roles: ['admin', 'editor'] },
    fresh: '2',
  },
  'identity columns, a status, several roles in one text, a schema of its own': {
    create: `create schema auth;
      create table auth.members (id bigint generated always as identity primary key, status text, roles text);
      insert into auth.members (status, roles) values ('invited', 'admin, editor,')`,
    id: '1',
    options: {
      users: {
        table: 'auth.members',
        status: { column: 'status', active: ['active', 'invited'] },
        roles: { column: 'roles', separator: ',' },
      },
    },
    expected: { id: '1', active: true, roles: ['admin', 'editor'] },
    fresh: '2',
  },
  'texts for ids, roles as JSON, two columns that end an account': {
    create: `create table people (id text primary key, roles jsonb, "Deleted" boolean, suspended_at timestamp);
      insert into people values ('usr_1', '["admin"]', null, null)`,
    id: 'usr_1',
    options: { users: { table: 'people', roles: 'roles', deactivated: ['Deleted', 'suspended_at'] } },
    expected: { id: 'usr_1', active: true, roles: ['admin'] },
  },
  'roles and permissions in tables of their own, ids of another type there': {
    create: `create table staff (id uuid primary key default gen_random_uuid());
      create table staff_roles (staff text, role text, tenant int, revoked boolean);
      create table permissions (user_id uuid, resource text, action text, organization_id int);
      insert into staff values ('6f1ff7b0-6d5c-4a0e-9d25-0b6a4f1d7a11');
      insert into staff_roles select id::text, 'admin', null, false from staff;
      insert into staff_roles select id::text, 'auditor', 7, false from staff;
      insert into staff_roles select id::text, 'root', null, true from staff;
      insert into permissions select id, 'things', 'read', null from staff;
      insert into permissions select id, 'billing', '*', 7 from staff`,
    id: '6f1ff7b0-6d5c-4a0e-9d25-0b6a4f1d7a11',
    options: {
      users: { table: 'staff' },
      roles: { table: 'staff_roles', user: 'staff', role: 'role', organization: 'tenant', deactivated: 'revoked' },
      grants: {
        table: 'permissions',
        user: 'user_id',
        resource: 'resource',
        action: 'action',
        organization: 'organization_id',
      },
    },
    expected: {
      id: '6f1ff7b0-6d5c-4a0e-9d25-0b6a4f1d7a11',
      active: true,
      roles: ['admin', { role: 'auditor', organization: '7' }],
      permissions: ['things:read', { permission: 'billing:*', organization: '7' }],
    },
  },
  'grants in our own table': {
    create: `create table folk (id uuid primary key default gen_random_uuid());
      insert into folk values ('11111111-6d5c-4a0e-9d25-0b6a4f1d7a11')`,
    id: '11111111-6d5c-4a0e-9d25-0b6a4f1d7a11',
    options: { users: { table: 'folk' }, grants: true },
    expected: { id: '11111111-6d5c-4a0e-9d25-0b6a4f1d7a11', active: true, permissions: [] },
  },
  'names that need care': {
    create: `create table "we ""quote"" this; --" ("select" text primary key, "ünïcode" text);
      insert into "we ""quote"" this; --" values ('x', 'y')`,
    id: 'x',
    options: { users: { table: 'we "quote" this; --', id: 'select', fields: { "it's": 'ünïcode' } } },
    expected: { id: 'x', active: true, "it's": 'y' },
  },
}

describeDatabases('accounts over tables of other shapes', ({ query, run }) => {
  beforeAll(() => installSchema(query))

  describe.each(Object.entries(SHAPES))('%s', (_, { create, id, options, expected, fresh }) => {
    beforeAll(() => run(`truncate dualauth.identity_link; ${create}`))
    const people = accounts(query, {
      ...options,
      verifiers: { legacy: { ownId: 'subject' }, idp: { provision: { columns: () => ({}) } } },
    })

    it('finds an account', async () => {
      await people.ready()
      expect(await people.find(id)).toEqual(expected)
      expect(await people.link(identity({ verifier: 'legacy', subject: id }))).toEqual(expected)
    })

    it('makes one as the table itself would', async () => {
      const made = (await people.link(identity({ verifier: 'idp', subject: 'new' }))) as { id: string }
      expect(made.id).toMatch(fresh === undefined ? /./ : new RegExp(`^${fresh}$`))
      expect(await people.find(made.id)).toMatchObject({ id: made.id })
    })
  })

  it.each<[Omit<AccountsOptions, 'verifiers'>, RegExp]>([
    [{ users: { table: 'no_such' } }, /^accounts\.users\.table: there is no table "no_such"/],
    [
      { users: { table: 'folk', active: 'is_active' } },
      /^accounts\.users\.active: "folk" has no column "is_active"; it has id$/,
    ],
    [
      { users: { table: 'people', active: 'roles' } },
      /^accounts\.users\.active: must be a column of booleans, not jsonb/,
    ],
    [{ users: { table: 'people', id: 'roles' } }, /^accounts\.users\.id: .*not jsonb/],
    [
      { users: { table: 'folk' }, memberships: { table: 'staff_roles', user: 'user_id', organization: 'tenant' } },
      /^accounts\.memberships\.user: "staff_roles" has no column "user_id"/,
    ],
    [
      { users: { table: 'folk' }, grants: { table: 'permissions', user: 'user_id', permission: 'name' } },
      /^accounts\.grants: "permissions" has no column "name"/,
    ],
  ])('says what is missing when it starts: %j', async (options, message) => {
    const people = accounts(query, { ...options, verifiers: {} })
    await expect(people.ready()).rejects.toSatisfy(
      (error) => isAuthError(error) && error.code === 'configuration_invalid' && message.test(error.message),
    )
  })

  it('types the fields that principal.account carries', async () => {
    const people = accounts(query, {
      users: { table: 'folk', fields: { name: 'id' } },
      verifiers: { legacy: { ownId: 'subject' } },
    })
    const auth = createDualAuth({
      verifiers: [
        legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [issuer.secret], purpose: 'only-access-tokens' }),
      ],
      link: people.link,
      account: people.find,
    })
    // A machine has none of the columns of people; whoever is found by id is a person.
    expectTypeOf<PrincipalOfAuth<typeof auth>['account']['name']>().toEqualTypeOf<FieldValue | undefined>()
    expectTypeOf<NonNullable<Awaited<ReturnType<typeof people.find>>>['name']>().toEqualTypeOf<FieldValue>()
    expectTypeOf<PrincipalOfAuth<typeof auth>['account']>().not.toHaveProperty('nmae')
    const id = '11111111-6d5c-4a0e-9d25-0b6a4f1d7a11'
    const headers = { authorization: `Bearer ${issuer.sign({ sub: id })}` }
    const result = await auth.authenticate({ method: 'GET', headers })
    expect(result.ok && result.principal.account.name).toBe(id)
    // Without fields, and where only `Accounts` is named, nothing changes.
    const plain: Accounts = people
    const account: Account | null = await plain.find(id)
    expect(account?.id).toBe(id)
  })

  it('gives the account of a machine without the columns of people, and says so in its type', async () => {
    const people = accounts(query, {
      users: { table: 'folk', fields: { name: 'id' } },
      verifiers: {},
      services: ({ subject, claims }) =>
        typeof claims['label'] === 'string' ? { id: `machine:${subject}`, name: claims['label'] } : { id: subject },
    })
    const machine = async (claims: unknown) => {
      const answer = await people.link(identity({ subject: 'nightly', kind: 'service', claims }))
      if (answer === null || 'refuse' in answer) throw new Error('was refused')
      // @ts-expect-error -- it may be missing
      void (() => answer.name.toString())
      return { ...answer, label: typeof answer.name === 'string' ? answer.name : null }
    }
    expect(await machine({ label: 'Export' })).toEqual({ id: 'machine:nightly', name: 'Export', label: 'Export' })
    for (const claims of [{}, null, 'text']) expect(await machine(claims)).toEqual({ id: 'nightly', label: null })
    accounts(NONE, {
      users: { table: 'folk', fields: { name: 'id' } },
      verifiers: {},
      // @ts-expect-error -- no value that JSON has
      services: () => ({ id: 'machine', name: () => 'Export' }),
    })
  })

  it('gives memberships with their parts, also those that the application names by an id alone', async () => {
    const people = accounts(query, {
      users: { table: 'folk' },
      verifiers: {},
      services: () => ({ id: 'machine', memberships: ['acme', { organization: 'globex', roles: ['reader'] }] }),
    })
    const answer = await people.link(identity({ subject: 'nightly', kind: 'service', claims: {} }))
    if (answer === null || 'refuse' in answer) throw new Error('was refused')
    expect(answer.memberships?.map((one) => one.organization)).toEqual(['acme', 'globex'])
    expect(answer.memberships).toEqual([{ organization: 'acme' }, { organization: 'globex', roles: ['reader'] }])
  })

  it('gives claims to callbacks as an object, so that one check narrows them', async () => {
    await run('create table labelled (id uuid primary key default gen_random_uuid(), label text)')
    const people = accounts(query, {
      users: { table: 'labelled', fields: { label: 'label' } },
      verifiers: {
        idp: {
          provision: {
            columns: ({ claims }) => ({ label: typeof claims['name'] === 'string' ? claims['name'] : null }),
          },
        },
        hook: {
          provision: async ({ claims }, { proposedId }) => {
            const label = typeof claims['name'] === 'string' ? claims['name'] : null
            await query('insert into labelled (id, label) values ($1::text::uuid, $2::text)', [proposedId, label])
            return { id: proposedId }
          },
        },
      },
    })
    for (const verifier of ['idp', 'hook'])
      for (const [claims, label] of [
        [{ name: 'Ada' }, 'Ada'],
        [{ name: 7 }, null],
        [null, null],
      ] as const)
        expect(await people.link(identity({ verifier, subject: JSON.stringify(claims), claims }))).toMatchObject({
          label,
        })
  })

  it("takes the address of somebody new from where the verifier's claims have it", async () => {
    await run('create table addressed (id serial primary key, email text not null, verified boolean not null)')
    const people = accounts(query, {
      users: { table: 'addressed', email: 'email', emailVerified: 'verified' },
      verifiers: {
        'better-auth': { provision: 'create', email: 'user.email', emailVerified: ['user', 'emailVerified'] },
        idp: { provision: 'create' },
      },
    })
    const nested = { user: { email: 'ada@example.com', emailVerified: true } }
    const { id } = (await people.link(identity({ verifier: 'better-auth', subject: 'ada', claims: nested }))) as Account
    const rows = await query('select id::text as id, email, verified from addressed', [])
    expect(rows).toEqual([{ id, email: 'ada@example.com', verified: true }])
    // What another provider has there is no address.
    expect(await people.link(identity({ verifier: 'idp', subject: 'bob', claims: nested }))).toMatchObject({
      reason: 'account_incomplete',
    })
    expect(() => accounts(query, { users: { table: 'addressed' }, verifiers: { idp: { email: [] } } })).toThrow(
      /^accounts\.verifiers\.idp\.email/,
    )
  })

  it('says when it starts which columns provision: create leaves empty, unless the database fills them', async () => {
    await run(`
      create table prisma_user (
        id serial primary key, email text not null unique, "createdAt" timestamptz not null default now(),
        "updatedAt" timestamptz not null, locale text not null, upper text not null generated always as (upper(email)) stored
      );
      create function fill() returns trigger language plpgsql as $$ begin new.locale := 'en'; return new; end $$`)
    const options = { users: { table: 'prisma_user', email: 'email' } }
    const people = accounts(query, { ...options, verifiers: { idp: { provision: 'create' } } })
    await expect(people.ready()).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringMatching(
        /^accounts\.verifiers\.idp\.provision: 'create' cannot fill updatedAt, locale of "prisma_user"/,
      ) as string,
    })
    // Those who are known come in all the same, and another way of provisioning may fill them.
    expect(await people.find('1')).toBeNull()
    const columns = () => ({ email: 'a@example.com', updatedAt: new Date(), locale: 'en' })
    await accounts(query, { ...options, verifiers: { idp: { provision: { columns } } } }).ready()
    await run(`create trigger filled before insert on prisma_user for each row execute function fill()`)
    await accounts(query, { ...options, verifiers: { idp: { provision: 'create' } } }).ready()
  })

  it('says how to create the schema where it is missing, and works once it is there', async () => {
    await run('drop schema dualauth cascade')
    const people = accounts(query, { users: { table: 'folk' }, verifiers: {} })
    await expect(people.ready()).rejects.toThrowError(/dualauth\.identity_link is not there: call installSchema/)
    await installSchema(query)
    await people.ready()
  })
})

describe('options', () => {
  it.each<[unknown, RegExp]>([
    [{ verifiers: {} }, /^accounts\.users: /],
    [{ users: { table: '' }, verifiers: {} }, /^accounts\.users\.table: /],
    [{ users: { table: 'users', actve: 'x' }, verifiers: {} }, /^accounts\.users\.actve: unknown option/],
    [{ users: { table: 'users', fields: { roles: 'r' } }, verifiers: {} }, /^accounts\.users\.fields\.roles: /],
    [{ users: { table: 'users', fields: { 'a\0': 'r' } }, verifiers: {} }, /^accounts\.users\.fields/],
    [
      { users: { table: 'users', status: { column: 's', active: ['a\0'] } }, verifiers: {} },
      /^accounts\.users\.status\.active/,
    ],
    [
      { users: { table: 'users', roles: { column: 'r', separator: '\ud800' } }, verifiers: {} },
      /^accounts\.users\.roles/,
    ],
    [
      { users: { table: 'users' }, verifiers: { idp: { provision: 'create' } } },
      /^accounts\.verifiers\.idp\.provision: 'create' needs users\.email/,
    ],
    [{ users: { table: 'users' }, verifiers: { idp: { ownId: 'sub' } } }, /^accounts\.verifiers\.idp\.ownId: /],
    [{ users: { table: 'users' }, verifiers: { idp: { groups: '$.groups' } } }, /^accounts\.verifiers\.idp\.groups: /],
    [{ users: { table: 'users' }, verifiers: {}, grants: { table: 'g', user: 'u' } }, /^accounts\.grants/],
  ])('names a wrong one: %j', (options, message) => {
    expect(() => accounts(NONE, options as AccountsOptions)).toThrowError(message)
  })

  it('names a query that is none', () => {
    expect(() => accounts(null as never, { users: { table: 'users' }, verifiers: {} })).toThrowError(
      /^accounts\.query: /,
    )
  })
})
