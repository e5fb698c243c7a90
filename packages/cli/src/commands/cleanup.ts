import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { cleanupScripts, policies, type CleanupScripts } from '@dualauth/postgres'
import { Option, type Command } from 'commander'
import { withDatabase } from '../database.js'
import { CliError, EXIT } from '../exit.js'
import { oneOf, whole } from '../read/arguments.js'
import { checklistOf, readOldVerifiers } from '../read/checklist.js'
import { readEvidenceOptions, withEvidenceOptions, type EvidenceOptions } from '../read/evidence-options.js'
import { leftoversIn } from '../read/leftovers.js'
import { sessionOf, type Parts, type Session } from '../session.js'

interface CleanupCommandOptions extends EvidenceOptions {
  readonly table?: readonly string[]
  readonly column?: readonly string[]
  readonly sql?: Step | true
  readonly out?: string
  readonly quarantineDays: number
}

const STEPS = ['rename', 'rename-undo', 'drop', 'drop-undo'] as const
type Step = (typeof STEPS)[number]

/** In the order in which they are run; each with the script that undoes it. */
const FILES: Readonly<Record<Step, string>> = {
  rename: '1-rename.sql',
  'rename-undo': '1-rename-undo.sql',
  drop: '2-drop.sql',
  'drop-undo': '2-drop-undo.sql',
}

export function addCleanup(program: Command, parts: Parts): void {
  withEvidenceOptions(program.command('cleanup'))
    .description('Prints the SQL that removes what only the old side used, and the SQL that undoes it. Nothing is run.')
    .option('--table <tables...>', 'tables that only the old side used, such as auth.accounts')
    .option('--column <columns...>', 'columns that only the old side used, such as users.password_hash')
    .addOption(new Option('--sql [step]', `prints one script: ${STEPS.join(', ')}`).argParser(oneOf(STEPS)))
    .option('--out <folder>', 'writes all scripts and the checklist into a folder')
    .addOption(
      new Option('--quarantine-days <days>', 'how many days pass between renaming and dropping')
        .default(30)
        .argParser(whole(1, 366)),
    )
    .action(async (options: CleanupCommandOptions, command: Command) => {
      const { sql, out: folder } = options
      if (sql === undefined && folder === undefined)
        throw new CliError(EXIT.usage, 'Say where the scripts go: --sql prints one, --out FOLDER writes all.')
      const session = sessionOf(command, parts)
      const printed = await print(session, options)
      if (folder !== undefined) writeAll(session, folder, printed)
      else if (session.isJson) session.out.json(printed)
      else session.out.raw(scriptOf(printed.scripts, sql === true || sql === undefined ? 'rename' : sql))
    })
}

interface Printed {
  readonly scripts: CleanupScripts
  readonly checklist: readonly string[]
}

function print(session: Session, options: CleanupCommandOptions): Promise<Printed> {
  const { migration, terminal } = session
  const { table: tables = [], column: columns = [], quarantineDays } = options
  return withDatabase(session, async ({ query }) => {
    const reading = readEvidenceOptions(options)
    const scripts = await cleanupScripts(query, { migration, tables, columns, quarantineDays, ...reading })
    const policy = await policies(query).current(migration)
    const verifiers = await readOldVerifiers(query, migration)
    return { scripts, checklist: checklistOf(verifiers, policy?.document?.stage ?? null, leftoversIn(terminal.cwd)) }
  })
}

function scriptOf({ rename, undoRename, drop, undoDrop }: CleanupScripts, step: Step): string {
  const script = { rename, 'rename-undo': undoRename, drop, 'drop-undo': undoDrop }[step]
  if (script === null) throw new CliError(EXIT.refused, 'It has been renamed: --sql drop is the next step.')
  return script
}

function writeAll({ terminal, out, isJson }: Session, folder: string, { scripts, checklist }: Printed): void {
  const path = resolve(terminal.cwd, folder)
  const steps = STEPS.filter((step) => step !== 'rename' || scripts.rename !== null)
  const files = [
    ...steps.map((step) => [FILES[step], scriptOf(scripts, step)] as const),
    ['checklist.md', checklist.map((step, place) => `${place + 1}. ${step}\n`).join('')] as const,
  ]
  try {
    mkdirSync(path, { recursive: true })
    // Files printed earlier may have been run since, so none is overwritten.
    for (const [name, text] of files) writeFileSync(join(path, name), text, { flag: 'wx' })
  } catch (error) {
    const { code = '' } = error as { readonly code?: string }
    throw new CliError(
      EXIT.refused,
      code === 'EEXIST'
        ? `${folder} already contains files; name an empty folder.`
        : `${folder} cannot be written (${code}).`,
    )
  }
  if (isJson) out.json({ files: files.map(([name]) => name) })
  else for (const [name] of files) out.line(join(folder, name))
}
