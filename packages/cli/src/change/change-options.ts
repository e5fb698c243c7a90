import { Option, type Command } from 'commander'
import { whole } from '../read/arguments.js'

/** Options of every command that writes a policy. */
export interface ChangeOptions {
  readonly reason: string
  readonly actor?: string
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly acceptLogouts?: number
  readonly force?: boolean
  /** Seconds. */
  readonly wait?: number
}

const WAIT_SECONDS = '180'

export function withChangeOptions(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why; kept in the audit')
    .option('--actor <name>', 'who; kept in the audit (default: the user of the operating system)')
    .option('--yes', 'write without asking; required without a terminal')
    .option('--dry-run', 'show the plan and write nothing')
    .addOption(
      new Option('--accept-logouts <number>', 'the number of people who may have to sign in again').argParser(
        whole(0, 1e12),
      ),
    )
    .option('--force', 'allow skipped stages and changes of unknown effect; kept in the audit')
    .addOption(
      new Option('--wait [seconds]', 'wait until every instance that keeps evidence knows the version')
        .preset(WAIT_SECONDS)
        .argParser(whole(1, 86_400)),
    )
}
