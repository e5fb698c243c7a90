import { trapsScript } from '@dualauth/servers'
import { installSchema, openDatabase } from '@dualauth/postgres'
import { beforeAll, expect, it } from 'vitest'
import { runHere } from './support/in-process.js'
import { describeCli, wordsOf } from './support/world.js'

const BECAUSE = '--reason because --actor alice --yes'

/** What the statements of the command call, and those of its package for PostgreSQL. */
const CALLED =
  'to_char to_regclass to_timestamp trunc floor round abs max min sum count bool_or now json_agg json_build_array jsonb_build_object jsonb_typeof make_interval isfinite pg_notify json_array_elements_text json_to_recordset'

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
      await pool.query(`set statement_timeout = 0; set role stranger;
      ${trapsScript({ functions: CALLED.split(' ') })} reset role; reset statement_timeout`)
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
    }, 60_000)
  },
  { own: true },
)
