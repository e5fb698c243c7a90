import { expect, it } from 'vitest'
import { installSchema, printSchema, schemaFiles } from '../../src/index.js'
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
      'heartbeat',
      'identity_link',
      'organization_map',
      'permission_grant',
      'policy',
      'provisioning',
      'schema_version',
      'workos_cursor',
      'workos_event',
      'workos_membership',
      'workos_organization',
      'workos_user',
    ])
    // A driver over HTTP knows neither a transaction nor a session.
    for (const sql of sent) expect(sql).not.toMatch(/\b(?:begin;|commit|rollback|listen|notify|set )\b/i)
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
