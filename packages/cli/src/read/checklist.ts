import type { Query, Stage } from '@dualauth/core'
import type { Leftovers } from './leftovers.js'

/** Names of the old-side verifiers with which anybody was seen. */
export async function readOldVerifiers(query: Query, migration: string): Promise<readonly string[]> {
  const rows = await query(
    `select distinct verifier from dualauth.evidence where migration = $1::text and side = 'old' order by verifier`,
    [migration],
  )
  return rows.map((row) => String(row['verifier']))
}

/** What remains to be done when the old side is no longer needed, easiest to undo first. Nothing is executed. */
export function checklistOf(
  verifiers: readonly string[],
  stage: Stage | null,
  { dependencies, variables }: Leftovers,
): readonly string[] {
  const old = verifiers.length === 0 ? 'the verifiers of the old side' : verifiers.join(', ')
  return [
    ...(stage === 'retired'
      ? []
      : ['Policy: go on to retired with `dualauth stage advance`. What still comes is counted, and you can go back.']),
    'Endpoints of the old side (sign-up, sign-in, refresh, password reset and change): answer 410 by `retiredEndpoint` of @dualauth/endpoints.',
    `Code: take ${old} out of \`verifiers\`, and the option \`migration\` with \`from\`.`,
    `Environment: remove the secrets and keys of ${old} everywhere, and destroy them.${found('In the files .env here, look at', variables)}`,
    'Data: rename the tables and columns that only the old side used (sessions, password hashes), and drop them weeks later: `dualauth cleanup` prints the SQL.',
    `Dependencies: remove what only the old side used, such as its SDK or its library for password hashes.${found('In package.json, look at', dependencies)}`,
    'Jobs, alerts and dashboards of the old side.',
  ]
}

function found(where: string, names: readonly string[]): string {
  return names.length === 0 ? '' : ` ${where} ${names.join(', ')}.`
}
