import { randomBytes, scryptSync } from 'node:crypto'
import { isAuthError } from '@dualauth/core'
import { postgresEvidence } from '@dualauth/postgres'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { admin, organization } from 'better-auth/plugins'
import { beforeEach, describe, expect, it } from 'vitest'
import { betterAuthTarget, createImport, type BetterAuthTargetOptions, type ReportRow } from '../../src/index.js'
import { describePostgres } from '../support/database.js'
import { listSource } from '../support/list-source.js'

/** As Better Auth writes it. */
function hashOf(password: string): string {
  const salt = randomBytes(16).toString('hex')
  const key = scryptSync(password.normalize('NFKC'), salt, 64, { N: 16384, r: 16, p: 1, maxmem: 128 * 16384 * 16 * 2 })
  return `${salt}:${key.toString('hex')}`
}

const ADA = {
  id: 'u-1',
  email: 'Ada@Example.com',
  emailVerified: true,
  name: 'Ada',
  passwordHash: hashOf('correct horse'),
  createdAt: '2024-02-03T04:05:06.000Z',
}
const PEOPLE = [
  ADA,
  {
    id: 'u-2',
    email: 'bob@example.com',
    firstName: 'Bob',
    lastName: 'Stone',
    passwordHash: '$2b$10$abcdefghijklmnopqrstuuJwHEnVLdrzTvlkZqcZ2Ozu0CkhFqFHi',
  },
  { id: 'u-3', email: 'cleo@example.com', disabled: true, passwordHash: hashOf('correct horse') },
  { id: 'u-4', email: 'dan@example.com', externalIdentities: [{ provider: 'google', subject: 'g-4' }] },
  { id: 'u-5' },
]
const ORGANIZATIONS = [
  { id: 'o-1', name: 'Acme Ltd.' },
  { id: 'o-2', name: 'Globex', slug: 'globex' },
]
const MEMBERSHIPS = [
  { person: 'u-1', organization: 'o-1', roles: ['owner', 'billing'] },
  { person: 'u-2', organization: 'o-1' },
]

