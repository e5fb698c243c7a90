import { randomBytes, scryptSync } from 'node:crypto'
import { startFakeWorkos, type FakeWorkos, type WorkosFailure } from '@dualauth/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createImport, workosTarget, type ReportRow, type WorkosTargetOptions } from '../../src/index.js'
import { passwordOf } from '../../src/targets/workos/password.js'
import { describePglite } from '../support/database.js'
import { listSource } from '../support/list-source.js'

const BCRYPT = '$2b$10$abcdefghijklmnopqrstuuJwHEnVLdrzTvlkZqcZ2Ozu0CkhFqFHi'
const SALT = randomBytes(16).toString('hex')
const KEY = scryptSync('correct horse', SALT, 64, { N: 16384, r: 16, p: 1, maxmem: 2 ** 26 })

const PEOPLE = [
  {
    id: 'u-1',
    email: 'Ada@example.com',
    emailVerified: true,
    firstName: 'Ada',
    lastName: 'Lovelace',
    passwordHash: `${SALT}:${KEY.toString('hex')}`,
    metadata: { plan: 'pro', seats: 3 },
  },
  { id: 'u-2', email: 'bob@example.com', name: 'Bob', passwordHash: BCRYPT },
  { id: 'u-3', email: 'cleo@example.com', disabled: true },
  { id: 'u-4', email: 'dan@example.com', passwordHash: '$6$salt$hash' },
  { id: 'u-5' },
  { id: 'ü-6', email: 'eve@example.com' },
  { id: 'u-7', email: 'fay@example.com', passwordHash: '$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g' },
]
const ORGANIZATIONS = [
  { id: 'o/1', name: 'Acme Ltd.' },
  { id: 'o-2', name: 'Globex' },
]
const MEMBERSHIPS = [
  { person: 'u-1', organization: 'o/1', roles: ['admin', 'billing'] },
  { person: 'u-2', organization: 'o/1', roles: ['member'] },
  { person: 'u-4', organization: 'o/1' },
]
const ROWS = { people: PEOPLE, organizations: ORGANIZATIONS, memberships: MEMBERSHIPS }

