import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCli } from '@dualauth/cli'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const SOURCE =
  "--people @people.sql --organizations 'select id, name from old.teams' " +
  "--memberships 'select user_id as person, team_id as organization, array[role] as roles from old.team_members' " +
  '--to better-auth --passwords better-auth,bcrypt,argon2id,pbkdf2,scrypt'

export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

/** What a command came to. */
export interface Ran {
  readonly code: number
  readonly counts: Counts
  /** By kind, outcome and code. */
  readonly reasons: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>
  readonly seconds: number
}

export interface Operator {
  /** `dualauth import`, with the source and the target of the move unless `from` says otherwise. */
  run(args: string, from?: string): Promise<Ran>
  /** The lines of a report that a command was told to write. */
  report(name: string): Promise<readonly { kind: string; id: string; outcome: string; resetRequired?: true }[]>
}

/** Runs the command as somebody at a terminal would, with what it says on standard error. */
export function createOperator(databaseUrl: string, folder: string, say: (text: string) => void): Operator {
  return {
    async run(args, from = SOURCE) {
      say(`$ dualauth import ${args}\n`)
      let out = ''
      const begun = performance.now()
      const code = await runCli(['import', ...wordsOf(`${from} ${args} --json`)], {
        stdin: process.stdin,
        stdout: { write: (text) => void (out += text) },
        stderr: { write: say },
        env: { DATABASE_URL: databaseUrl },
        cwd: HERE,
        userName: () => 'operator',
        interruption: () => new AbortController().signal,
      })
      const seconds = (performance.now() - begun) / 1000
      if (out === '') throw new Error(`dualauth import ${args} ended with ${code}`)
      const { counts, reasons } = JSON.parse(out) as Ran
      say(`  ${seconds.toFixed(1)} s, exit ${code}: ${JSON.stringify(counts['person'])}\n`)
      return { code, counts, reasons, seconds }
    },
    async report(name) {
      const lines = (await readFile(join(folder, name), 'utf8')).trim().split('\n')
      return lines.map((line) => JSON.parse(line) as Awaited<ReturnType<Operator['report']>>[number])
    },
  }
}

/** As a shell without expansion: words, and `'quoted words'`. */
function wordsOf(args: string): readonly string[] {
  return [...args.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}
