import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { startScimmy } from '../../import/test/support/scim/scimmy-directory.js'
import { eachMoving } from './support/moving.js'
import { describeCli } from './support/world.js'

describeCli('dualauth import', (world) => {
  let cwd: string
  const folder = eachMoving(
    world,
    `create table app.users (id int primary key, email text, verified boolean, password_hash text, tenant text);
    insert into app.users select n, 'person' || n || '@example.com', n % 2 = 0, 'hash-' || n, 'acme' from generate_series(1, 12) n;
    insert into app.users values (13, 'no address', true, null, 'acme')`,
    'select id, email, verified as email_verified, password_hash, tenant as organization from app.users',
  )
  beforeEach(() => void (cwd = folder()))
  const imported = (args: string) => world.dualauth(`import --people @people.sql --to file:out ${args}`, { cwd })
  const lines = (name: string) =>
    readFileSync(join(cwd, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  it('says what it would do, does it, and has nothing to do the second time', async () => {
    const planned = await imported('--dry-run --json')
    expect(JSON.parse(planned.out)).toMatchObject({
      run: null,
      counts: { person: { read: 13, created: 12, failed: 1 } },
    })
    expect(() => lines('out/people.ndjson')).toThrow('ENOENT')
    const first = await imported('--yes --report report.ndjson')
    expect(first).toMatchObject({
      code: 1,
      out: expect.stringMatching(/People +13 +12 +1[^]*People failed: 1 invalid_email\n/),
    })
    expect(lines('out/people.ndjson')).toHaveLength(12)
    expect(lines('report.ndjson')).toHaveLength(13)
    expect(readFileSync(join(cwd, 'report.ndjson'), 'utf8')).not.toMatch(/@|hash-|no address/)
    expect(first.out + first.err + planned.out).not.toMatch(/person\d|hash-|no address/)
    const again = JSON.parse((await imported('--yes --json')).out)
    expect(again.counts.person).toMatchObject({ created: 0, unchanged: 12 })
    expect(await imported('--verify')).toMatchObject({ code: 1 })
    await world.database.query('delete from app.users where id = 13', [])
    await world.database.query(`delete from dualauth.import_item where source_id = '13'`, [])
    expect(await imported('--verify')).toMatchObject({ code: 0 })
  })

  it('sends again what has changed, and takes everything back', async () => {
    await world.database.query('delete from app.users where id = 13', [])
    expect((await imported('--yes')).code).toBe(0)
    await world.database.query(`update app.users set verified = true where id = 1`, [])
    expect((await imported('--verify')).code).toBe(1)
    expect(JSON.parse((await imported('--yes --update --json')).out).counts.person).toMatchObject({ updated: 1 })
    const back = await imported('--rollback --yes --json')
    expect(JSON.parse(back.out).counts.person).toMatchObject({ removed: 12, blocked: 0 })
    expect(back.code).toBe(0)
    expect(readFileSync(join(cwd, 'out/people.ndjson'), 'utf8')).toBe('')
  })

  it('imports only the people that are named', async () => {
    writeFileSync(join(cwd, 'ids.txt'), '3\n5\r\n')
    expect(JSON.parse((await imported('--only ids.txt --yes --json')).out).counts.person).toMatchObject({ created: 2 })
    expect(lines('out/people.ndjson').map(({ id }) => id)).toEqual(['3', '5'])
  })

  it('reads files, and a module of the application', async () => {
    writeFileSync(join(cwd, 'people.csv'), 'id,email\n1,a@example.com\n')
    expect((await world.process('import --from people.csv --to file:csv --yes', { cwd })).code).toBe(0)
    writeFileSync(
      join(cwd, 'moving.mjs'),
      `export const source = { name: 'mine', people: async function* () { yield { id: 'u-1', email: 'a@example.com' } } }`,
    )
    const made = await world.dualauth('import --config moving.mjs --to file:mine --yes --json', { cwd })
    expect(JSON.parse(made.out).counts.person).toMatchObject({ created: 1 })
  })

  it('reads what Auth.js, Auth0, Clerk and WorkOS have of people', async () => {
    const created = async (from: string) => {
      const made = await world.dualauth(`import --from ${from} --to file:${from.replaceAll(/\W/g, '')} --yes --json`, {
        cwd,
      })
      return [made.err, JSON.parse(made.out).counts.person.created]
    }
    await world.database.pool.query(`
      create table if not exists users (id int primary key, email text, "emailVerified" timestamptz);
      create table if not exists accounts ("userId" int, type text, provider text, "providerAccountId" text);
      truncate users; insert into users values (1, 'a@example.com', now())`)
    expect(await created('authjs')).toEqual(['', 1])
    await world.database.pool.query('drop table users, accounts')
    writeFileSync(join(cwd, 'users.ndjson'), '{"user_id":"auth0|1","email":"a@example.com"}\n')
    writeFileSync(join(cwd, 'hashes.ndjson'), '{"_id":{"$oid":"1"},"passwordHash":"$2b$10$hash"}\n')
    expect(await created('auth0:users.ndjson --hashes hashes.ndjson')).toEqual(['', 1])
    expect(lines('auth0usersndjsonhasheshashesndjson/people.ndjson')).toMatchObject([{ passwordHash: '$2b$10$hash' }])
    writeFileSync(join(cwd, 'clerk.json'), '[{"id":"user_1","email_addresses":[]}]')
    expect(await created('clerk:clerk.json')).toEqual(['', 1])
    writeFileSync(join(cwd, 'users.csv'), 'email,external_id\na@example.com,u-1\n')
    expect(await created('workos-package:.')).toEqual(['', 1])
    expect(await created('workos-package:users.csv')).toEqual(['', 1])
  })

  it('makes users, groups and members in a directory, and takes them back', async () => {
    const directory = await startScimmy()
    try {
      await world.database.query('delete from app.users where id > 4', [])
      writeFileSync(
        join(cwd, 'groups.sql'),
        `select 'staff'::text as id, 'Staff'::text as name, array['1', '2', '3'] as members`,
      )
      const env = { SCIM_URL: directory.url, SCIM_TOKEN: directory.token }
      const scim = (args: string) =>
        world.dualauth(`import --people @people.sql --groups @groups.sql --to scim ${args}`, { cwd, env })
      const planned = await scim('--dry-run --json')
      expect(directory.all('/Users')).toEqual([])
      const made = await scim('--yes --json')
      expect(JSON.parse(made.out).counts).toEqual(JSON.parse(planned.out).counts)
      expect(JSON.parse(made.out).counts).toMatchObject({
        person: { created: 4, resetRequired: 4 },
        group: { created: 1 },
      })
      expect(
        directory
          .all('/Users')
          .map(({ externalId }) => String(externalId))
          .toSorted(),
      ).toEqual(['1', '2', '3', '4'])
      expect(directory.all('/Groups')).toMatchObject([{ externalId: 'staff', members: [{}, {}, {}] }])
      expect(await scim('--verify')).toMatchObject({ code: 0 })
      expect(await scim('--rollback --yes')).toMatchObject({ code: 0 })
      expect([...directory.all('/Users'), ...directory.all('/Groups')]).toEqual([])
      const wrong = await world.dualauth(`import --people @people.sql --to scim --yes`, {
        cwd,
        env: { ...env, SCIM_TOKEN: 'not-the-token-at-all' },
      })
      expect(wrong.code).not.toBe(0)
      expect(wrong.out + wrong.err).toContain('status_401')
      expect(wrong.out + wrong.err).not.toContain('not-the-token')
    } finally {
      await directory.close()
    }
  })

  it('says that it is not finished where another process, or one that was killed, holds rows', async () => {
    await imported('--yes')
    await world.database.query(
      `update dualauth.import_item set state = 'claimed', worker = 'killed', lease_until = pg_catalog.now() + interval '4 minutes' where source_id = '3'`,
      [],
    )
    const held = await imported('--yes')
    expect(held).toMatchObject({
      code: 3,
      out: expect.stringContaining('killed: 1. Rows of a killed process are released'),
    })
    await world.database.query(
      `update dualauth.import_item set lease_until = pg_catalog.now() where source_id = '3'`,
      [],
    )
    expect(await imported('--yes')).toMatchObject({ code: 1, out: expect.not.stringContaining('killed') })
  })

  it('tells a mistake in a SELECT from a schema that is missing', async () => {
    writeFileSync(join(cwd, 'wrong.sql'), 'select id, emial from app.users')
    for (const args of ['--dry-run', '--yes', '--verify'])
      expect(await world.dualauth(`import --people @wrong.sql --to file:out ${args}`, { cwd })).toMatchObject({
        code: 64,
        err: 'dualauth: sqlSource.people: is refused by PostgreSQL (42703): column "emial" does not exist\n',
      })
  })

  it('takes no answer for no, and asks on a terminal', async () => {
    const running = world.onTerminal(`import --from ${join(cwd, 'people.csv')} --to file:${join(cwd, 'asked')}`)
    writeFileSync(join(cwd, 'people.csv'), 'id,email\n1,a@example.com\n')
    await running.says('[y/N]')
    running.child.stdin.write('n\n')
    expect((await running.ended).code).toBe(1)
  })

  it.each([
    ['import --to file:out --yes', 'Say who is imported'],
    ['import --people @people.sql --yes', 'Say where people go'],
    ['import --people @people.sql --to better-auth --yes', 'no table "user"'],
    ['import --people @people.sql --to workos --yes', 'WORKOS_API_KEY'],
    ['import --people @people.sql --to scim --yes', 'SCIM_URL'],
    ['import --people @absent.sql --to file:out --yes', 'cannot be read'],
    ['import --from absent.csv --to file:out --yes', 'no such file'],
    ['import --people @people.sql --to file:out', '--yes'],
    ['import --people @people.sql --to file:out --only absent --yes', '--only'],
    [
      'import --people @people.sql --to file:out --report people.sql --yes',
      'The file of --report is a file that already exists',
    ],
    ['import --people @people.sql --to file:out --passwords bcrypt --yes', '--passwords'],
    ['import --people @people.sql --to file:out --link x --yes', 'verifier=issuer'],
    ['import --people @people.sql --to file:out --rps nothing --yes', 'whole number'],
    ['import --config absent.mjs --to file:out --yes', '--config'],
    ['import --from auth0: --to file:out --yes', '--from auth0:FILE'],
    ['import --from clerk:absent.json --to file:out --yes', 'no such file'],
    ['import --from authjs --to file:out --yes', 'no tables of Auth.js'],
    ['import --people @people.sql --hashes people.sql --to file:out --yes', '--hashes goes with'],
    [
      'import --people @people.sql --to better-auth --passwords bcrypt,argon2 --yes',
      'unknown format "argon2"; the known formats are',
    ],
    ['import --from . --to file:out --yes', 'there is no file people.ndjson'],
    ['import --people @people.sql --to file:out --rollback --dry-run', "cannot be used with option '--dry-run'"],
    ['import --people @people.sql --to file:out --verify --dry-run', "cannot be used with option '--dry-run'"],
    ['import --people @people.sql --to file:out --rollback --verify', "cannot be used with option '--verify'"],
  ])('says what is wrong with `%s`', async (args, words) => {
    expect(await world.dualauth(args, { cwd })).toMatchObject({
      code: 64,
      out: '',
      err: expect.stringContaining(words),
    })
  })
})
