import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { readPolicy } from '@dualauth/core'
import { policies, type StoredPolicy } from '@dualauth/postgres'
import { Argument, Option, type Command } from 'commander'
import { withChangeOptions } from '../change/change-options.js'
import { changePolicy, type Wanted } from '../change/change-policy.js'
import { contentOf, noPolicy } from '../change/current.js'
import { earlierPolicy, versionOf } from '../change/earlier.js'
import { wordMoment } from '../change/words.js'
import { withDatabase } from '../database.js'
import { CliError, EXIT } from '../exit.js'
import { whole } from '../read/arguments.js'
import { sessionOf, type Parts, type Session } from '../session.js'
import { readAll } from '../terminal/read-all.js'

export function addPolicy(program: Command, parts: Parts): void {
  const policy = program.command('policy').description('The whole policy, as JSON.')
  policy
    .command('get')
    .description('Prints the newest version, or the one named.')
    .addOption(new Option('--at <version>', 'an earlier version').argParser(whole(1, Number.MAX_SAFE_INTEGER)))
    .action((options: { readonly at?: number }, command: Command) => printPolicy(sessionOf(command, parts), options))
  policy
    .command('history')
    .description('Prints who wrote each version and why; newest first.')
    .addOption(new Option('--limit <number>', 'so many').default(20).argParser(whole(1, 1000)))
    .action((options: { readonly limit: number }, command: Command) => printHistory(sessionOf(command, parts), options))
  withChangeOptions(
    policy
      .command('put')
      .description('Writes a policy. Its `version`, if any, is the version that it was edited from.')
      .addArgument(new Argument('<file>', 'a file of JSON, or - for standard input')),
  ).action(async (file: string, _options: unknown, command: Command) => {
    const wanted = wantedOf(await textOf(file, sessionOf(command, parts)))
    return changePolicy(command, parts, () => wanted)
  })
  addRollback(policy, parts)
}

function addRollback(policy: Command, parts: Parts): void {
  withChangeOptions(
    policy
      .command('rollback')
      .description('Writes the whole of an earlier version again, as a new version. See also: stage rollback.')
      .addOption(
        new Option('--to <version>', 'which version (default: the one before)').argParser(
          whole(1, Number.MAX_SAFE_INTEGER),
        ),
      ),
  ).action(({ to }: { readonly to?: number }, command: Command) => {
    const { migration } = sessionOf(command, parts)
    return changePolicy(command, parts, async (current, api) => {
      if (current.content === null) throw noPolicy()
      const { version, content } =
        to === undefined ? await earlierPolicy(current, api, migration) : await versionOf(api, migration, to)
      return { content: { ...content, rollbackOf: version } }
    })
  })
}

async function textOf(file: string, { terminal }: Session): Promise<string> {
  if (file === '-') return readAll(terminal.stdin)
  return readFile(resolve(terminal.cwd, file), 'utf8').catch(() => {
    throw new CliError(EXIT.usage, 'The file of the policy cannot be read.')
  })
}

function wantedOf(text: string): Wanted {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw new CliError(EXIT.usage, 'The policy is not JSON.')
  }
  const isVersioned = typeof given === 'object' && given !== null && Object.hasOwn(given, 'version')
  const document = readPolicy(isVersioned || !isRecord(given) ? given : { ...given, version: 1 }, 'policy')
  return { content: contentOf(document), ...(isVersioned && { expectedVersion: document.version }) }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function printPolicy(session: Session, { at }: { readonly at?: number }): Promise<void> {
  const { migration, out } = session
  const { stored, current } = await withDatabase(session, async ({ query }) => {
    const api = policies(query)
    const [stored] = await api.history({ migration, limit: 1, ...(at !== undefined && { before: at + 1 }) })
    return { stored, current: at === undefined && stored?.document === null ? await api.current(migration) : null }
  })
  if (current !== null && stored !== undefined)
    throw new CliError(
      EXIT.refused,
      `No instance accepts version ${stored.version}. \`dualauth policy get --at ${current.version}\` prints the one in force.`,
    )
  const document = stored !== undefined && (at === undefined || stored.version === at) ? stored.document : null
  if (document === null)
    throw new CliError(
      EXIT.refused,
      stored === undefined && at === undefined
        ? `Migration ${migration} has no policy yet.`
        : `There is no version${at === undefined ? '' : ` ${at}`} that instances take.`,
    )
  out.json(document)
}

async function printHistory(session: Session, { limit }: { readonly limit: number }): Promise<void> {
  const { migration, out, isJson } = session
  const versions = await withDatabase(session, ({ query }) => policies(query).history({ migration, limit }))
  if (isJson) return out.json(versions.map((one) => ({ ...one, writtenAt: new Date(one.writtenAt).toISOString() })))
  if (versions.length === 0) return out.line(`Migration ${migration} has no policy yet.`)
  out.table([['Version', 'Written', 'By', 'Stage', 'Reason'], ...versions.map(rowOf)])
}

function rowOf({ version, writtenAt, actor, reason, document }: StoredPolicy): readonly string[] {
  const back = document?.rollbackOf === undefined ? '' : ` (back to ${document.rollbackOf})`
  return [
    String(version),
    wordMoment(writtenAt),
    actor,
    document === null ? 'not taken' : document.stage,
    `${reason}${back}`,
  ]
}
