import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startScimmy } from '../../import/test/support/scim/scimmy-directory.js'
import { startFakeWorkos } from '../../testing/src/index.js'
import { describeCli } from './support/world.js'

// Seed row 130: a shell script that made each user by `curl`, put them into the group of their tenant and administrators into another,
// made groups that were missing, wrote the new id into `users`, and passed over what failed.
describeCli('what a script of curl and psql did', (world) => {
  let cwd: string
  beforeEach(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'dualauth-cli-'))
    await world.database.pool.query(`
      drop schema if exists app cascade; create schema app;
      truncate dualauth.import_item, dualauth.import_run, dualauth.import_target, dualauth.identity_link,
        dualauth.organization_map, dualauth.conflict;
      create table app.users (id int primary key, email text, name text, tenant_id text, is_admin boolean not null default false);
      insert into app.users values (1, 'ada@example.com', 'Ada O''Brien', 'acme', true), (2, 'bob@example.com', 'null', 'acme', false),
        (3, 'cleo@example.com', null, 'globex', false), (4, 'dan@example.com', 'Dan "; drop table app.users; --', 'globex', true),
        (5, null, 'Nobody', 'acme', false)`)
    const sql = {
      people: 'select id, email, name, tenant_id as organization from app.users',
      organizations: 'select distinct tenant_id as id, tenant_id as name from app.users',
      memberships: `select id as person, tenant_id as organization, case when is_admin then array['admin'] else array['member'] end as roles from app.users`,
      groups: `select 'admins'::text as id, 'Admins'::text as name, array_agg(id::text) as members from app.users where is_admin`,
    }
    for (const [name, select] of Object.entries(sql)) writeFileSync(join(cwd, `${name}.sql`), select)
  })
  afterEach(() => rmSync(cwd, { recursive: true }))

  const SELECTS = '--people @people.sql --organizations @organizations.sql --memberships @memberships.sql'
  const linked = async (verifier: string) => {
    const sql = 'select account_id, subject from dualauth.identity_link where verifier = $1 order by account_id'
    return world.database.query(sql, [verifier])
  }
  const reported = (name: string) =>
    readFileSync(join(cwd, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  it('is one import by SCIM: users, groups of tenants and of administrators, and links instead of a new column', async () => {
    const directory = await startScimmy()
    try {
      const env = { SCIM_URL: directory.url, SCIM_TOKEN: directory.token }
      const command = (args: string) =>
        world.dualauth(`import ${SELECTS} --groups @groups.sql --to scim --link idp=https://id.example.com/ ${args}`, {
          cwd,
          env,
        })
      const planned = JSON.parse((await command('--dry-run --json')).out)
      expect([...directory.all('/Users'), ...directory.all('/Groups')]).toEqual([])
      // Twice at once: no group is made twice.
      const both = await Promise.all([command('--yes --json'), command('--yes --json')])
      // One that ends while the other has some of it in hand says that it is not all.
      expect(both.filter(({ code }) => code !== 0 && code !== 3)).toEqual([])
      expect(planned.counts).toMatchObject({
        person: { created: 5 },
        organization: { created: 2 },
        group: { created: 1 },
      })
      expect(await command('--yes')).toMatchObject({ code: 0 })
      expect(
        directory
          .all('/Groups')
          .map(({ displayName, members }) => [displayName, (members as unknown[]).length])
          .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
      ).toEqual([
        ['Admins', 2],
        ['acme', 3],
        ['globex', 2],
      ])
      const users = directory.all('/Users')
      expect(users.map(({ displayName }) => String(displayName ?? '(none)')).toSorted()).toEqual(
        ["Ada O'Brien", 'Dan "; drop table app.users; --', 'Nobody', '(none)', 'null'].toSorted(),
      )
      expect(await linked('idp')).toEqual(
        ['1', '2', '3', '4', '5'].map((id) => ({
          account_id: id,
          subject: users.find(({ externalId }) => externalId === id)!.id,
        })),
      )
      expect(await command('--verify')).toMatchObject({ code: 0 })
    } finally {
      await directory.close()
    }
  })

  it('is one import into WorkOS, where administrators have a role, and whoever fails is on record', async () => {
    const fake = await startFakeWorkos()
    try {
      const env = { WORKOS_API_KEY: fake.apiKey, WORKOS_API_URL: fake.origin }
      const command = (args: string) =>
        world.dualauth(`import ${SELECTS} --to workos --link workos=https://api.workos.com/ ${args}`, { cwd, env })
      await command('--dry-run')
      expect(fake.directory.log).toEqual([])
      expect(await command('--yes --report report.ndjson')).toMatchObject({ code: 1 })
      expect(reported('report.ndjson').filter(({ outcome }) => outcome === 'failed')).toMatchObject([
        { kind: 'person', id: '5', code: 'no_email' },
      ])
      const made = (kind: string) =>
        fake.directory.log.filter(({ event }) => event === `${kind}.created`).map(({ data }) => data)
      expect(
        made('user')
          .map(({ external_id }) => String(external_id))
          .toSorted(),
      ).toEqual(['1', '2', '3', '4'])
      expect(made('organization')).toHaveLength(2)
      expect(
        made('organization_membership').filter(({ role }) => (role as { slug: string }).slug === 'admin'),
      ).toHaveLength(2)
      expect(await linked('workos')).toHaveLength(4)
      await world.database.query(`update app.users set email = 'eve@example.com' where id = 5`, [])
      expect(await command('--yes')).toMatchObject({ code: 0 })
      expect(made('organization_membership')).toHaveLength(5)
    } finally {
      await fake.close()
    }
  })
})
