import type { Query } from '@dualauth/core'
import { installSchema } from '@dualauth/postgres'
import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import pg from 'pg'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { postgresFigures, prometheusMetrics } from '../src/index.js'
import { seriesOf } from './support/read.js'

describeWith('PostgreSQL', 'figures that stand in PostgreSQL', () => {
  let server: PostgresServer
  let pool: pg.Pool
  let asked = 0
  const query: Query = async (sql, params) => {
    asked++
    return (await pool.query(sql, [...params])).rows as Record<string, unknown>[]
  }

  beforeAll(async () => {
    server = await startPostgres()
    pool = new pg.Pool({ connectionString: server.url, max: 5 })
    pool.on('error', () => {})
    await installSchema(query)
    await pool.query(`
      insert into dualauth.evidence (migration, side, verifier, user_id, organization, client, outcome, first_at, last_at, uses)
        values ('default', 'old', 'legacy', 'ada@example.com', 'acme', 'browser', 'accepted', now(), now(), 1),
          ('default', 'new', 'better-auth', 'bob', 'acme', 'browser', 'accepted', now(), now(), 1);
      insert into dualauth.conflict (kind, verifier, issuer, subject, resolved_at)
        values ('email_taken', 'workos', 'i', 'ada@example.com', null), ('ambiguous', 'workos', 'i', 'b', now());
      insert into dualauth.import_item (target, kind, source_id, state, run_id)
        values ('workos', 'person', '1', 'done', 'r'), ('workos', 'person', '2', 'failed', 'r');
      insert into dualauth.identity_link (verifier, issuer, subject, account_id, how, ended_at)
        values ('better-auth', 'i', 'ada@example.com', 'a', 'import', null), ('better-auth', 'i', 'b', 'b', 'import', null),
          ('better-auth', 'i', 'c', 'c', 'first-sign-in', now()), ('workos', 'i', 'd', 'd', 'acme', null);
      create table session (id text, "expiresAt" timestamptz);
      insert into session values ('1', now() + interval '1 day'), ('2', now() - interval '1 day');`)
  })
  afterAll(async () => {
    await pool.end()
    await server.close()
  })

  it('counts people, conflicts, imports and sessions, and reads no id', async () => {
    const register = new Registry()
    const activeSessions = { 'better-auth': 'select count(*) from session where "expiresAt" > now()' }
    prometheusMetrics({ register, collectors: [postgresFigures({ query, activeSessions })] })
    expect(await seriesOf(register, 'users')).toEqual({
      'migration=default status=pending': 1,
      'migration=default status=dual': 0,
      'migration=default status=migrated': 1,
    })
    expect(await seriesOf(register, 'conflicts_open')).toEqual({ 'kind=email_taken': 1, 'kind=ambiguous': 0 })
    expect(await seriesOf(register, 'import_items')).toEqual({
      'target=workos state=done': 1,
      'target=workos state=failed': 1,
    })
    expect(await seriesOf(register, 'links')).toEqual({
      'provider=better-auth how=import state=active': 2,
      'provider=better-auth how=first-sign-in state=ended': 1,
      'provider=workos how=other state=active': 1,
    })
    expect(await seriesOf(register, 'active_sessions')).toEqual({ 'provider=better-auth': 1 })
    expect(await seriesOf(register, 'collector_up')).toEqual({ 'collector=postgres': 1 })
    expect(await register.metrics()).not.toMatch(/ada|acme/)
  })

  it('asks once for many that read, and not again before its time', async () => {
    const register = new Registry()
    prometheusMetrics({ register, collectors: [postgresFigures({ query })] })
    asked = 0
    await Promise.all([register.metrics(), register.metrics(), register.metrics()])
    await register.metrics()
    expect(asked).toBe(4)
  })

  it('leaves its figures out while the database is away or hangs, and gives them again', async () => {
    const register = new Registry()
    let hangs = true
    const slow: Query = (sql, params) => (hangs ? new Promise(() => {}) : query(sql, params))
    prometheusMetrics({ register, collectors: [postgresFigures({ query, maxAgeMs: 0 })] })
    const other = new Registry()
    prometheusMetrics({ register: other, collectors: [postgresFigures({ query: slow, maxAgeMs: 0, timeoutMs: 20 })] })
    expect(await seriesOf(other, 'collector_up')).toEqual({ 'collector=postgres': 0 })
    hangs = false
    await server.stop()
    expect(await seriesOf(register, 'collector_up')).toEqual({ 'collector=postgres': 0 })
    expect(await seriesOf(register, 'users')).toEqual({})
    await server.start()
    expect(await seriesOf(register, 'collector_up')).toEqual({ 'collector=postgres': 1 })
  })

  it('refuses wrong options by name', () => {
    expect(() => postgresFigures({ query: 1 as never })).toThrow(/postgresFigures\.query/)
    expect(() => postgresFigures({ query, activeSessions: { 'not a name': 'select 1' } })).toThrow(/activeSessions/)
  })
})
