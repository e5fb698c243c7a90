import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.js'
import { programOf } from './programs.js'
import type { shared } from './shared.js'

/** vitest's global setup: what takes long to start is started once in a run, when the first test asks for it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'dualauth-run-'))
  let started: Promise<Cluster> | null = null
  const door = createServer((socket) => {
    socket.on('error', () => {})
    started ??= startCluster()
    void started
      .then(({ createDatabase }) => createDatabase())
      .then(
        (url) => socket.end(url),
        (error: unknown) => socket.end(String(error)),
      )
  })
  await new Promise<void>((resolve) => void door.listen(0, '127.0.0.1', resolve))
  const made: ReturnType<typeof shared> = { databasePort: (door.address() as AddressInfo).port, folder }
  project.provide('run', made)
  return async () => {
    await new Promise((resolve) => void door.close(resolve))
    await (await started?.catch(() => null))?.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Cluster {
  createDatabase(): Promise<string>
  close(): Promise<void>
}

async function startCluster(): Promise<Cluster> {
  // Many files use it at once, and none lives long enough for anything to be cleaned up.
  const server = await startPostgres(['max_connections=300', 'autovacuum=off'])
  const psql = spawn(programOf('psql'), ['--no-psqlrc', server.url], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: psql.stdout })
  let count = 0
  let last: Promise<unknown> = Promise.resolve()
  return {
    async createDatabase() {
      const name = `run_${++count}`
      last = last.then(() => {
        psql.stdin.write(`create database ${name};\n`)
        return once(answers, 'line')
      })
      await last
      return Object.assign(new URL(server.url), { pathname: name }).href
    },
    async close() {
      psql.kill()
      await server.close()
    },
  }
}
