import type { Command } from 'commander'
import type { ExitCode } from './exit.js'
import { createPrinter, type Printer } from './terminal/printer.js'
import type { Terminal } from './terminal/terminal.js'

/** Options of every command. */
export interface CommonOptions {
  readonly database?: string
  readonly migration: string
  readonly json?: boolean
}

/** One run of a command. */
export interface Session {
  readonly terminal: Terminal
  readonly out: Printer
  readonly err: Printer
  readonly database: string | undefined
  readonly migration: string
  /** Standard output is for programs: exactly one value. */
  readonly isJson: boolean
  readonly exit: (code: ExitCode) => void
}

/** What commands are built with. */
export interface Parts {
  readonly terminal: Terminal
  /** Sets the exit code for when nothing is thrown. */
  readonly exit: (code: ExitCode) => void
}

export function sessionOf(command: Command, { terminal, exit }: Parts): Session {
  const { database, migration, json = false } = command.optsWithGlobals<CommonOptions>()
  return {
    terminal,
    out: createPrinter(terminal.stdout, terminal.env),
    err: createPrinter(terminal.stderr, terminal.env),
    database: database ?? terminal.env['DATABASE_URL'],
    migration,
    isJson: json,
    exit,
  }
}
