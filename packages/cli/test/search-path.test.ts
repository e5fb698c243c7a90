import { trapsScript } from '@dualauth/servers'
import { installSchema, openDatabase } from '@dualauth/postgres'
import { beforeAll, expect, it } from 'vitest'
import { createPractice } from './doctor/support/patient.js'
import { runHere } from './support/in-process.js'
import { describeCli, wordsOf } from './support/world.js'

const practice = createPractice()
const BECAUSE = '--reason because --actor alice --yes'

/** What the statements of the command call, and those of its package for PostgreSQL. */
const CALLED =
  'to_char to_regclass format_type has_table_privilege replace lower concat obj_description col_description aclexplode to_timestamp trunc floor round abs max min sum count bool_or now json_agg json_build_array jsonb_build_object jsonb_typeof make_interval isfinite pg_notify json_array_elements_text json_to_recordset'

describeCli(
  'a role that may create in the schema public, and nothing else',
  (world) => {
    const as = (role: string): string => world.url.replace('tests@', `${role}@`)
    beforeAll(async () => {
      const { pool } = world.database
      await pool.query(`drop schema dualauth cascade; create role operator login; create role stranger;
      grant create on database postgres to operator; grant create on schema public to public`)
      const operator = await openDatabase(as('operator'))
      await installSchema(operator.query)
      await operator.close()
      // Laying the traps takes seconds.
      const patient = await openDatabase(world.url, { statementTimeoutMs: 0 })
      await patient.pool.query(`set role stranger; ${trapsScript({ functions: CALLED.split(' ') })}`)
      await patient.close()
    }, 60_000)

    it('runs nothing as the operator, whichever command that is', async () => {
      const run = (args: string) =>
        runHere([...wordsOf(args), '--migration', world.migration], { env: { DATABASE_URL: as('operator') } })
      expect(await run('schema --apply --dry-run')).toMatchObject({ code: 0, err: '' })
      expect(await run('schema --apply')).toMatchObject({ code: 0, err: '' })
      await world.see(
        [
          { user: 'u-1', organization: 'acme' },
          { user: 'u-2', side: 'new' },
        ],
        { version: 5 },
      )
      for (const command of [
        `stage set dual ${BECAUSE}`,
        'stage get',
        `stage advance ${BECAUSE}`,
        `rollout set 10% ${BECAUSE}`,
        'rollout get',
        `stage rollback ${BECAUSE}`,
        `cutoff set --max-age 30d --undated accept --accept-logouts 5 ${BECAUSE}`,
        'cutoff get',
        `cutoff clear ${BECAUSE}`,
        `announce set --sunset 2030-01-01T00:00:00Z ${BECAUSE}`,
        'announce get',
        `announce clear ${BECAUSE}`,
        `policy rollback --accept-logouts 5 ${BECAUSE}`,
        'policy get',
        'policy history',
        'status',
        'status --organization',
        'status --organization acme',
        'status --pending --csv',
        'status --pending --organization acme',
      ]) {
        const { code, err } = await run(command)
        expect(`${command}: ${code} ${err}`).toBe(`${command}: 0 `)
      }
      expect(await run('retire')).toMatchObject({ code: 2, err: '' })
      await world.database.pool.query(`set role operator; create schema app;
      create table app.old_sessions (id serial primary key, note text default 'none', "userId" integer);
      create table app.notes (session_id integer references app.old_sessions (id)); reset role`)
      expect(await run('cleanup --sql --table app.old_sessions app.notes')).toMatchObject({ code: 0, err: '' })
    }, 60_000)

    const examine = (url: string) =>
      practice.examine({
        options: `{ verifiers: [core.authJs({ name: 'old', sessions: core.authJsSessions(async () => [], { tables }) })] }`,
        values: { tables: { session: 'app.web_sessions', user: 'app.people' } },
        env: { DATABASE_URL: url },
      })

    it('runs nothing as the operator who asks the doctor', async () => {
      await world.database.pool.query(`set role operator; create schema if not exists app;
      create table app.web_sessions (id serial primary key, "sessionToken" text unique, "userId" integer, expires timestamptz);
      create table app.people (id serial primary key, name text, email text, "emailVerified" timestamptz, image text);
      reset role`)
      const found = await examine(as('operator'))
      expect(found.codes).toEqual([])
      expect(found.findings.filter(({ code }) => code === 'table')).toHaveLength(2)
      await world.database.pool.query('alter table app.web_sessions rename to others')
      expect((await examine(as('operator'))).findings).toContainEqual(
        expect.objectContaining({ code: 'table_missing', seen: expect.stringContaining('app.others') as string }),
      )
    }, 60_000)

    it.each(['identity_link', 'schema_version'])(
      'runs nothing through a dualauth.%s of its own, which is no plain table',
      async (name) => {
        const { pool } = world.database
        await pool.query(`drop schema if exists dualauth cascade; drop table if exists public.ran;
        create table public.ran (by name); grant insert on public.ran to public;
        grant create on database postgres to stranger; set role stranger; create schema dualauth;
        grant usage on schema dualauth to public;
        create function dualauth.trap() returns text language plpgsql as $f$ begin
          insert into public.ran values (current_user); return 'A'; end $f$;
        create view dualauth.${name} as select dualauth.trap() as account_id, null::timestamptz as ended_at, 1 as version;
        grant select on dualauth.${name} to public; reset role`)
        const { findings } = await examine(world.url)
        expect((await pool.query('select * from public.ran')).rows).toEqual([])
        expect(findings).toContainEqual(
          expect.objectContaining({ code: 'schema_foreign', subject: `dualauth.${name}`, severity: 'problem' }),
        )
        const { code, err } = await runHere(['schema', '--apply', '--dry-run'], { env: { DATABASE_URL: world.url } })
        if (name === 'schema_version')
          expect([code, err]).toEqual([1, expect.stringContaining('dualauth.schema_version')])
        expect((await pool.query('select * from public.ran')).rows).toEqual([])
      },
      60_000,
    )
  },
  { own: true },
)