describePglite('an import into WorkOS', ({ query, rows }) => {
  let fake: FakeWorkos
  beforeEach(async () => {
    fake = await startFakeWorkos()
  })
  afterEach(() => fake.close())

  const targetOf = (options: Partial<WorkosTargetOptions> = {}) =>
    workosTarget({ apiKey: fake.apiKey, apiUrl: fake.origin, ...options })
  const moving = (more: Partial<Parameters<typeof createImport>[0]> = {}) =>
    createImport({ query, source: listSource(ROWS), target: targetOf(), ...more })
  const writes = () => fake.management.requests.filter(({ method }) => method !== 'GET')
  const made = (kind: string) =>
    fake.directory.log.filter(({ event }) => event === `${kind}.created`).map(({ data }) => data)
  const userOf = (externalId: string) => made('user').find(({ external_id }) => external_id === externalId)!

  it('brings in people, organizations and memberships, and refuses what WorkOS cannot hold', async () => {
    const report: ReportRow[] = []
    const planned = await moving().plan()
    expect(writes()).toEqual([])
    const { counts } = await moving({ report: (row) => void report.push(row) }).run()
    expect(counts).toMatchObject({
      organization: { created: 2 },
      person: { read: 7, created: 4, failed: 3, resetRequired: 2 },
      membership: { created: 3 },
    })
    expect(planned.counts).toEqual(counts)
    const failed = report.filter(({ outcome }) => outcome === 'failed').map(({ id, code }) => [id, code])
    expect(Object.fromEntries(failed)).toEqual({
      'u-3': 'disabled_unsupported',
      'u-5': 'no_email',
      'ü-6': 'invalid_id',
    })
    expect(userOf('u-1')).toMatchObject({
      email: 'Ada@example.com',
      email_verified: true,
      first_name: 'Ada',
      last_name: 'Lovelace',
      metadata: { plan: 'pro', seats: '3' },
    })
    expect(userOf('u-2')).toMatchObject({ email_verified: false, name: 'Bob' })
    expect(made('organization').map(({ external_id, name }) => [external_id, name])).toEqual(
      expect.arrayContaining([
        ['o/1', 'Acme Ltd.'],
        ['o-2', 'Globex'],
      ]),
    )
    const ofAda = made('organization_membership').find(({ user_id }) => user_id === userOf('u-1')['id'])
    expect(ofAda).toMatchObject({ roles: [{ slug: 'admin' }, { slug: 'billing' }] })
    const verified = await moving().verify()
    expect(verified.counts).toMatchObject({
      organization: { same: 2, differs: 0 },
      person: { same: 4, differs: 0 },
      membership: { same: 3, differs: 0 },
    })
  })

  it('sends nothing the second time', async () => {
    await moving().run()
    const before = writes().length
    const { counts } = await moving().run()
    expect(counts).toMatchObject({
      organization: { unchanged: 2 },
      person: { unchanged: 4 },
      membership: { unchanged: 3 },
    })
    expect(writes()).toHaveLength(before)
  })

  it('finds by the external id what it has made, though the ledger is lost', async () => {
    await moving().run()
    const before = writes().length
    const again = moving({ target: targetOf({ name: 'workos:again' }) })
    await query(`truncate dualauth.identity_link, dualauth.organization_map`, [])
    const { counts } = await again.run()
    expect(counts).toMatchObject({ organization: { adopted: 2 }, person: { adopted: 4 }, membership: { adopted: 3 } })
    expect(writes()).toHaveLength(before)
  })

  it('takes nobody for the same person by an address alone, and binds one where that was asked for', async () => {
    const { id } = fake.directory.create('user', { email: 'ada@example.com', email_verified: true })
    const planned = await moving().plan()
    expect(planned.counts).toMatchObject({ person: { conflicts: 1 } })
    const { counts } = await moving().run()
    expect(counts).toMatchObject({ person: { created: 3, conflicts: 1 } })
    await query('truncate dualauth.import_item, dualauth.conflict', [])
    await query('truncate dualauth.identity_link, dualauth.organization_map', [])
    const linked = moving({ linkVerifiedEmail: true })
    expect((await linked.run()).counts).toMatchObject({ person: { created: 0, adopted: 4 } })
    expect(fake.directory.update('user', id, {})).toMatchObject({ external_id: 'u-1' })
    await linked.rollback()
    expect(fake.directory.update('user', id, {})).toMatchObject({ external_id: null })
  })

  it('asks twice for somebody new, and once more for whoever has an address that is taken', async () => {
    const { id } = fake.directory.create('user', { email: 'p3@example.com', email_verified: true })
    const link = { verifier: 'workos', issuer: 'urn:workos' }
    const source = listSource({
      people: Array.from({ length: 10 }, (_none, at) => ({ id: `p${at}`, email: `p${at}@example.com` })),
    })
    let asked = 0
    const target = targetOf({ fetch: (url, init) => (asked++, fetch(url, init)) })
    const planned = await moving({ source, link, target }).plan()
    expect(asked).toBe(20)
    asked = 0
    const { counts } = await moving({ source, link, target }).run()
    expect(counts).toMatchObject({ person: { created: 9, conflicts: 1 } })
    expect(planned.counts).toEqual(counts)
    expect(asked).toBe(9 * 2 + 3)
    expect(await rows('select kind, subject, account_id from dualauth.conflict')).toEqual([
      { kind: 'address_taken', subject: id, account_id: 'p3' },
    ])
    // Somebody decides that they are the same; nobody deletes that person for it.
    fake.directory.update('user', id, { external_id: 'p3' })
    expect((await moving({ source, link, retryFailed: true }).run()).counts.person).toMatchObject({ adopted: 1 })
    expect((await moving({ source, link }).rollback()).counts.person).toEqual({ removed: 9, kept: 1, blocked: 0 })
  })

  describe.each<[string, WorkosFailure]>([
    ['is asked to wait', { mode: { status: 429, headers: { 'retry-after': '0' } } }],
    ['gets a 500, and nothing was done', { mode: 'status-500' }],
    ['gets a 500, and it was done', { mode: 'status-500', commits: true }],
    ['loses the connection before it was done', { mode: 'reset' }],
    ['loses the connection after it was done', { mode: 'reset', commits: true }],
    ['gets half an answer, and it was done', { mode: 'bad-json', commits: true }],
    ['gets no answer in time, and it was done', { mode: 'hang', commits: true }],
  ])('that %s', (_name, failure) => {
    it('loses nobody, and makes nobody twice', async () => {
      // Every other request that changes something, of the first six: each 429 halves the pace.
      let turn = 0
      fake.management.fails = ({ method }) => (method !== 'GET' && turn++ % 2 === 0 && turn < 7 ? failure : null)
      const { counts } = await moving({ target: targetOf({ timeoutMs: 300 }) }).run()
      fake.management.fails = () => null
      expect(counts).toMatchObject({
        organization: { failed: 0, waiting: 0 },
        person: { failed: 3, waiting: 0 },
        membership: { failed: 0, waiting: 0 },
      })
      const ids = (kind: string) =>
        made(kind)
          .map(({ external_id }) => String(external_id))
          .toSorted()
      expect(ids('user')).toEqual(['u-1', 'u-2', 'u-4', 'u-7'])
      expect(ids('organization')).toEqual(['o-2', 'o/1'])
      expect(made('organization_membership')).toHaveLength(3)
      const { counts: verified } = await moving().verify()
      expect(verified).toMatchObject({ organization: { same: 2 }, person: { same: 4 }, membership: { same: 3 } })
    }, 30_000)
  })

  it('ends where the key is none, and shows no key', async () => {
    const apiKey = 'sk_test_nobody_may_see_this'
    const error: unknown = await moving({ target: targetOf({ apiKey }) })
      .run()
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ kind: 'fatal', code: 'status_401' })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('nobody_may')
    expect(writes()).toEqual([])
  })

  it('takes back what nobody has used or changed, and nothing else', async () => {
    await moving().run()
    fake.directory.update('user', userOf('u-1')['id'] as string, { last_sign_in_at: new Date().toISOString() })
    fake.directory.update('user', userOf('u-2')['id'] as string, { updated_at: '2000-01-01T00:00:00.000Z' })
    const report: ReportRow[] = []
    const { counts } = await moving({ report: (row) => void report.push(row) }).rollback()
    expect(counts).toMatchObject({
      membership: { removed: 3 },
      person: { removed: 2, blocked: 2 },
      organization: { removed: 2 },
    })
    expect(report.filter(({ outcome }) => outcome === 'blocked').map(({ id, code }) => [id, code])).toEqual(
      expect.arrayContaining([
        ['u-1', 'in_use'],
        ['u-2', 'changed'],
      ]),
    )
  })

  it('keeps a person and an organization that somebody else has made a membership of', async () => {
    await moving().run()
    const organization = made('organization').find(({ external_id }) => external_id === 'o-2')!
    fake.directory.create('organization_membership', {
      user_id: userOf('u-4')['id'],
      organization_id: organization['id'],
    })
    const { counts } = await moving().rollback()
    expect(counts).toMatchObject({ person: { removed: 3, blocked: 1 }, organization: { removed: 1, blocked: 1 } })
  })

  it('takes back nobody who has changed something before an update, and gives them no old password', async () => {
    const bodies: string[] = []
    const target = targetOf({
      fetch: (url, init) => {
        if (init.method === 'PUT') bodies.push(String(init.body))
        return fetch(url, init)
      },
    })
    const people = PEOPLE.slice(0, 2)
    await moving({ target, source: listSource({ people }) }).run()
    const { id } = userOf('u-1')
    fake.directory.update('user', id as string, { last_name: 'King', updated_at: '2000-01-01T00:00:00.000Z' })
    const source = listSource({ people: people.map((row) => ({ ...row, firstName: 'Augusta' })) })
    const updating = moving({ target, source, update: true, concurrency: 1 })
    expect((await updating.run()).counts.person).toMatchObject({ updated: 2 })
    expect(bodies.map((body) => body.includes('password_hash'))).toEqual([false, true])
    expect((await updating.rollback()).counts.person).toMatchObject({ removed: 1, blocked: 1 })
    expect(fake.directory.update('user', id as string, {})).toMatchObject({ first_name: 'Augusta' })
  })

  it('changes nobody whom somebody has bound to another id since', async () => {
    const people = PEOPLE.slice(0, 1)
    await moving({ source: listSource({ people }) }).run()
    fake.directory.update('user', userOf('u-1')['id'] as string, { external_id: 'somebody-else' })
    const before = writes().length
    const source = listSource({ people: people.map((row) => ({ ...row, email: 'new@example.com' })) })
    expect((await moving({ source, update: true }).run()).counts.person).toMatchObject({ updated: 0, failed: 1 })
    expect(await rows('select code from dualauth.import_item')).toEqual([{ code: 'external_id_differs' }])
    expect(writes()).toHaveLength(before)
  })

  it('sends again what has changed, and lets nobody stay unnoticed who was disabled since', async () => {
    await moving().run()
    const people = PEOPLE.map((row) =>
      row.id === 'u-1' ? { ...row, firstName: 'Augusta' } : row.id === 'u-2' ? { ...row, disabled: true } : row,
    )
    const memberships = MEMBERSHIPS.map((row) => (row.person === 'u-1' ? { ...row, roles: ['admin'] } : row))
    const source = listSource({ ...ROWS, people, memberships })
    const { counts } = await moving({ source, update: true }).run()
    expect(counts).toMatchObject({ person: { updated: 1, failed: 4 }, membership: { updated: 1 } })
    const verified = await moving({ source }).verify()
    expect(verified.counts).toMatchObject({ person: { differs: 0 }, membership: { differs: 0, same: 3 } })
  })
})

