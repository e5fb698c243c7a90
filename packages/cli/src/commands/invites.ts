import { policies } from '@dualauth/postgres'
import type { InviteReason } from '@dualauth/import'
import { Option, type Command } from 'commander'
import { readCurrent } from '../change/current.js'
import { withDatabase } from '../database.js'
import { CliError, EXIT } from '../exit.js'
import { writeInvites } from '../import/invite-list.js'
import { loadLibrary, openParts, type PartOptions } from '../import/parts.js'
import { readIds } from '../import/read-ids.js'
import { id, oneOf } from '../read/arguments.js'
import { sessionOf, type Parts, type Session } from '../session.js'

interface InvitesOptions extends PartOptions {
  readonly reason?: readonly InviteReason[]
  readonly organization?: string
  readonly only?: string
  readonly csv?: boolean
  readonly out?: string
}

const REASONS = ['reset_required', 'never_signed_in'] as const satisfies readonly InviteReason[]

export function addInvites(program: Command, parts: Parts): void {
  const reason = oneOf(REASONS)
  program
    .command('invites')
    .description('Lists the people to write to after an import. Nothing is sent.')
    .option(
      '--from <place>',
      'as of the import: the addresses are read there (default: SOURCE_DATABASE_URL, else --database)',
    )
    .option('--people <select>', 'SELECT of the people; @people.sql reads it from a file')
    .option('--to <target>', 'as of the import: better-auth, workos, or file:FOLDER')
    .option('--config <module>', 'a module that exports source or target, if options are not enough')
    // Accepted so that changing one word turns an `import` command line into one for its invites.
    .addOption(new Option('--hashes <file>').hideHelp())
    .addOption(new Option('--organizations <select>').hideHelp())
    .addOption(new Option('--memberships <select>').hideHelp())
    .addOption(new Option('--groups <select>').hideHelp())
    .addOption(new Option('--passwords <formats>').hideHelp())
    .addOption(
      new Option('--reason <reasons...>', `${REASONS.join(', ')} (default: reset_required)`).argParser(
        (text: string, before: readonly InviteReason[] | undefined) => [...(before ?? []), reason(text)],
      ),
    )
    .addOption(new Option('--organization <id>', 'only people of this organization of the source').argParser(id))
    .option('--only <file>', 'only these people: a file with one id on each line')
    .option('--csv', 'as CSV')
    .option('--out <file>', 'with --csv or --json: into a new file that only you can read')
    .action(async (options: InvitesOptions, command: Command) => {
      const session = sessionOf(command, parts)
      if (options.csv === true && session.isJson) throw new CliError(EXIT.usage, 'Choose one: --csv or --json.')
      if (options.out !== undefined && options.csv !== true && !session.isJson)
        throw new CliError(EXIT.usage, '--out is for --csv or --json.')
      await list(session, options)
    })
}

async function list(session: Session, options: InvitesOptions): Promise<void> {
  const { terminal, migration } = session
  const { reason: reasons = ['reset_required'], organization, only } = options
  const signal = terminal.interruption()
  await withDatabase(session, async (ledger) => {
    const { createImport } = await loadLibrary()
    const { source, target, link, close } = await openParts(session, options, ledger)
    try {
      const made = createImport({
        query: ledger.query,
        source,
        target,
        signal,
        ...(link !== undefined && { link }),
        ...(organization !== undefined && { organization }),
        ...(only !== undefined && { only: readIds(session, only) }),
      })
      const sunset = await sunsetIn(session, ledger)
      const invites = made.invites({ reasons, migration })
      if (!(await writeInvites(session, options, { sunset, invites, signal }))) session.exit(EXIT.aborted)
    } finally {
      await close()
    }
  })
}

/** ISO 8601; null if the policy does not say. */
async function sunsetIn(
  { migration }: Session,
  { query }: { readonly query: Parameters<typeof policies>[0] },
): Promise<string | null> {
  const { content } = await readCurrent(policies(query), migration)
  const date = content?.announcement?.sunset ?? content?.cutOff?.acceptUntil
  return date === undefined ? null : new Date(date).toISOString()
}
