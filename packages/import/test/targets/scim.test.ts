import { expect, it } from 'vitest'
import {
  createImport,
  scimTarget,
  type ImportOptions,
  type ImportRowPerson,
  type ReportRow,
  type ScimTargetOptions,
} from '../../src/index.js'
import { listSource, somePeople, type Rows } from '../support/list-source.js'
import { describeDirectory } from '../support/scim/describe-directory.js'

/** Texts that would end a filter, or be another path. */
const HOSTILE = [
  'a"b',
  'back\\slash',
  '" or userName pr or "',
  "it's 100% & more?#",
  'Zoë 雪 🙂',
  'a+b c',
  '../../x',
  'tab\there',
]
const BCRYPT = '$2b$10$abcdefghijklmnopqrstuuJwHEnVLdrzTvlkZqcZ2Ozu0CkhFqFHi'

const PEOPLE: readonly ImportRowPerson[] = [
  {
    id: 'u-1',
    email: 'Ada@example.com',
    name: 'Ada Lovelace',
    firstName: 'Ada',
    lastName: 'Lovelace',
    passwordHash: BCRYPT,
  },
  { id: 'u-2', email: 'bob@example.com', name: 'Bob', disabled: true },
  ...HOSTILE.map((id, at) => ({ id, email: `hostile${at}@example.com`, name: id })),
  ...Array.from({ length: 8 }, (_none, at) => ({ id: `n-${at}`, email: `n${at}@example.com`, emailVerified: true })),
]
const IDS = PEOPLE.map(({ id }) => String(id)).toSorted()
const ORGANIZATIONS = [
  { id: '1', name: 'Acme "Ltd."' },
  { id: '2', name: 'Globex' },
]
const MEMBERSHIPS = PEOPLE.slice(0, 12).map(({ id }, at) => ({ person: id, organization: at % 2 === 0 ? '1' : '2' }))
const GROUPS = [
  { id: '1', name: 'Everybody', members: PEOPLE.map(({ id }) => id) },
  { id: 'g"2', name: 'Nobody', members: [] },
  { id: 'g-3', name: 'Some', members: ['u-1', ...HOSTILE, 'nobody-there'] },
]
const ROWS: Rows = { people: PEOPLE, organizations: ORGANIZATIONS, memberships: MEMBERSHIPS, groups: GROUPS }

