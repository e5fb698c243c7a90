#!/usr/bin/env node
import { userInfo } from 'node:os'
import process from 'node:process'
import { EXIT } from './exit.js'
import { runCli } from './run.js'

/** After a first interruption aborts the command, a second one ends the process. */
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
    // Containers often run under a user id that has no name.
    return null
  }
}

/** What happened to the output streams. */
interface Outputs {
  /** Aborted when nobody reads standard output any more, as after `head`: an endless command may stop. */
  readonly unread: AbortSignal
  /** Standard output is incomplete, for example because the disk is full. */
  isTorn: boolean
}

/** A change under way is finished, and the exit code is its own, even if nobody reads the output. */
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
    // An application that `explain` has loaded may keep the process alive, but all output must still be written.
    const end = (): never => process.exit(outputs.isTorn && code === EXIT.ok ? EXIT.torn : code)
    // A failed write calls its callback before it emits the error that sets `isTorn`.
    stdout.write('', () => stderr.write('', () => setImmediate(end)))
  })
}

main()
