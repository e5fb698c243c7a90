import { Command, Option } from 'commander'
import { version } from '../package.json'
import { addCleanup } from './commands/cleanup.js'
import { addDates } from './commands/dates.js'
import { addDoctor } from './commands/doctor.js'
import { addExplain } from './commands/explain.js'
import { addFingerprint } from './commands/fingerprint.js'
import { addImport } from './commands/import.js'
import { addInvites } from './commands/invites.js'
import { addPolicy } from './commands/policy.js'
import { addRollout } from './commands/rollout.js'
import { addRetire } from './commands/retire.js'
import { addSchema } from './commands/schema.js'
import { addStage } from './commands/stage.js'
import { addStatus } from './commands/status.js'
import { migrationName } from './read/arguments.js'
import type { Parts } from './session.js'
import { printable, withoutPasswords } from './terminal/printable.js'

const HELP = `
Exit codes:
  0   done; for \`retire\`: safe
  1   refused, or somebody else has changed the policy in the meantime; \`import\`: some rows failed; \`doctor\`: problems
  2   \`retire\`: not safe, the old side is still in use; \`import\`: conflicts
  3   \`retire\`: not enough evidence; \`import\`: not finished
  4   written, but --wait ended before every instance was known to have it
  64  wrong arguments or input
  69  the database cannot be reached, has lost the answer, or cancelled the statement
  70  a mistake in dualauth
  74  done, but the output could not be written to its end
  77  the role of the database lacks a privilege, or the database is read-only
  78  the schema dualauth is missing, or older than this command

Set DATABASE_URL rather than --database where the URL holds a password: arguments are visible to other users of the machine.`

export function createProgram(parts: Parts): Command {
  const { stdout, stderr } = parts.terminal
  const program = new Command('dualauth')
    .description('Controls a migration between authentication systems and shows its progress.')
    .version(version)
    .addOption(new Option('--database <url>', 'PostgreSQL, or file:FOLDER of PGlite (default: DATABASE_URL)'))
    .addOption(
      new Option('--migration <name>', 'name of the migration, as in createDualAuth')
        .default('default')
        .argParser(migrationName),
    )
    .option('--json', 'for programs: one JSON value on standard output')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      // The message repeats what was typed.
      outputError: (text, write) =>
        write(
          text
            .replace(/^error: /, 'dualauth: ')
            .split('\n')
            .map(clean)
            .join('\n'),
        ),
    })
    .showHelpAfterError('(see --help)')
    .addHelpText('after', HELP)
  addSchema(program, parts)
  addStage(program, parts)
  addRollout(program, parts)
  addDates(program, parts)
  addPolicy(program, parts)
  addStatus(program, parts)
  addRetire(program, parts)
  addCleanup(program, parts)
  addImport(program, parts)
  addInvites(program, parts)
  addExplain(program, parts)
  addDoctor(program, parts)
  addFingerprint(program, parts)
  return program
}

function clean(line: string): string {
  return printable(withoutPasswords(line))
}
