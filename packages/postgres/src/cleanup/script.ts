/**
 * One transaction for `psql`, which waits for a lock for three seconds at most. Names are looked up in no schema but the one that they say.
 * Rows that policies hide from the role are an error: they would be dropped without having been written to a file.
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
