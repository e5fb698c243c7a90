#!/usr/bin/env node
import { userInfo } from 'node:os'
import process from 'node:process'
import { EXIT } from './exit.js'
import { runCli } from './run.js'

/** Where it was aborted by one interruption, a second one ends the process. */
const INTERRUPTED = 130

function interruption(): AbortSignal {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (interrupted.signal.aborted) process.exit(INTERRUPTED)
      interrupted.abort()
    })
  return interrupted.signal
}

function userName(): string | null {
  try {
    return userInfo().username
  } catch {
    // Containers often run as a number without a name.
    return null
  }
}

/** What became of the streams. */
interface Outputs {
  /** Nobody reads any longer, as after `head`: what goes on for ever may end. */
  readonly unread: AbortSignal
  /** Standard output is not complete, as on a disk that is full. */
  isTorn: boolean
}

/** A change that is under way is finished and ends as it ended, whoever reads about it. */
function watchOutputs({ stdout, stderr }: NodeJS.Process): Outputs {
  const unread = new AbortController()
  const outputs: Outputs = { unread: unread.signal, isTorn: false }
  stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (unread.signal.aborted || outputs.isTorn) return
    if (code !== 'EPIPE') {
      outputs.isTorn = true
      stderr.write(`dualauth: Standard output cannot be written (${code ?? 'unknown'}); the command goes on.\n`)
    }
    unread.abort()
  })
  stderr.on('error', () => {})
  return outputs
}

function main(): void {
  const outputs = watchOutputs(process)
  const { stdin, stdout, stderr } = process
  const { unread } = outputs
  const terminal = { stdin, stdout, stderr, env: process.env, cwd: process.cwd(), userName, interruption, unread }
  void runCli(process.argv.slice(2), terminal).then((code) => {
    // An application that `explain` has loaded may keep the process alive; what was written has to arrive all the same.
    const end = (): never => process.exit(outputs.isTorn && code === EXIT.ok ? EXIT.torn : code)
    // That a write has failed is said to its callback before the event of it, which `isTorn` waits for.
    stdout.write('', () => stderr.write('', () => setImmediate(end)))
  })
}

main()