describeDirectory('an import by SCIM', ({ query, rows, directory, name: server }) => {
  const targetOf = (options: Partial<ScimTargetOptions> = {}) =>
    scimTarget({ baseUrl: directory().url, token: directory().token, name: 'scim:test', ...options })
  const moving = (more: Partial<ImportOptions> = {}) =>
    createImport({ query, source: listSource(ROWS), target: targetOf(), ...more })
  const writes = () => directory().requests.filter(({ method }) => method !== 'GET')
  const byExternalId = async (path: string, id: string) =>
    (await directory().all(path)).find(({ externalId }) => externalId === id)!
  const membersOf = async (externalId: string) => {
    const { body } = await directory().ask('GET', `/Groups/${(await byExternalId('/Groups', externalId)).id}`)
    const users = new Map((await directory().all('/Users')).map(({ id, externalId: own }) => [id, String(own)]))
    return ((body['members'] ?? []) as { value: string }[]).map(({ value }) => users.get(value)!).toSorted()
  }

  it('brings in people, groups and their members, as a dry run has said', async () => {
    const planned = await moving().plan()
    expect(writes()).toEqual([])
    const { counts } = await moving().run()
    expect(counts).toMatchObject({
      organization: { created: 2 },
      person: { read: 18, created: 18, resetRequired: 1 },
      membership: { created: 12 },
      group: { created: 3 },
    })
    expect(planned.counts).toEqual(counts)
    const ada = await byExternalId('/Users', 'u-1')
    expect(ada).toMatchObject({
      userName: expect.stringMatching(/^ada@example\.com$/i) as string,
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      active: true,
    })
    expect(await byExternalId('/Users', 'u-2')).toMatchObject({ active: false })
    expect((await directory().all('/Users')).map(({ externalId }) => String(externalId)).toSorted()).toEqual(IDS)
    expect(await membersOf('1')).toEqual(IDS)
    expect(await membersOf('g-3')).toEqual(['u-1', ...HOSTILE].toSorted())
    expect(await membersOf('organization:2')).toEqual(
      MEMBERSHIPS.filter(({ organization }) => organization === '2')
        .map(({ person }) => String(person))
        .toSorted(),
    )
    const verified = await moving().verify()
    expect(verified.counts).toMatchObject({
      organization: { same: 2 },
      person: { same: 18 },
      membership: { same: 12 },
      group: { same: 3 },
    })
  })

  it('sends nothing the second time, also where the ledger is lost', async () => {
    await moving().run()
    const before = writes().length
    expect((await moving().run()).counts).toMatchObject({
      organization: { unchanged: 2 },
      person: { unchanged: 18 },
      membership: { unchanged: 12 },
      group: { unchanged: 3 },
    })
    await query('truncate dualauth.import_item', [])
    expect((await moving().run()).counts).toMatchObject({
      organization: { adopted: 2 },
      person: { adopted: 18 },
      membership: { adopted: 12 },
      group: { adopted: 3 },
    })
    expect(writes()).toHaveLength(before)
  })

  it('takes back what it made, and neither what others made nor what they have changed', async () => {
    const made = await directory().ask('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'born@example.com',
      emails: [{ value: 'born@example.com', primary: true }],
    })
    await moving().run()
    const patch = async (path: string, externalId: string, Operations: object[]) => {
      const { id } = await byExternalId(path, externalId)
      const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
      expect((await directory().ask('PATCH', `${path}/${id}`, { schemas, Operations })).status).toBeLessThan(300)
    }
    await patch('/Users', 'u-1', [{ op: 'replace', path: 'title', value: 'Countess' }])
    await patch('/Groups', 'g"2', [{ op: 'add', path: 'members', value: [{ value: made.body.id }] }])
    const report: ReportRow[] = []
    const { counts } = await moving({ report: (row) => void report.push(row) }).rollback()
    expect(counts).toMatchObject({
      group: { removed: 2, blocked: 1 },
      membership: { removed: 12 },
      person: { removed: 17, blocked: 1 },
      organization: { removed: 2 },
    })
    expect(report.filter(({ outcome }) => outcome === 'blocked').map(({ id, code }) => [id, code])).toEqual([
      ['g"2', 'changed'],
      ['u-1', 'changed'],
    ])
    const left = (await directory().all('/Users')).map(({ userName }) => String(userName).toLowerCase())
    expect(left.toSorted()).toEqual(['ada@example.com', 'born@example.com'])
    expect((await directory().all('/Groups')).map(({ displayName }) => displayName)).toEqual(['Nobody'])
  })

  it('is not in the way of itself after a rollback', async () => {
    await moving().run()
    await moving().rollback()
    expect(await directory().all('/Users')).toEqual([])
    expect((await moving().run()).counts).toMatchObject({ person: { created: 18 }, group: { created: 3 } })
  })

  it('sends again what has changed in the source, and says before what differs there', async () => {
    await moving().run()
    const people = PEOPLE.map((row) => (row.id === 'u-1' ? { ...row, lastName: 'King', disabled: true } : row))
    const groups = GROUPS.map((row) => (row.id === 'g"2' ? { ...row, name: 'Somebody', members: ['u-2'] } : row))
    const source = listSource({ ...ROWS, people, groups })
    expect((await moving({ source }).verify()).counts).toMatchObject({ person: { drifted: 1 }, group: { drifted: 1 } })
    const { counts } = await moving({ source, update: true }).run()
    expect(counts).toMatchObject({ person: { updated: 1, unchanged: 17 }, group: { updated: 1 } })
    expect(await byExternalId('/Users', 'u-1')).toMatchObject({ active: false, name: { familyName: 'King' } })
    expect(await byExternalId('/Groups', 'g"2')).toMatchObject({ displayName: 'Somebody' })
    expect(await membersOf('g"2')).toEqual(['u-2'])
    const { id } = await byExternalId('/Users', 'n-7')
    const Operations = [{ op: 'replace', path: 'active', value: false }]
    await directory().ask('PATCH', `/Users/${id}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations,
    })
    const report: ReportRow[] = []
    const verified = await moving({ source, report: (row) => void report.push(row) }).verify()
    expect(verified.counts).toMatchObject({ person: { same: 17, differs: 1 }, group: { same: 3 } })
    expect(report).toEqual([{ kind: 'person', id: 'n-7', outcome: 'differs', fields: ['disabled'] }])
    expect((await moving({ source }).rollback()).counts).toMatchObject({ person: { removed: 17, blocked: 1 } })
  })

  it('takes back nobody who has changed something before an update', async () => {
    const changedTo = (title: string) => ({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'title', value: title }],
    })
    await moving({ source: listSource({ people: PEOPLE.slice(0, 2) }) }).run()
    const { id } = await byExternalId('/Users', 'u-1')
    await directory().ask('PATCH', `/Users/${id}`, changedTo('Countess'))
    const source = listSource({ people: PEOPLE.slice(0, 2).map((row) => ({ ...row, lastName: 'King' })) })
    expect((await moving({ source, update: true }).run()).counts.person).toMatchObject({ updated: 2 })
    expect((await moving({ source }).rollback()).counts.person).toMatchObject({ removed: 1, blocked: 1 })
    expect(await byExternalId('/Users', 'u-1')).toMatchObject({ title: 'Countess', name: { familyName: 'King' } })
  })

  it('takes nobody for the same person by an address, and no group by a name', async () => {
    const target = targetOf()
    await directory().ask('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'Ada@example.com',
      externalId: 'somebody-else',
      emails: [{ value: 'Ada@example.com', primary: true }],
    })
    await directory().ask('POST', '/Groups', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: 'Some',
    })
    const people = [...PEOPLE, { id: 'twin', email: 'BOB@example.com' }]
    const groups = [...GROUPS, { id: 'g-4', name: 'Everybody', members: [] }]
    const source = listSource({ ...ROWS, people, groups })
    const options = { source, target, linkVerifiedEmail: true, concurrency: 1 }
    const planned = await moving(options).plan()
    const { counts } = await moving(options).run()
    expect(planned.counts).toEqual(counts)
    expect(counts).toMatchObject({ person: { created: 17, conflicts: 2 }, group: { created: 2, conflicts: 2 } })
    expect(await rows(`select distinct code from dualauth.import_item where state = 'conflict' order by code`)).toEqual(
      [{ code: 'address_taken' }, { code: 'name_taken' }],
    )
  })

  it("takes nobody for its own, and no group, by an id that is another system's", async () => {
    const user = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      externalId: 'u-1',
      userName: 'zed@other.example',
    }
    const group = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], externalId: '1', displayName: 'Root' }
    expect((await directory().ask('POST', '/Users', user)).status).toBe(201)
    expect((await directory().ask('POST', '/Groups', group)).status).toBe(201)
    const link = { verifier: 'scim', issuer: 'urn:scim' }
    const source = listSource({
      people: PEOPLE.slice(0, 2),
      groups: [{ id: '1', name: 'Everybody', members: ['u-2'] }],
    })
    const planned = await moving({ source, link }).plan()
    const { counts } = await moving({ source, link }).run()
    expect(planned.counts).toEqual(counts)
    expect(counts).toMatchObject({ person: { created: 1, conflicts: 1 }, group: { conflicts: 1 } })
    expect(await rows(`select account_id from dualauth.identity_link`)).toEqual([{ account_id: 'u-2' }])
    expect(await rows(`select kind, account_id from dualauth.conflict`)).toEqual([
      { kind: 'external_id_of_another', account_id: 'u-1' },
    ])
    expect(await byExternalId('/Groups', '1')).toMatchObject({ displayName: 'Root' })
  })

  it('binds who is linked already, and unbinds them again', async () => {
    const { body } = await directory().ask('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'old@example.com',
      emails: [{ value: 'old@example.com', primary: true }],
    })
    const link = { verifier: 'scim', issuer: 'urn:scim' }
    await query(
      `insert into dualauth.identity_link (verifier, issuer, subject, account_id, how) values ('scim', 'urn:scim', $1, 'u-1', 'admin')`,
      [body.id],
    )
    const options = { source: listSource({ people: PEOPLE.slice(0, 2) }), link }
    expect((await moving(options).run()).counts.person).toMatchObject({ adopted: 1, created: 1 })
    expect(await byExternalId('/Users', 'u-1')).toMatchObject({ id: body.id })
    expect((await moving(options).rollback()).counts.person).toMatchObject({ kept: 1, removed: 1 })
    expect((await directory().all('/Users')).map(({ id, externalId }) => [id, externalId])).toEqual([
      [body.id, undefined],
    ])
  })

  it('brings in many side by side, and nobody the second time', async () => {
    const people = somePeople(server === 'SCIMMY' ? 60 : 30)
    const groups = Array.from({ length: 10 }, (_none, at) => ({
      id: `g-${at}`,
      name: `Group ${at}`,
      members: people.filter((_person, index) => index % 10 <= at).map(({ id }) => id),
    }))
    const memberships = people.slice(0, 20).map(({ id }) => ({ person: id, organization: '1' }))
    const source = listSource({ people, groups, memberships, organizations: ORGANIZATIONS })
    const { counts } = await moving({ source, concurrency: 16 }).run()
    expect(counts).toMatchObject({
      person: { created: people.length, failed: 0 },
      group: { created: 10, failed: 0 },
      membership: { created: 20, failed: 0 },
    })
    const sizes = (await directory().all('/Groups')).map(({ displayName, members }) => [
      displayName,
      (members as unknown[] | undefined)?.length,
    ])
    expect(Object.fromEntries(sizes)).toMatchObject({
      'Group 0': people.length / 10,
      'Group 9': people.length,
      'Acme "Ltd."': 20,
    })
    const before = writes().length
    expect(before).toBeGreaterThan(people.length + 10 + 20)
    await moving({ source }).run()
    expect(writes()).toHaveLength(before)
  })

  it('asks twice for somebody new', async () => {
    // With what it has learnt of the directory from the first two.
    const target = targetOf()
    await moving({ target, source: listSource({ people: somePeople(2) }) }).run()
    const before = directory().requests.length
    const { counts } = await moving({ target, source: listSource({ people: somePeople(12) }) }).run()
    expect(counts.person).toMatchObject({ created: 10, unchanged: 2 })
    expect(directory().requests.length - before).toBe(20)
  })

  it(`asks ${server} for members in a way that it understands`, async () => {
    await moving().run()
    const isByFilter = ({ path }: { readonly path: string }) => path.includes('members.value')
    expect(directory().requests.filter(isByFilter).length > 2).toBe(server === 'SCIMMY')
  })
})