describe('a hash of a password, as WorkOS takes it', () => {
  const written = (hash: string, format: string | null = null) => passwordOf({ hash, format })?.password_hash ?? null

  it('is scrypt for one of Better Auth, and still that of the password', () => {
    const hash = written(`${SALT}:${KEY.toString('hex')}`)!
    const [, , version, cost, salt, key] = hash.split('$')
    expect([version, cost]).toEqual(['v=1', 'n=16384,r=16,p=1,kl=64'])
    const again = scryptSync('correct horse', Buffer.from(salt!, 'base64'), 64, {
      N: 16384,
      r: 16,
      p: 1,
      maxmem: 2 ** 26,
    })
    expect(again.toString('base64').replace(/=+$/, '')).toBe(key)
  })

  it.each([
    ['$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA', '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA'],
    ['$argon2id$v=19$m=65536,t=6,p=4$c2FsdHNhbHQ$aGFzaA', null],
    ['$scrypt$ln=14,r=8,p=1$c2FsdA$aGFzaA', '$scrypt$v=1$n=16384,r=8,p=1,kl=4$c2FsdA$aGFzaA'],
    ['$pbkdf2-sha256$600000$c2.sdA$aGFzaA', '$pbkdf2$i=600000,d=sha256$c2+sdA$aGFzaA'],
    ['$pbkdf2-sha256$29000$c2FsdA$aGFzaA', null],
    ['$pbkdf2$i=210000,d=sha512$c2FsdA$aGFzaA', '$pbkdf2$i=210000,d=sha512$c2FsdA$aGFzaA'],
    ['{SSHA}c2FsdGhhc2g=', '{SSHA}c2FsdGhhc2g='],
    ['{SSHA256}c2FsdGhhc2g=', null],
  ])('%s becomes %s', (hash, expected) => {
    expect(written(hash)).toBe(expected)
  })
})

describe('workosTarget', () => {
  it.each([
    [{ apiKey: 'secret-without-prefix' }, 'apiKey'],
    [{ apiKey: 'sk_test_12345678', apiUrl: 'http://api.workos.com' }, 'apiUrl'],
    [{ apiKey: 'sk_test_12345678', timeoutMs: 0 }, 'timeoutMs'],
  ])('refuses %j by the name of the option', (options, name) => {
    let error: unknown
    try {
      workosTarget(options)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'configuration_invalid', message: expect.stringContaining(name) as string })
    expect((error as Error).message).not.toContain('secret-without')
  })
})
