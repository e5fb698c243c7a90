import type { Query } from '@dualauth/core'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accounts, installSchema, type Accounts } from '../../src/index.js'
import { describeDatabases, type TestDatabase } from '../support/databases.js'
import { identity, PEOPLE } from '../support/people.js'

const open = (query: Query): Accounts =>
  accounts(query, {
    users: {
      table: 'users',
      active: 'is_active',
      deactivated: 'deleted_at',
      roles: 'role',
      email: 'email',
      emailVerified: 'email_verified',
      fields: { name: 'display_name' },
    },
    memberships: {
      table: 'organization_memberships',
      user: 'user_id',
      organization: 'organization_id',
      role: 'role',
      deactivated: 'left_at',
    },
    organizations: { table: 'organizations', active: 'is_active' },
    verifiers: {
      legacy: { ownId: 'subject' },
      workos: { ownId: { claim: 'external_id' } },
      idp: { provision: 'create' },
    },
  })

const NOBODY = '00000000-0000-4000-8000-000000000000'

describeDatabases('accounts', ({ query, run }: TestDatabase) => {
  let people: Accounts
  let ada: string
  const add = async (columns: Record<string, string | null> = {}): Promise<string> => {
    const names = Object.keys(columns)
    const sql = `insert into users ${names.length === 0 ? 'default values' : `(${names.join(', ')}) values (${names.map((name, at) => `$${at + 1}::text::${name.endsWith('_at') ? 'timestamptz' : name === 'is_active' ? 'boolean' : 'text'}`).join(', ')})`} returning id::text as id`
    return String((await query(sql, Object.values(columns)))[0]?.['id'])
  }
  const rows = async (sql: string) => query(sql, [])
  const join = (user: string, organization: string, role = 'MEMBER') =>
    query(
      `insert into organization_memberships (user_id, organization_id, role) values ($1::text::uuid, $2::text, $3::text::member_role)`,
      [user, organization, role],
    )

  beforeAll(async () => {
    await installSchema(query)
    await run(PEOPLE)
  })
  beforeEach(async () => {
    await run(
      'truncate users cascade; truncate dualauth.identity_link, dualauth.conflict, dualauth.provisioning, dualauth.audit',
    )
    people = open(query)
    ada = await add({ email: 'ada@example.com', display_name: 'Ada', role: 'editor' })
  })

  describe('a token of the application itself', () => {
    it('is the account of its subject, with the roles and the columns of its row', async () => {
      expect(await people.link(identity({ verifier: 'legacy', subject: ada }))).toEqual({
        id: ada,
        active: true,
        name: 'Ada',
        roles: ['editor'],
        memberships: [],
        organization: null,
      })
      // It needs no link.
      expect(await rows('select 1 from dualauth.identity_link')).toEqual([])
    })

    it.each([NOBODY, '1', '', "' or true --", 'x'.repeat(1_000_000), 'a\0b', '\ud800'])(
      'is nobody where its subject is nobody here',
      async (subject) => {
        expect(await people.link(identity({ verifier: 'legacy', subject }))).toBeNull()
        expect(await people.find(subject)).toBeNull()
      },
    )

    it('is refused at once when its account is deactivated, deleted, or its link was ended', async () => {
      const link = () => people.link(identity({ verifier: 'legacy', subject: ada }))
      await run(`update users set is_active = false`)
      expect(await link()).toMatchObject({ active: false })
      await run(`update users set is_active = true, deleted_at = now()`)
      expect(await link()).toMatchObject({ active: false })
      await run(`update users set deleted_at = null`)
      expect(await link()).toMatchObject({ active: true })
    })
  })

  describe("the existing person's first sign-in on the new side", () => {
    const first = () => identity({ subject: 'user_01', claims: { external_id: ada } })

    it('is the account that the provider vouches for, and is linked from then on', async () => {
      expect(await people.link(first())).toMatchObject({ id: ada, name: 'Ada' })
      // Later tokens need not say it again.
      expect(await people.link(identity({ subject: 'user_01' }))).toMatchObject({ id: ada })
      expect(await people.links.list(ada)).toMatchObject([
        {
          verifier: 'workos',
          issuer: 'https://issuer.example.com',
          subject: 'user_01',
          how: 'first-sign-in',
          endedAt: null,
        },
      ])
    })

    it('counts only by a claim that was named, and never by address', async () => {
      const claims = { email: 'ada@example.com', email_verified: true, sub: ada, externalId: ada }
      expect(await people.link(identity({ subject: 'user_02', claims }))).toBeNull()
      expect(
        await people.link(identity({ verifier: 'unlisted', subject: ada, claims: { external_id: ada } })),
      ).toBeNull()
    })

    it('is a conflict where the provider names an account that is not here', async () => {
      const lost = identity({ verifier: 'workos', subject: 'user_03', claims: { external_id: NOBODY } })
      expect(await people.link(lost)).toEqual({ refuse: 'account_conflict', reason: 'account_unknown' })
      expect(await people.conflicts.list()).toMatchObject([{ kind: 'account_unknown', account: null }])
    })

    it('links once, however many requests come at once', async () => {
      const known = await Promise.all(Array.from({ length: 50 }, () => people.link(first())))
      expect(new Set(known.map((account) => account !== null && 'id' in account && account.id))).toEqual(new Set([ada]))
      expect(await rows('select 1 from dualauth.identity_link')).toHaveLength(1)
    })

    it('is a conflict where the account has another identity there', async () => {
      await people.link(first())
      const other = identity({ subject: 'user_99', claims: { external_id: ada } })
      expect(await people.link(other)).toEqual({ refuse: 'account_conflict', reason: 'account_linked' })
      expect(await people.link(other)).toEqual({ refuse: 'account_conflict', reason: 'account_linked' })
      expect(await people.conflicts.list()).toMatchObject([
        { kind: 'account_linked', subject: 'user_99', account: ada, seen: 1 },
      ])
    })

    it('does not bind a subject again whose link was ended', async () => {
      await people.link(first())
      const key = { verifier: 'workos', issuer: 'https://issuer.example.com', subject: 'user_01' }
      expect(await people.links.end({ ...key, actor: 'grace', reason: 'wrong person' })).toBe(true)
      expect(await people.links.end({ ...key, actor: 'grace', reason: 'again' })).toBe(false)
      expect(await people.link(first())).toBeNull()
      expect(await people.links.list(ada)).toMatchObject([{ endedReason: 'wrong person' }])
    })
  })

  describe("the new person's first sign-in", () => {
    const newcomer = (subject: string, claims: object = { email: `${subject}@example.com`, email_verified: true }) =>
      identity({ verifier: 'idp', subject, claims })

    it('makes an account and its link', async () => {
      const made = await people.link(newcomer('bob'))
      expect(made).toMatchObject({ active: true, roles: [], memberships: [] })
      expect(await rows(`select email, email_verified from users where email = 'bob@example.com'`)).toEqual([
        { email: 'bob@example.com', email_verified: true },
      ])
      expect(await people.link(newcomer('bob'))).toEqual(made)
    })

    it('makes one account, however many requests come at once', async () => {
      const made = await Promise.all(Array.from({ length: 50 }, () => people.link(newcomer('bob', {}))))
      expect(new Set(made.map((account) => account !== null && 'id' in account && account.id)).size).toBe(1)
      expect(await rows('select 1 from users')).toHaveLength(2)
      expect(await rows('select 1 from dualauth.identity_link')).toHaveLength(1)
    })

    it('does not believe an address that its provider has not verified', async () => {
      await people.link(newcomer('eve', { email: 'eve@example.com' }))
      expect(await rows(`select email_verified from users where email = 'eve@example.com'`)).toEqual([
        { email_verified: false },
      ])
    })

    it('is a conflict where the address is taken: no error, no merge, and nothing half made', async () => {
      const taken = newcomer('imposter', { email: 'ada@example.com', email_verified: true })
      expect(await people.link(taken)).toEqual({ refuse: 'account_conflict', reason: 'address_taken' })
      expect(await rows('select 1 from dualauth.identity_link')).toEqual([])
      expect(await people.conflicts.count()).toEqual({ address_taken: 1 })
      expect(await people.conflicts.list()).toMatchObject([{ account: ada, subject: 'imposter' }])
      expect(JSON.stringify(await people.conflicts.list())).not.toContain('@')
    })

    it('is an account of its own once somebody decided that it is another person', async () => {
      const other = newcomer('namesake', { email: 'ada@example.com' })
      await people.link(other)
      const [conflict] = await people.conflicts.list()
      const decision = { actor: 'grace', reason: 'they share a mailbox' }
      expect(await people.conflicts.resolve(conflict!.id, { resolution: 'separate', ...decision })).toEqual({
        ok: true,
      })
      const made = await people.link(other)
      expect(made).toMatchObject({ active: true })
      expect((made as { id: string }).id).not.toBe(ada)
    })

    it('does not name somebody who is deleted from the table', async () => {
      const made = await people.link(newcomer('bob'))
      await run(`delete from users where email = 'bob@example.com'`)
      expect(made).not.toBeNull()
      expect(await people.link(newcomer('bob'))).toBeNull()
    })
  })

  describe('organizations', () => {
    it('are those of the table: all of them, with the roles there', async () => {
      await join(ada, 'acme', 'ADMIN')
      await join(ada, 'acme', 'MEMBER')
      await join(ada, 'globex', 'VIEWER')
      expect(await people.link(identity({ verifier: 'legacy', subject: ada }))).toMatchObject({
        memberships: [
          { organization: 'acme', roles: ['ADMIN', 'MEMBER'] },
          { organization: 'globex', roles: ['VIEWER'] },
        ],
        organization: null,
      })
    })

    it('act as the credential says, for members of an open organization only', async () => {
      await join(ada, 'acme')
      const link = (organization: string) => people.link(identity({ verifier: 'legacy', subject: ada, organization }))
      expect(await link('acme')).toMatchObject({ organization: 'acme' })
      expect(await link('globex')).toMatchObject({ organization: null })
      await run(`update organization_memberships set left_at = now()`)
      expect(await link('acme')).toMatchObject({ organization: null, memberships: [] })
      await run(`update organization_memberships set left_at = null; update organizations set is_active = false`)
      expect(await link('acme')).toMatchObject({ organization: null, memberships: [] })
      await run(`update organizations set is_active = true`)
      expect(await link('acme')).toMatchObject({ organization: 'acme' })
    })
  })

  it('finds an account by its own id, in the same words', async () => {
    await join(ada, 'acme', 'OWNER')
    expect(await people.find(ada)).toEqual({
      id: ada,
      active: true,
      name: 'Ada',
      roles: ['editor'],
      memberships: [{ organization: 'acme', roles: ['OWNER'] }],
    })
    expect(await people.find(NOBODY)).toBeNull()
  })

  it('sends one statement for somebody known, and needs no transaction for anybody', async () => {
    const sent: string[] = []
    const counted = open((sql, params) => {
      sent.push(sql)
      if (/\b(?:begin|commit|rollback|listen|notify)\b/i.test(sql)) throw new Error('over HTTP there is no transaction')
      return query(sql, params)
    })
    await counted.ready()
    const statements = async (subject: string, verifier: string, claims: object = {}) => {
      sent.length = 0
      await counted.link(identity({ verifier, subject, claims }))
      return sent.length
    }
    expect(await statements(ada, 'legacy')).toBe(1)
    expect(await statements('user_01', 'workos', { external_id: ada })).toBe(2)
    expect(await statements('user_01', 'workos', { external_id: ada })).toBe(1)
    expect(await statements('bob', 'idp')).toBe(3)
    expect(await statements('bob', 'idp')).toBe(1)
    expect(await statements('stranger', 'workos')).toBe(1)
  })
})
