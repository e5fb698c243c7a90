import type { Command } from 'commander'
import type { ExitCode } from './exit.js'
import { createPrinter, type Printer } from './terminal/printer.js'
import type { Terminal } from './terminal/terminal.js'

/** What the options of every command are. */
export interface CommonOptions {
  readonly database?: string
  readonly migration: string
  readonly json?: boolean
}

/** One command at work. */
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

/** What the commands are made with. */
export interface Parts {
  readonly terminal: Terminal
  /** What the process ends with where nothing is thrown. */
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
