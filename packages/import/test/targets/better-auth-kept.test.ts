import { randomBytes, scryptSync } from 'node:crypto'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { admin, organization } from 'better-auth/plugins'
import { beforeEach, expect, it } from 'vitest'
import { betterAuthTarget, createImport, type ImportOptions, type ReportRow } from '../../src/index.js'
import { describePostgres } from '../support/database.js'
import { listSource, type Rows } from '../support/list-source.js'

/** As Better Auth writes it. */
function hashOf(password: string): string {
  const salt = randomBytes(16).toString('hex')
  const key = scryptSync(password, salt, 64, { N: 16384, r: 16, p: 1, maxmem: 128 * 16384 * 16 * 2 })
  return `${salt}:${key.toString('hex')}`
}

const ADA = { id: 'u-1', email: 'ada@example.com', emailVerified: true, name: 'Ada', passwordHash: hashOf('old horse') }
const BOB = { id: 'u-2', email: 'bob@example.com', emailVerified: true, name: 'Bob', passwordHash: hashOf('bob horse') }
const BOTH: Rows = { people: [ADA, BOB] }

describePostgres('an import into a Better Auth that people use already', ({ query, rows, pool }) => {
  const server = () =>
    betterAuth({
      database: pool(),
      baseURL: 'http://localhost:3000',
      secret: 'a secret of thirty-two characters',
      emailAndPassword: { enabled: true },
      plugins: [admin(), organization()],
      telemetry: { enabled: false },
      logger: { disabled: true },
    })
  beforeEach(async () => {
    await pool().query(
      'drop table if exists posts, member, invitation, organization, account, session, verification, "user" cascade',
    )
    await (await getMigrations(server().options)).runMigrations()
  })

  const moving = (people: Rows, more: Partial<ImportOptions> = {}) =>
    createImport({ query, source: listSource(people), target: betterAuthTarget({ query, pool: pool() }), ...more })
  const signIn = async (email: string, password: string) =>
    (await server().api.signInEmail({ body: { email, password }, asResponse: true })).status
  const signUp = async (email: string, password: string) => {
    await server().api.signUpEmail({ body: { email, password, name: 'New' } })
    await query('update "user" set "emailVerified" = true', [])
  }

  it('never gives an old password to somebody who has chosen one there', async () => {
    await signUp(ADA.email, 'new horse')
    const linking = { linkVerifiedEmail: true }
    expect((await moving({ people: [ADA] }, linking).run()).counts.person).toMatchObject({ adopted: 1 })
    const changed = { people: [{ ...ADA, name: 'Ada L.' }] }
    expect((await moving(changed, { ...linking, update: true }).run()).counts.person).toMatchObject({ updated: 1 })
    expect([await signIn(ADA.email, 'new horse'), await signIn(ADA.email, 'old horse')]).toEqual([200, 401])
  })

  it('does not let somebody in by an address who was disabled', async () => {
    await signUp(ADA.email, 'new horse')
    const { counts } = await moving({ people: [{ ...ADA, disabled: true }] }, { linkVerifiedEmail: true }).run()
    expect(counts.person).toMatchObject({ adopted: 0, conflicts: 1 })
  })

  it('goes on past an update that the database refuses', async () => {
    await moving(BOTH).run()
    await signUp('eve@example.com', 'eve horse')
    const people = [
      { ...ADA, email: 'eve@example.com' },
      { ...BOB, name: 'Bobby' },
    ]
    const report: ReportRow[] = []
    const { counts } = await moving({ people }, { update: true, report: (row) => void report.push(row) }).run()
    expect(counts.person).toMatchObject({ updated: 1, failed: 1 })
    expect(report).toContainEqual({ kind: 'person', id: 'u-1', outcome: 'failed', code: 'sqlstate_23505' })
  })

  it('takes nobody back with a run that only sent them again', async () => {
    const first = await moving(BOTH).run()
    const people = [{ ...ADA, name: 'Ada L.' }, BOB]
    const second = await moving({ people }, { update: true }).run()
    expect((await moving(BOTH).rollback({ run: second.run! })).counts.person).toMatchObject({ removed: 0 })
    expect((await moving(BOTH).rollback({ run: first.run! })).counts.person).toMatchObject({ removed: 2 })
  })

  it('knows of what a rollback left there by which run it came', async () => {
    const first = await moving(BOTH).run()
    await query(`update "user" set name = 'Changed' where id = 'u-1'`, [])
    for (const counts of [
      { removed: 1, blocked: 1 },
      { removed: 0, blocked: 1 },
    ])
      expect((await moving(BOTH).rollback({ run: first.run! })).counts.person).toMatchObject(counts)
  })

  it('rolls nobody back who has changed something before it was sent again', async () => {
    await moving(BOTH).run()
    await query(`update "user" set name = 'Her own' where id = 'u-1'`, [])
    const people = [ADA, BOB].map((person) => ({ ...person, emailVerified: false }))
    expect((await moving({ people }, { update: true }).run()).counts.person).toMatchObject({ updated: 2 })
    expect((await moving({ people }).rollback()).counts.person).toMatchObject({ removed: 1, blocked: 1 })
  })

  it('rolls nobody back to whom something of the application belongs', async () => {
    await moving({ ...BOTH, organizations: [{ id: 'o-1', name: 'Acme' }] }).run()
    await query('create table posts (id int primary key, "Author" text references "user" (id) on delete cascade)', [])
    await query(`insert into posts values (1, 'u-1')`, [])
    await query(
      `insert into invitation (id, "organizationId", email, role, status, "expiresAt", "inviterId")
       values ('i-1', 'o-1', 'eve@example.com', 'member', 'pending', now(), 'u-1')`,
      [],
    )
    const { counts } = await moving(BOTH).rollback()
    expect(counts).toMatchObject({ person: { removed: 1, blocked: 1 }, organization: { removed: 0, blocked: 1 } })
    expect(await rows('select id from posts')).toHaveLength(1)
    expect(await rows('select id from invitation')).toHaveLength(1)
  })

  it('makes of one role no other, and of a provider no password', async () => {
    const more: Rows = {
      people: [BOB, { ...ADA, externalIdentities: [{ provider: 'credential', subject: 'u-2' }] }],
      organizations: [{ id: 'o-1', name: 'Acme' }],
      memberships: [{ person: 'u-2', organization: 'o-1', roles: ['viewer,owner'] }],
    }
    const report: ReportRow[] = []
    await moving(more, { report: (row) => void report.push(row) }).run()
    expect(report.filter(({ outcome }) => outcome === 'failed').map(({ code }) => code)).toEqual([
      'invalid_provider',
      'invalid_role',
    ])
  })

  it('gives an account at a provider to one person only', async () => {
    const externalIdentities = [{ provider: 'google', subject: 'g-1' }]
    const people = [
      { ...ADA, externalIdentities },
      { ...BOB, externalIdentities },
    ]
    const planned = await moving({ people }).plan()
    const { counts } = await moving({ people }).run()
    expect(counts.person).toMatchObject({ created: 1, conflicts: 1 })
    expect(planned.counts).toEqual(counts)
    expect(await rows(`select "userId" as u from account where "providerId" = 'google'`)).toEqual([{ u: 'u-1' }])
  })
})
