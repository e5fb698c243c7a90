/**
 * One transaction for `psql` that waits at most three seconds for a lock. Names are looked up only in the schema that
 * they state. Rows hidden by row level security are an error: they would be dropped without being written to a file.
 */
export function script(purpose: string, statements: readonly string[]): string {
  return `-- ${purpose} Printed by dualauth; review it, then run it with psql.
\\set ON_ERROR_STOP on
begin;
set local search_path = '';
set local row_security = off;
set local lock_timeout = '3s';
${statements.filter((statement) => statement !== '').join('\n\n')}
commit;
`
}
