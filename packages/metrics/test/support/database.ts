import type { Query } from '@dualauth/core'
import { installSchema } from '@dualauth/postgres'
import { startPostgres } from '@dualauth/servers'
import pg from 'pg'

/** A PostgreSQL with people, conflicts, an import and sessions. */
export interface Figures {
  readonly query: Query
  /** One more item of the import is done. */
  importOne(): Promise<void>
  /** Runs a script. */
  run(script: string): Promise<void>
  close(): Promise<void>
}

export async function startFigures(): Promise<Figures> {
  const server = await startPostgres()
  const pool = new pg.Pool({ connectionString: server.url, max: 5 })
  pool.on('error', () => {})
  const query: Query = async (sql, params) => (await pool.query<Record<string, unknown>>(sql, [...params])).rows
  await installSchema(query)
  await pool.query(`
    create table session (id serial, "expiresAt" timestamptz);
    insert into session ("expiresAt") select now() + interval '1 day' from generate_series(1, 100);
    insert into dualauth.evidence (migration, side, verifier, user_id, organization, client, outcome, first_at, last_at, uses)
      values ('default', 'old', 'legacy', 'ada', '', 'browser', 'accepted', now(), now(), 1),
        ('default', 'new', 'better-auth', 'bob', '', 'browser', 'accepted', now(), now(), 1);
    insert into dualauth.conflict (kind, verifier, issuer, subject, resolved_at) values ('email_taken', 'workos', 'i', 'a', now());
    insert into dualauth.identity_link (verifier, issuer, subject, account_id, how)
      values ('better-auth', 'i', 'bob', 'bob', 'import');
    insert into dualauth.import_item (target, kind, source_id, state, run_id)
      select 'workos', 'person', n::text, 'pending', 'r' from generate_series(1, 2000) n;`)
  const run = async (script: string): Promise<void> => void (await pool.query(script))
  return {
    query,
    run,
    importOne: () =>
      run(`update dualauth.import_item set state = 'done', target_id = source_id
        where source_id = (select source_id from dualauth.import_item where state = 'pending' limit 1)`),
    async close() {
      await pool.end()
      await server.close()
    },
  }
}
