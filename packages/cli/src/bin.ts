#!/usr/bin/env node
import { userInfo } from 'node:os'
import process from 'node:process'
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

/** Whoever reads may stop before the end, as `head` does. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit()
}

function main(): void {
  process.stdout.on('error', leaveQuietly)
  process.stderr.on('error', leaveQuietly)
  const { stdin, stdout, stderr } = process
  const terminal = { stdin, stdout, stderr, env: process.env, cwd: process.cwd(), userName, interruption }
  void runCli(process.argv.slice(2), terminal).then((code) => {
    // An application that `explain` has loaded may keep the process alive; what was written has to arrive all the same.
    stdout.write('', () => stderr.write('', () => process.exit(code)))
  })
}

main()
