import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CliError, EXIT } from '../exit.js'
import type { Session } from '../session.js'

/** The ids in the `--only` file, one per line. */
export function readIds({ terminal }: Session, path: string): readonly string[] {
  try {
    return readFileSync(resolve(terminal.cwd, path), 'utf8')
      .split(/\r?\n/)
      .filter((line) => line !== '')
  } catch {
    throw new CliError(EXIT.usage, 'The file of --only cannot be read.')
  }
}