describePostgres('an import into Better Auth', ({ query, rows, pool }) => {
  const serverOn = (more: Partial<Parameters<typeof betterAuth>[0]> = {}) =>
    betterAuth({
      database: pool(),
      baseURL: 'http://localhost:3000',
      secret: randomBytes(32).toString('hex'),
      emailAndPassword: { enabled: true },
      plugins: [admin(), organization()],
      telemetry: { enabled: false },
      logger: { disabled: true },
      ...more,
    })
  const migrate = async (server: ReturnType<typeof serverOn>) => (await getMigrations(server.options)).runMigrations()
  let server: ReturnType<typeof serverOn>
  beforeEach(async () => {
    await pool().query(
      'drop table if exists member, invitation, organization, account, session, verification, "user" cascade',
    )
    await migrate((server = serverOn()))
  })

  const moving = (
    options: Partial<BetterAuthTargetOptions> = {},
    more: Partial<Parameters<typeof createImport>[0]> = {},
  ) =>
    createImport({
      query,
      source: listSource({ people: PEOPLE, organizations: ORGANIZATIONS, memberships: MEMBERSHIPS }),
      target: betterAuthTarget({ query, pool: pool(), ...options }),
      ...more,
    })
  const signIn = async (email: string, password = 'correct horse') =>
    (await server.api.signInEmail({ body: { email, password }, asResponse: true })).status

  it('lets people sign in with their old passwords, and nobody who was disabled', async () => {
    const report: ReportRow[] = []
    const planned = await moving().plan()
    const { counts } = await moving({}, { report: (row) => void report.push(row) }).run()
    expect(counts).toMatchObject({
      organization: { created: 2 },
      person: { read: 5, created: 4, failed: 1, resetRequired: 1 },
      membership: { created: 2 },
    })
    expect(planned.counts).toEqual(counts)
    expect(report.filter(({ outcome }) => outcome === 'failed')).toEqual([
      { kind: 'person', id: 'u-5', outcome: 'failed', code: 'no_email' },
    ])
    expect(await signIn('ada@example.com')).toBe(200)
    expect(await signIn('ada@example.com', 'wrong')).toBe(401)
    expect(await signIn('bob@example.com')).toBe(401)
    expect(await signIn('cleo@example.com')).toBe(403)
    expect(
      await rows(
        `select id, email, "emailVerified" as verified, name, "createdAt" as at from "user" where id < 'u-3' order by id`,
      ),
    ).toEqual([
      { id: 'u-1', email: 'ada@example.com', verified: true, name: 'Ada', at: new Date('2024-02-03T04:05:06Z') },
      { id: 'u-2', email: 'bob@example.com', verified: false, name: 'Bob Stone', at: expect.any(Date) as Date },
    ])
    expect(await rows(`select "accountId" as a, "userId" as u from account where "providerId" = 'google'`)).toEqual([
      { a: 'g-4', u: 'u-4' },
    ])
    expect(await rows(`select "organizationId" as o, role from member order by "userId"`)).toEqual([
      { o: 'o-1', role: 'owner,billing' },
      { o: 'o-1', role: 'member' },
    ])
    expect(await rows('select slug from organization order by 1')).toEqual([
      { slug: 'acme-ltd-o-1' },
      { slug: 'globex' },
    ])
  })

  it('writes nothing the second time, and says so', async () => {
    await moving().run()
    const before = await rows(
      'select xmin::text as x, id from "user" union all select xmin::text, id from account union all select xmin::text, id from member order by 2',
    )
    const { counts } = await moving().run()
    expect(counts.person).toMatchObject({ created: 0, updated: 0 })
    expect(
      await rows(
        'select xmin::text as x, id from "user" union all select xmin::text, id from account union all select xmin::text, id from member order by 2',
      ),
    ).toEqual(before)
    expect((await moving().verify()).counts.person).toMatchObject({ same: 4, differs: 0 })
  })

  it('leaves somebody alone who was there with the same address, and says so', async () => {
    await server.api.signUpEmail({ body: { email: 'ada@example.com', password: 'another horse', name: 'Somebody' } })
    const { counts } = await moving().run()
    expect(counts.person).toMatchObject({ created: 3, conflicts: 1 })
    expect(await signIn('ada@example.com', 'another horse')).toBe(200)
    expect(await signIn('ada@example.com')).toBe(401)
  })

  it('rolls back what nobody has used or changed, and nothing else', async () => {
    await server.api.signUpEmail({ body: { email: 'eve@example.com', password: 'correct horse', name: 'Eve' } })
    await moving().run()
    expect(await signIn('ada@example.com')).toBe(200)
    await query(`update "user" set name = 'Daniel' where id = 'u-4'`, [])
    const untouched = await rows(
      `select md5(string_agg(u::text, ',' order by id)) as sum from "user" u where id not in ('u-2', 'u-3')`,
    )
    const report: ReportRow[] = []
    const { counts } = await moving({}, { report: (row) => void report.push(row) }).rollback()
    expect(counts.person).toEqual({ removed: 2, kept: 0, blocked: 2 })
    expect(
      report
        .filter(({ outcome }) => outcome === 'blocked')
        .map(({ id, code }) => `${id} ${code}`)
        .toSorted(),
    ).toEqual(expect.arrayContaining(['u-1 in_use', 'u-4 changed']))
    expect(await rows(`select md5(string_agg(u::text, ',' order by id)) as sum from "user" u`)).toEqual(untouched)
    expect(await rows('select count(*)::int as n from account')).toEqual([{ n: 3 }])
    // What belongs to somebody who is in stays as well.
    expect(await rows('select "userId" as u from member')).toEqual([{ u: 'u-1' }])
  })

  it('rolls nobody back who was seen on the new side and has signed out since', async () => {
    await moving().run()
    const at = Date.now()
    const seen = {
      migration: 'default',
      user: 'u-2',
      verifier: 'better-auth',
      organization: null,
      firstAt: at,
      lastAt: at,
    }
    const day = new Date(at).toISOString().slice(0, 10)
    await postgresEvidence(query).write(
      [{ ...seen, day, side: 'new', outcome: 'accepted', client: 'browser', uses: 1, expiresAt: null }],
      {
        migration: 'default',
        instance: 'one',
        day,
        firstAt: at,
        lastAt: at,
        writtenAt: at,
        version: 1,
        lost: 0,
        ended: true,
      },
    )
    const { counts } = await moving().rollback()
    expect(counts).toMatchObject({ person: { removed: 3, blocked: 1 }, membership: { removed: 1, blocked: 1 } })
    expect(await rows('select id from "user"')).toEqual([{ id: 'u-2' }])
    await query('truncate dualauth.evidence, dualauth.evidence_day, dualauth.heartbeat', [])
  })

  it('sends again what has changed, but not over a password that was changed on the new side', async () => {
    await moving().run()
    const cookie = (
      await server.api.signInEmail({ body: { email: 'ada@example.com', password: 'correct horse' }, asResponse: true })
    ).headers
      .getSetCookie()
      .join('; ')
    await server.api.changePassword({
      body: { currentPassword: 'correct horse', newPassword: 'newer horse' },
      headers: new Headers({ cookie: cookie.split(';')[0]! }),
    })
    const people = [
      { ...ADA, name: 'Ada L.', passwordHash: hashOf('older horse') },
      { ...PEOPLE[1]!, email: 'bob@new.example.com', emailVerified: true, passwordHash: hashOf('older horse') },
    ]
    const { counts } = await moving({}, { source: listSource({ people }), update: true }).run()
    expect(counts.person).toMatchObject({ updated: 2 })
    expect(await signIn('ada@example.com', 'newer horse')).toBe(200)
    expect(
      await rows(
        `select name, "emailVerified" as verified from "user" where email in ('ada@example.com', 'bob@new.example.com') order by id`,
      ),
    ).toEqual([
      { name: 'Ada L.', verified: true },
      { name: 'Bob Stone', verified: true },
    ])
  })

  it('plans for two organizations with one slug what it does with them', async () => {
    const organizations = [
      { id: 'o-1', name: 'Acme', slug: 'acme' },
      { id: 'o-2', name: 'Other', slug: 'acme' },
      { id: 'o-3', name: 'Third', slug: 'Acme' },
    ]
    const source = listSource({ people: [ADA], organizations, memberships: [{ person: 'u-1', organization: 'o-2' }] })
    const planned = await moving({}, { source }).plan()
    const report: ReportRow[] = []
    const { counts } = await moving({}, { source, report: (row) => void report.push(row) }).run()
    expect(counts).toMatchObject({ organization: { created: 2, conflicts: 1 }, membership: { waiting: 1 } })
    expect(report).toContainEqual({ kind: 'organization', id: 'o-2', outcome: 'conflicts', code: 'slug_taken' })
    expect(planned.counts).toEqual(counts)
  })

  it('goes on past one that the database refuses', async () => {
    await query(`alter table "user" add constraint short check (length(name) < 10)`, [])
    const people = [ADA, { id: 'u-7', email: 'long@example.com', name: 'A name that is too long' }, PEOPLE[3]!]
    const { counts } = await moving({}, { source: listSource({ people }) }).run()
    expect(counts.person).toMatchObject({ created: 2, failed: 1 })
  })

  describe('that renamed its tables and columns', () => {
    it('writes where they are, with ids of its own and further columns', async () => {
      await pool().query(`drop table if exists accounts, app_sessions, people cascade`)
      const renamed = serverOn({
        user: {
          modelName: 'people',
          fields: { email: 'mail', emailVerified: 'mail_verified' },
          additionalFields: {
            legacyId: { type: 'string', required: false },
            locale: { type: 'string', required: true },
          },
        },
        session: { modelName: 'app_sessions' },
        account: { modelName: 'accounts' },
        advanced: { database: { generateId: 'uuid' } },
        plugins: [],
      })
      await migrate(renamed)
      const target = (further?: BetterAuthTargetOptions['further']) => ({
        tables: { user: 'people', session: 'app_sessions', account: 'accounts' },
        columns: { user: { email: 'mail', emailVerified: 'mail_verified' } },
        externalIds: { user: 'legacyId' },
        ...(further !== undefined && { further }),
      })
      const only = { source: listSource({ people: [ADA, PEOPLE[3]!] }) }
      await moving(target({ user: () => ({ locale: 'en' }) }), only).run()
      expect(
        await rows(
          `select "legacyId" as l, mail_verified as v, locale, id::text <> "legacyId" as own from people order by 1`,
        ),
      ).toEqual([
        { l: 'u-1', v: true, locale: 'en', own: true },
        { l: 'u-4', v: false, locale: 'en', own: true },
      ])
      const { status } = await renamed.api.signInEmail({
        body: { email: 'ada@example.com', password: 'correct horse' },
        asResponse: true,
      })
      expect(status).toBe(200)
      expect((await moving(target({ user: () => ({ locale: 'en' }) }), only).run()).counts.person).toMatchObject({
        created: 0,
      })
    })

    it('says which column wants a value that nothing gives', async () => {
      await query(`alter table "user" add column locale text not null`, [])
      const failure: unknown = await moving()
        .run()
        .catch((error: unknown) => error)
      expect(isAuthError(failure) && failure.message).toMatch(/further\.user.*"locale"/)
    })

    it.each([
      [{ tables: { user: 'nobody' } }, 'tables.user'],
      [{ columns: { user: { email: 'nowhere' } } }, 'columns.user.email'],
      [{ externalIds: { user: 'nowhere' } }, 'externalIds.user'],
    ])('says what is wrong with %j', async (options, named) => {
      const failure: unknown = await moving(options)
        .run()
        .catch((error: unknown) => error)
      expect(isAuthError(failure) && failure.code).toBe('configuration_invalid')
      expect((failure as Error).message).toContain(named)
    })
  })
})
