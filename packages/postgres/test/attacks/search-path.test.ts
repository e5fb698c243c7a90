import { describeWith, startPostgres, trapsScript, type PostgresServer } from '@dualauth/servers'
import type { Query } from '@dualauth/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { installSchema, openDatabase, type Database } from '../../src/index.js'
import { everyOperation, TABLES } from '../support/every-operation.js'

describeWith('PostgreSQL', 'a role that may create in the schema public, and nothing else', () => {
  let server: PostgresServer
  let admin: Database
  let app: Database
  const script = (sql: string) => admin.pool.query(sql)
  const calls = new Set<string>()
  beforeAll(async () => {
    server = await startPostgres()
    admin = await openDatabase(server.url, { statementTimeoutMs: 0 })
    await script(`create role app login; create role stranger login; grant create on database postgres to app;
      -- As every database is that PostgreSQL 14 or an older one made.
      grant create on schema public to public`)
    app = await openDatabase(server.url.replace('tests@', 'app@'))
    await app.pool.query(TABLES)
    // What is called is what there are traps for.
    const recorded: Query = (sql, params) => {
      for (const [, name = ''] of sql.matchAll(/(?:pg_catalog\.|[^\w.])([a-z_]+)\(/g)) calls.add(name)
      return app.query(sql, params)
    }
    await installSchema(recorded)
    await everyOperation(recorded)
  }, 60_000)
  afterAll(async () => {
    await app?.close()
    await admin?.close()
    await server?.close()
  })

  it('runs nothing as the application, whatever functions and operators it creates', async () => {
    await script('drop schema dualauth cascade')
    const types = ['member_role', 'key_owner', 'person_id', 'moment']
    await script(`set role stranger; ${trapsScript({ functions: [...calls], types })} reset role`)
    expect(calls.size).toBeGreaterThan(30)
    // The traps work: the first is an operator, the second a function.
    for (const careless of ['select 1::numeric * 2', 'select to_timestamp(1::numeric)'])
      await expect(app.query(careless, [])).rejects.toMatchObject({ code: '42501' })

    await installSchema(app.query)
    await everyOperation(app.query)
  }, 120_000)
})
