import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { installSchema, openDatabase, printSchema, schemaFiles, type Database } from '../../src/index.js'
import { describeDatabases, describePostgres } from '../support/databases.js'

const NAMES = schemaFiles.map(({ name }) => name)

describeDatabases('installSchema', ({ query, run }) => {
  const tables = async () =>
    (
      await query(
        `select table_name from information_schema.tables where table_schema = 'dualauth' and table_type = 'BASE TABLE' order by 1`,
        [],
      )
    ).map((row) => row['table_name'])

  it('creates what is missing, once, one statement at a time', async () => {
    const [sent, recorded] = [
      [] as string[],
      (sql: string, params: readonly unknown[]) => (sent.push(sql), query(sql, params)),
    ]
    expect(await installSchema(recorded)).toEqual(NAMES)
    expect(await installSchema(recorded)).toEqual([])
    expect(await tables()).toEqual([
      'api_key',
      'api_key_owner',
      'api_key_rotation',
      'audit',
      'conflict',
      'evidence',
      'evidence_day',
      'exchange',
      'exchange_relation',
      'heartbeat',
      'identity_link',
      'import_item',
      'import_run',
      'import_target',
      'organization_map',
      'permission_grant',
      'policy',
      'provisioning',
      'schema_version',
      'workos_cursor',
      'workos_event',
      'workos_import',
      'workos_membership',
      'workos_organization',
      'workos_user',
    ])
    // A driver over HTTP knows neither a transaction nor a session.
    for (const sql of sent) expect(sql).not.toMatch(/(?<!')\b(?:begin;|commit|rollback|listen|notify|set )\b/i)
  })

  it('takes a schema that a migration tool of the application has applied', async () => {
    await run('drop schema dualauth cascade')
    await run(printSchema())
    await run(printSchema())
    expect(await installSchema(query)).toEqual([])
  })
})

describePostgres('installSchema', ({ query, run }) => {
  it('is called by twenty starting processes at once', async () => {
    await run('drop schema if exists dualauth cascade')
    const applied = await Promise.all(Array.from({ length: 20 }, () => installSchema(query)))
    // Two may both see that a file is missing; the second finds it there.
    expect([...new Set(applied.flat())].toSorted()).toEqual(NAMES)
    const [row] = await query('select count(*)::text as versions from dualauth.schema_version', [])
    expect(row).toEqual({ versions: String(NAMES.length) })
  })
})

describeWith('PostgreSQL', 'installSchema, by a role among others', () => {
  let server: PostgresServer
  let open: Record<'admin' | 'app' | 'stranger', Database>
  const script = (sql: string, by: keyof typeof open = 'admin') => open[by].pool.query(sql)
  beforeAll(async () => {
    server = await startPostgres()
    const as = (role: string) => openDatabase(server.url.replace('tests@', `${role}@`))
    open = { admin: await as('tests'), app: await as('app'), stranger: await as('stranger') }
    await script(`create role app login; create role stranger login; create role team;
      grant create on database postgres to app, stranger, team`)
  })
  beforeEach(() => script('drop schema if exists dualauth cascade'))
  afterAll(async () => {
    for (const database of Object.values(open ?? {})) await database.close()
    await server?.close()
  })

  it('refuses a schema that somebody else made first', async () => {
    await script('create schema dualauth; grant all on schema dualauth to public', 'stranger')
    const asked = installSchema(open.app.query)
    await expect(asked).rejects.toMatchObject({ code: 'configuration_invalid' })
    await expect(asked).rejects.toThrowError(/the schema dualauth.* role stranger/)
    // Nothing was created in it.
    expect(await open.admin.query(`select 1 from pg_class where relnamespace = 'dualauth'::regnamespace`, [])).toEqual(
      [],
    )
  })

  it('refuses a table that somebody else has put into it', async () => {
    await installSchema(open.app.query)
    await script('alter table dualauth.policy owner to stranger')
    await expect(installSchema(open.app.query)).rejects.toThrowError(/dualauth\.policy.* role stranger/)
  })

  it('takes a schema of a role that it is a member of, of the owner of the database and of a superuser', async () => {
    await script('grant team to app')
    for (const owner of ['team', 'app', 'tests']) {
      await script('drop schema if exists dualauth cascade')
      await script(`create schema dualauth authorization ${owner}; grant all on schema dualauth to app`)
      expect(await installSchema(open.app.query)).toEqual(NAMES)
    }
    await script('alter database postgres owner to stranger; alter schema dualauth owner to stranger')
    expect(await installSchema(open.app.query)).toEqual([])
    await script('alter database postgres owner to tests')
  })
})
