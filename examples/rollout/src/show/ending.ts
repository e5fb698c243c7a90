import { retireReport } from '@dualauth/core'
import { readRetireFacts } from '@dualauth/postgres'
import type { Show } from './steps.js'

/** What an auditor and an operator read at the end. */
export async function readRecords({ running, note, tables }: Show): Promise<void> {
  const { audit, auth, database } = running
  const { query } = database
  await auth.flush()
  await audit.flush()
  const events = await query(
    `select event_type, auth_method, success, count(*)::text as times
from dualauth.auth_audit_log group by 1, 2, 3 order by 1, 2, 3`,
    [],
  )
  const rows = events.map((row) =>
    [row['event_type'], row['auth_method'] ?? '-', row['success'] ? 'success' : 'failure', row['times']].map(String),
  )
  const kinds = new Set(rows.map(([kind]) => kind))
  const expected = ['policy.adopted', 'requests.refused']
  note('the audit has policies and refusals', expected.join(), expected.filter((kind) => kinds.has(kind)).join())
  tables.push({ title: 'Audit, by auth_audit_log', rows })

  const people = await query(
    `select migration_status, last_auth_method, count(*)::text as people
from dualauth.user_migration group by 1, 2 order by 1, 2`,
    [],
  )
  tables.push({
    title: 'People, by user_migration',
    rows: people.map((row) =>
      [row['migration_status'], row['last_auth_method'] ?? 'nothing counted', row['people']].map(String),
    ),
  })

  const { verdict, windowDays, checks } = retireReport(await readRetireFacts(query))
  // Tokens of the old side live for 30 days, and were used a moment ago.
  note('retire: the report says wait', 'not_safe', verdict, `by the last ${windowDays} days`)
  tables.push({
    title: 'Retire',
    rows: checks.map(({ name, status, count }) => [name, status, count === 0 ? '' : String(count)]),
  })
}
