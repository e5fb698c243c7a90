import { CommanderError } from 'commander'
import { EXIT, type ExitCode } from './exit.js'
import { failureOf } from './failure.js'
import { createProgram } from './program.js'
import { printable, withoutPasswords } from './terminal/printable.js'
import type { Terminal } from './terminal/terminal.js'

/**
 * Runs the command `dualauth`. Never throws and never ends the process; an error becomes one sentence on standard
 * error.
 *
 * @param args Arguments without the program name: `['stage', 'get']`.
 * @returns The exit code: 0 done, 1 refused or changed by somebody else, 2 and 3 as documented for `retire`, 4 written
 *   but not yet seen by every instance, 64 wrong arguments, 69 no database, 70 a bug, 77 no privilege, 78 no schema.
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: ExitCode = EXIT.ok
  const program = createProgram({ terminal, exit: (given) => void (code = given) })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    // Commander has already printed the error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    const failure = failureOf(error)
    if (failure !== null) {
      sayError(terminal, failure.message)
      return failure.exitCode
    }
    sayError(terminal, 'That is a mistake in dualauth; please report it:')
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error)
    terminal.stderr.write(`${words.split('\n').map(clean).join('\n')}\n`)
    return EXIT.bug
  }
}

function sayError(terminal: Terminal, sentence: string): void {
  terminal.stderr.write(`dualauth: ${clean(sentence)}\n`)
}

function clean(line: string): string {
  return printable(withoutPasswords(line))
}
