import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, it } from 'vitest'
import { binaryOf, missing, type SERVERS } from '../../../scripts/servers.mjs'

/** A `describe` that takes a server. Where it is not installed, one skipped test says so; under CI it fails. */
export function describeWith(server: keyof typeof SERVERS, name: string, tests: () => void): void {
  const lack = missing(server)
  const isCi = (process.env['CI'] ?? '') !== ''
  describe(name, () => {
    if (lack === null) return tests()
    it.skipIf(!isCi)(`needs a server: ${lack}`, () => {
      throw new Error(lack)
    })
  })
}

/** Path of a program that `describeWith` has made sure of. */
export function programOf(name: string): string {
  return binaryOf(name) as string
}

/** Starts a program and waits for the line that says it is ready; fails when it ends before that. */
export async function startProgram(
  name: string,
  args: readonly string[],
  ready: RegExp,
  options: SpawnOptions = {},
): Promise<ChildProcess> {
  const child = spawn(programOf(name), args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const seen: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${seen.join('\n')}`)))
    for (const input of [child.stdout!, child.stderr!])
      createInterface({ input }).on('line', (line) => {
        seen.push(line)
        if (ready.test(line)) resolve()
      })
  })
  // A run that was interrupted must leave no server behind.
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => void process.off('exit', kill))
  return child
}

/** Ends it for good, also one that is paused. */
export async function stopProgram(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => void server.close(resolve))
  return port
}
