import type { InspectedVerifier } from '@dualauth/core'
import type { Context } from '../context.js'
import { ok, problem, type Finding } from '../finding.js'
import { isSnake, READERS, type SqlAbout } from '../readers.js'
import { keySets } from './key-sets.js'

interface Reading {
  readonly code: string
  readonly says: RegExp
  readonly mend: (verifier: InspectedVerifier | null) => string
}

/** The first match explains why a source failed. SQLSTATEs are in parentheses. */
const READINGS: readonly Reading[] = [
  {
    code: 'policy_missing',
    says: /has no policy yet/,
    mend: () => "Write a first policy (`dualauth stage set off --reason 'first policy'`), or give `policy.fallback`.",
  },
  {
    code: 'schema_missing',
    says: /"dualauth\.|schema "dualauth" does not exist|\bdualauth\.\w+ is not there/,
    mend: () => 'Run `dualauth schema --apply` on the database of the application, as a role that may create a schema.',
  },
  {
    code: 'table_missing',
    says: /\(42P01|no such table/,
    mend: (verifier) => {
      const { owner, renamed, tableOption } = readerOf(verifier)
      return `Name the tables as they are: \`${tableOption('session', '…')}\`, \`${tableOption('user', '…')}\` (${renamed}), and ask the database of ${owner}.`
    },
  },
  {
    code: 'column_missing',
    says: /\(42703|no such column/,
    mend: (verifier) => {
      const { hasSpelling, columnsOption, end } = readerOf(verifier)
      const map = `\`${columnsOption('session', `${end}: '…'`)}\``
      if (!hasSpelling) return `Name the columns as they are: ${map}.`
      return `Name the columns as they are: \`columns: '${isSnaked(verifier) ? 'camelCase' : 'snake_case'}'\`, or a map for those that differ: ${map}.`
    },
  },
  {
    code: 'privilege_missing',
    says: /\(42501|may not be written by this role/,
    mend: (verifier) =>
      verifier === null
        ? 'Grant the role of the application what it needs in the schema `dualauth` (docs/cli.md, "Privileges"), and `select` on the tables that `link` reads.'
        : 'Grant the role of the application `select` on it (and `update` on the sessions with `touch`).',
  },
]

/** Asks every source of the instance, as `auth.ready` does, about a credential that nobody has. */
export async function sources(context: Context): Promise<readonly Finding[]> {
  const { examined } = context
  if (examined === null) return []
  const { auth, inspection } = examined
  const { checks } = await auth.health()
  // Each address is probed only once.
  const byAddress = await keySets(context)
  return checks.flatMap(({ name, ready, problem: why }): readonly Finding[] => {
    if (ready) return [ok('ready', name, 'It can be asked.')]
    const verifier = inspection.verifiers.find((one) => one.name === name) ?? null
    const words = why ?? ''
    if (verifier !== null && reportedOf(verifier, byAddress).some((address) => words.includes(address))) return []
    const reading = READINGS.find(({ says }) => says.test(words))
    const mend = reading?.mend(verifier) ?? `Mend what ${name} asks; until then ${meanwhile(name)}.`
    return [problem(reading?.code ?? 'not_ready', name, `It cannot be asked: ${words}.`, mend)]
  })
}

function meanwhile(name: string): string {
  if (name === 'revocations') return 'what other instances revoke is not known here'
  return name.endsWith('.evidence') ? 'requests are served, and nobody is recorded' : 'its callers are answered 503'
}

/** The addresses that `keySets` already reports, as messages show them: without query and user. */
function reportedOf(
  { name, keySets: urls, metadata }: InspectedVerifier,
  found: readonly Finding[],
): readonly string[] {
  const isReported = (url: string): boolean =>
    found.some(({ severity, subject }) => severity === 'problem' && subject === `${name}: ${url}`)
  return [...urls.filter(isReported), ...(metadata.some(isReported) ? metadata : [])].map((url) => {
    const { origin, pathname } = new URL(url)
    return `${origin}${pathname}`
  })
}

function readerOf(verifier: InspectedVerifier | null): (typeof READERS)[SqlAbout['reader']] {
  const { sessions } = verifier ?? {}
  return READERS[sessions?.kind === 'sql' ? sessions.reader : 'sqlSessions']
}

function isSnaked(verifier: InspectedVerifier | null): boolean {
  const { sessions } = verifier ?? {}
  return sessions?.kind === 'sql' && sessions.tables.some(({ columns }) => isSnake(columns))
}
