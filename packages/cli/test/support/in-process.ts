import { runCli } from '@dualauth/cli'
import type { Ended, RunOptions } from './cli.js'

/** The command as a function: without the time that a process takes to start. Off a terminal. */
export async function runHere(
  args: readonly string[],
  { env = {}, input = '', cwd = process.cwd() }: RunOptions = {},
): Promise<Ended> {
  const said = { out: '', err: '' }
  const code = await runCli(args, {
    stdin: (async function* () {
      yield input
    })(),
    stdout: { write: (text) => void (said.out += text) },
    stderr: { write: (text) => void (said.err += text) },
    env,
    cwd,
    userName: () => null,
    interruption: () => new AbortController().signal,
  })
  return { code, ...said }
}
